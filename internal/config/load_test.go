package config

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/flow"
)

var update = flag.Bool("update", false, "write testdata/bad/*.want anew")

// TestBadFiles reads every file of testdata/bad and compares all that is said of it.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file, nil, nil)
			if err == nil || c != nil {
				t.Fatal("is taken as good")
			}
			got := strings.ReplaceAll(err.Error(), file, "FILE") + "\n"
			want := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(text) {
				t.Errorf("got\n%swant\n%s", got, text)
			}
			for line := range strings.Lines(got) {
				if !strings.HasPrefix(line, "FILE:") {
					t.Errorf("names no line: %s", line)
				}
			}
		})
	}
}

// load reads text as a file.
func load(t *testing.T, text string, sets, env []string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wormwatch.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Load(path, sets, env)
}

func mustLoad(t *testing.T, text string, sets, env []string) *Config {
	t.Helper()
	c, err := load(t, text, sets, env)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestContractSample reads the keys that the contract shows, as it shows them.
func TestContractSample(t *testing.T) {
	c, err := Load("testdata/contract.yaml", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Sensor.Name = "core-1"
	want.Allow = []allow.Entry{{
		Source: netip.MustParsePrefix("10.0.5.9/32"), Kinds: []string{"scan.fast", "scan.slow"}, Reason: "Nessus",
		Until: time.Date(2027, 1, 1, 23, 59, 59, 999999999, time.UTC),
	}}
	want.Detect.Services[1].Weight = 1 // the sample writes the group without one
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got\n%s\nwant\n%s", c.YAML(), want.YAML())
	}
}

// TestNothing holds that no configuration is a configuration, whatever shape it has.
func TestNothing(t *testing.T) {
	want, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want.Sensor.Name == "" {
		t.Error("the sensor has no name")
	}
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "---\n...\n", "~\n", "{}\n", "detect:\n  # fast: {targets: 5}\nnetworks:\n"} {
		if c := mustLoad(t, text, nil, nil); !reflect.DeepEqual(c, want) {
			t.Errorf("%q is not the default:\n%s", text, c.YAML())
		}
	}
}

// TestRoundTrip holds that what YAML prints is the configuration.
func TestRoundTrip(t *testing.T) {
	c := mustLoad(t, `
sensor: {name: "on"}
networks: {home: [10.1.2.3, "fd00:1::/48"], dark: [10.1.2.3/32], realms: [7, 0x10]}
allow:
  - {source: 10.0.0.0/8, target: 10.9.9.9, reason: "a: #b", by: "-", until: 2027-01-01T12:30:00+02:00}
  - {source: "fd00::/8", reason: yes, until: 2027-01-01}
memory: {answer_timeout: 1.5s, learning: 7d, hosts: 1h30m}
detect:
  services: [{name: rdp, tcp: [3389], weight: 2}]
  weights: {dark: 4, silent: 1.0e-1}
publish: {lines: {path: out.jsonl}, outbox: {max_size: 1536MiB}}
`, nil, nil)
	again := mustLoad(t, string(c.YAML()), nil, nil)
	if !reflect.DeepEqual(c, again) {
		t.Errorf("got\n%s\nof\n%s", again.YAML(), c.YAML())
	}
	if c.Memory.Learning != 7*24*time.Hour || c.Memory.Hosts != 90*time.Minute || c.Publish.Outbox.MaxSize != 3<<29 {
		t.Errorf("wrong durations or sizes:\n%s", c.YAML())
	}
	if got := c.Networks.Home[0].String(); got != "10.1.2.3/32" {
		t.Errorf("an address alone is %s", got)
	}
	if want := time.Date(2027, 1, 1, 10, 30, 0, 0, time.UTC); !c.Allow[0].Until.Equal(want) {
		t.Errorf("until %s, want %s", c.Allow[0].Until, want)
	}
}

// TestListsReplace holds that a list is what was written, not that over the default.
func TestListsReplace(t *testing.T) {
	c := mustLoad(t, "detect:\n  services:\n    - {name: rdp, tcp: [3389]}\nnetworks: {home: [192.0.2.0/24]}\n", nil, nil)
	if want := []flow.Service{{Name: "rdp", TCP: []uint16{3389}, Weight: 1}}; !reflect.DeepEqual(c.Detect.Services, want) {
		t.Errorf("services %+v, want %+v", c.Detect.Services, want)
	}
	if len(c.Networks.Home) != 1 {
		t.Errorf("home %v", c.Networks.Home)
	}
}

