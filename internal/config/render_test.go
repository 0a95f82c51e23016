package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestExampleIsTheDefault holds that the file in configs, which users start from, has
// every key and changes nothing.
func TestExampleIsTheDefault(t *testing.T) {
	const path = "../../configs/wormwatch.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(Example()) {
		t.Errorf("%s is not what the code makes: run make generate", path)
	}
	got, err := Load(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got.YAML(), want.YAML())
	}
	for _, k := range Leaves() {
		if !strings.Contains(string(text), "\n"+strings.Repeat("  ", strings.Count(k.Path, "."))+k.Name+":") {
			t.Errorf("%s is missing", k.Path)
		}
	}
}

// TestKeys holds what the reference and the environment need of the keys.
func TestKeys(t *testing.T) {
	variables := map[string]string{}
	var walk func(ks []*Key)
	walk = func(ks []*Key) {
		for _, k := range ks {
			if k.Desc == "" {
				t.Errorf("%s has no meaning", k.Path)
			}
			if k.Name == "" || k.Name != strings.ToLower(k.Name) || strings.ContainsAny(k.Name, ". ") {
				t.Errorf("%q is no name of a key", k.Path)
			}
			walk(k.Keys)
		}
	}
	walk(Keys())
	for _, k := range Leaves() {
		v := k.Variable()
		if other, taken := variables[v]; taken || foreign(v) {
			t.Errorf("%s of %s is taken by %q or somebody else", v, k.Path, other)
		}
		variables[v] = k.Path
	}
	if len(variables) < 50 {
		t.Errorf("only %d keys", len(variables))
	}
	for path := range about {
		k := root()
		for name := range strings.SplitSeq(path, ".") {
			if k = k.child(name); k == nil {
				t.Fatalf("about %s, which is no section", path)
			}
		}
	}
}

// TestEveryKeyCanBeSet gives each key its own value back through the environment and
// through --set.
func TestEveryKeyCanBeSet(t *testing.T) {
	c, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var sets, env []string
	for _, k := range Leaves() {
		text := k.Format(c)
		if k.Keys != nil {
			_, text, _ = strings.Cut(text, ":")
		} else {
			text = strings.NewReplacer("[", "", "]", "", `"`, "", "'", "").Replace(text)
		}
		if !k.Secret { // which arguments may not have
			sets = append(sets, k.Path+"="+text)
		}
		env = append(env, k.Variable()+"="+text)
	}
	for name, load := range map[string]func() (*Config, error){
		"set":         func() (*Config, error) { return Load("", sets, nil) },
		"environment": func() (*Config, error) { return Load("", nil, env) },
	} {
		got, err := load()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, c) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got.YAML(), c.YAML())
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	type account struct {
		User     string `yaml:"user"`
		Password string `yaml:"password" secret:"true"`
		Token    string `yaml:"token" secret:"true"`
	}
	v := reflect.ValueOf(account{User: "w", Password: "hunter2"})
	k := &Key{typ: v.Type(), Keys: keysOf(v.Type(), "")}
	if got, want := string(encode(mapping(k, v, false))), "user: w\npassword: '********'\ntoken: \"\"\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}