// TestLayers holds that defaults, file, environment and arguments win in this order.
func TestLayers(t *testing.T) {
	c := mustLoad(t, "detect:\n  fast: {targets: 21, window: 11s, answered_at_most: 0.4}\n  slow: {score: 18}\n",
		[]string{"detect.fast.targets=22", "detect.fast.targets = 23", "allow=[{source: 10.0.0.1, reason: x}]", "publish.lines.path=a=b"},
		[]string{
			"WORMWATCH_DETECT_FAST_TARGETS=30", "WORMWATCH_DETECT_FAST_WINDOW=12s", "WORMWATCH_NETWORKS_HOME=10.0.0.0/8, 192.168.0.0/16",
			"WORMWATCH_NETWORKS_REALMS=", "WORMWATCH_DETECT_ARP=false", "PATH=/bin", "WORMWATCH_PORT=tcp://10.0.0.1:80",
			"WORMWATCH_SERVICE_HOST=10.0.0.1", "WORMWATCH_PORT_80_TCP_ADDR=10.0.0.1",
		})
	f := c.Detect.Fast
	if f.Targets != 23 || f.Window != 12*time.Second || f.AnsweredAtMost != 0.4 || f.NovelTargets != 60 || c.Detect.Slow.Score != 18 {
		t.Errorf("detect is %+v", c.Detect)
	}
	if c.Detect.ARP || len(c.Networks.Home) != 2 || len(c.Networks.Realms) != 0 || len(c.Allow) != 1 || c.Publish.Lines.Path != "a=b" {
		t.Errorf("got\n%s", c.YAML())
	}
}

func TestOverrideProblems(t *testing.T) {
	for _, c := range []struct {
		name      string
		file      string
		sets, env []string
		want      string
	}{
		{"argument without a value", "", []string{"detect.arp"}, nil, "--set detect.arp: has no value: write KEY=VALUE"},
		{"unknown argument", "", []string{"detect.fast.target=5"}, nil, "--set detect.fast.target: unknown key: did you mean detect.fast.targets?"},
		{"section as argument", "", []string{"detect.fast=5"}, nil, "--set detect.fast: unknown key: name a key of this section, as detect.fast.targets"},
		{"no unit", "", []string{"detect.fast.window=10"}, nil, "--set detect.fast.window: 10 has no unit: write 10s, or another of ms, s, m, h, d"},
		{"no number", "", []string{"detect.fast.targets=many"}, nil, `--set detect.fast.targets: "many" is not a whole number: write one without quotes, as 20`},
		{"fraction", "", []string{"detect.fast.targets=2.9"}, nil, "--set detect.fast.targets: 2.9 is not a whole number: write 2 or 3"},
		{"truth", "", []string{"detect.arp=on"}, nil, `--set detect.arp: "on" is neither true nor false: write true or false`},
		{"entries", "", []string{"detect.services=smb"}, nil, "--set detect.services: is a list of entries: write it as YAML, [{name: ...}]"},
		{"entry's port", "", []string{"detect.services=[{name: a, tcp: [1, 70000]}]"}, nil, "--set detect.services[0].tcp[1]: 70000 is out of range: write a whole number from 0 to 65535"},
		{"impossible", "", []string{"detect.fast.window=100h"}, nil, "--set detect.fast.window: 100h is out of range: write a duration from 100ms to 1h"},
		{
			"default made wrong", "",
			[]string{"detect.slow.score=5"},
			nil,
			"--set detect.slow.score: detect.slow.watch: 9.2 is above slow.score (5): a source is watched before it is alerted",
		},
		{"unknown variable", "", nil, []string{"WORMWATCH_NETWORK_HOME=10.0.0.0/8"}, "WORMWATCH_NETWORK_HOME: names no key: did you mean WORMWATCH_NETWORKS_HOME?"},
		{"variable's element", "", nil, []string{"WORMWATCH_NETWORKS_HOME=10.0.0.0/8,10.1.2.3/16"}, "WORMWATCH_NETWORKS_HOME[1]: 10.1.2.3/16 has bits set behind the prefix: write 10.1.0.0/16"},
		{"empty variable", "", nil, []string{"WORMWATCH_DETECT_FAST_WINDOW="}, `WORMWATCH_DETECT_FAST_WINDOW: "" is not a duration: write a number with one of ms, s, m, h, d, as 10s`},
		{
			"a wrong file stays wrong under an override", "detect:\n  fast: {window: 10}\n",
			[]string{"detect.fast.window=10s"},
			[]string{"WORMWATCH_X=1"},
			"FILE:2: detect.fast.window: 10 has no unit: write 10s, or another of ms, s, m, h, d\nWORMWATCH_X: names no key: `wormwatch config` prints every key",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := ""
			if c.file != "" {
				path = filepath.Join(t.TempDir(), "c.yaml")
				if err := os.WriteFile(path, []byte(c.file), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Load(path, c.sets, c.env)
			if err == nil {
				t.Fatal("is taken as good")
			}
			got := err.Error()
			if path != "" {
				got = strings.ReplaceAll(got, path, "FILE")
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.yaml")
	if err := os.WriteFile(huge, []byte(strings.Repeat("# padding\n", maxFile/10+1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "no such file or directory",
		dir:                             "is a directory: name a YAML file",
		huge:                            "is larger than 1MiB: that is no configuration",
		"/dev/zero":                     "is larger than 1MiB: that is no configuration",
	} {
		if _, err := Load(path, nil, nil); err == nil || err.Error() != path+": "+want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}

// TestHostile holds that no file takes long or floods the terminal, whatever is in it.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct{ text, last string }{
		"unknown keys": {strings.Repeat("x: 1\n", 500), "and 450 more problems"},
		"full of keys": {strings.Repeat("detectfastx: 1\n", maxFile/15), "and 69855 more problems"},
		"doubles":      {strings.Repeat("sensor:\n", maxFile/8), "and 131021 more problems"},
		"brackets":     {strings.Repeat("[", maxFile), "FILE:1: is not YAML: exceeded max depth of 10000"},
		"dashes":       {strings.Repeat("- ", maxFile/2), "FILE:1: is not YAML: exceeded max depth of 10000"},
		"long list": {
			"networks: {home: [" + strings.Repeat("10.0.0.0/8,", 90_000) + "]}",
			"FILE:1: networks.home: has 90000 elements: write at most 4096",
		},
		"open bracket":   {strings.Repeat("# comment\n", maxFile/10-1) + "a: [", "is not YAML: did not find expected node content"},
		"long key":       {strings.Repeat("k", 1000) + ": 1", "unknown key: write one of sensor, capture, networks, allow, memory, detect, blocklists, publish, health, state"},
		"long value":     {"detect: {arp: " + strings.Repeat("v", maxFile-20) + "}", "vvvv\"... is neither true nor false: write true or false"},
		"controls":       {"sensor: {name: \"\\e]0;x\\a\"}", `FILE:1: sensor.name: "\x1b]0;x\a" has a character that does not print: leave it out`},
		"control in key": {"\"\\e[2J\": 1", `FILE:1: \x1b[2J: unknown key: write one of sensor, capture, networks, allow, memory, detect, blocklists, publish, health, state`},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := loadText([]byte(c.text))
			if err == nil {
				t.Fatal("is taken as good")
			}
			lines := strings.Split(err.Error(), "\n")
			if last := lines[len(lines)-1]; !strings.HasSuffix(last, c.last) || len(lines) > maxProblems+1 {
				t.Errorf("%d lines, the last %.300q", len(lines), last)
			}
			if len(err.Error()) > 20_000 {
				t.Errorf("the error has %d octets", len(err.Error()))
			}
			if took := time.Since(began); took > 20*time.Second { // under the race detector, beside other tests
				t.Errorf("took %s", took)
			}
		})
	}
}

func loadText(text []byte, sets ...string) (*Config, error) {
	l := &loader{cfg: Default(), path: "FILE", from: map[string]string{}}
	l.file(text)
	return l.finish(sets, nil)
}

// FuzzLoad holds that any text is taken or refused with a reason, and that what is taken
// comes back from YAML.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text, "detect.fast.targets=20")
		}
	}
	f.Add(Example(), "networks.home=10.0.0.0/8,::/0")
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		c, err := loadText(text, set)
		if (c == nil) != (err != nil) {
			t.Fatalf("configuration %v, error %v", c, err)
		}
		if c == nil {
			return
		}
		again, err := loadText(c.YAML())
		if err != nil {
			t.Fatalf("%v\nof\n%s", err, c.YAML())
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("got\n%s\nof\n%s", again.YAML(), c.YAML())
		}
	})
}
