package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// prefix begins the name of every variable that is read.
const prefix = "WORMWATCH_"

// Variable returns the name of the environment variable that overrides the key.
func (k *Key) Variable() string {
	return prefix + strings.ToUpper(strings.ReplaceAll(k.Path, ".", "_"))
}

// foreign reports whether a variable begins like ours without being meant for us: the
// project's tests read the first two, and Kubernetes sets the others for a service
// named wormwatch.
func foreign(name string) bool {
	return name == prefix+"CAPTURES" || name == prefix+"OCSF" ||
		name == prefix+"PORT" || strings.HasPrefix(name, prefix+"PORT_") || strings.HasPrefix(name, prefix+"SERVICE_")
}

// environment reads the variables that begin with the prefix, in the order of names.
func (l *loader) environment(env []string) {
	known := map[string]*Key{}
	var names []string
	for _, k := range Leaves() {
		known[k.Variable()] = k
		names = append(names, k.Variable())
	}
	env = slices.DeleteFunc(slices.Clone(env), func(e string) bool { return !strings.HasPrefix(e, prefix) })
	slices.Sort(env)
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		k := known[name]
		switch {
		case k != nil:
			l.override(k, name, value)
		case !foreign(name):
			l.problems = append(l.problems, &Problem{Where: printable(name), Text: "names no key" + didYouMean(name, names)})
		}
	}
}

// arguments reads KEY=VALUE as --set has it.
func (l *loader) arguments(sets []string) {
	var names []string
	known := map[string]*Key{}
	for _, k := range Leaves() {
		known[k.Path] = k
		names = append(names, k.Path)
	}
	for _, s := range sets {
		key, value, found := strings.Cut(s, "=")
		key = strings.TrimSpace(key)
		label := "--set " + printable(key)
		k := known[key]
		switch {
		case !found:
			l.problems = append(l.problems, &Problem{Where: label, Text: "has no value: write KEY=VALUE"})
		case k == nil:
			l.problems = append(l.problems, &Problem{Where: label, Text: "unknown key" + hint(key, names)})
		case k.Secret:
			l.problems = append(l.problems, &Problem{Where: label, Text: "is a secret, and everybody on this machine sees arguments: set " +
				k.Variable() + ", or write it to a file that " + k.Path + "_file names"})
			l.override(k, label, value) // so that it is not called missing as well
		default:
			l.override(k, label, value)
		}
	}
}

// hint says which key was meant: a section stands for the first key below it.
func hint(key string, names []string) string {
	for _, n := range names {
		if below(n, key) {
			return ": name a key of this section, as " + n
		}
	}
	return didYouMean(key, names)
}

// fromText returns text as a value for k: lists of values are comma-separated, lists of
// entries are written as YAML.
func fromText(k *Key, text string, say func(key, text string)) (any, bool) {
	if k.Keys != nil {
		return entries(k, text, say)
	}
	if k.Secret {
		return text, true // blanks may be a part of it
	}
	text = strings.TrimSpace(text)
	if k.typ.Kind() != reflect.Slice {
		return typed(k.typ, text), true
	}
	list := []any{}
	if text == "" {
		return list, true
	}
	for e := range strings.SplitSeq(text, ",") {
		list = append(list, typed(k.typ.Elem(), strings.TrimSpace(e)))
	}
	return list, true
}

// typed returns text as YAML would type it, where t is a number or a truth value.
func typed(t reflect.Type, text string) any {
	if t.PkgPath() != "" { // a duration, size, prefix, date
		return text
	}
	switch t.Kind() {
	case reflect.String:
		return text
	default:
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			return text
		}
		switch v.(type) {
		case bool, int, int64, uint64, float64:
			return v
		}
		return text
	}
}

func entries(k *Key, text string, say func(key, text string)) (any, bool) {
	n, _, err := parse([]byte(text))
	switch {
	case err != nil:
		say(k.Path, err.Error())
		return nil, false
	case len(text) > maxFile:
		say(k.Path, "is too long: write it to a file")
		return nil, false
	case n == nil || n.Kind != yaml.SequenceNode:
		say(k.Path, fmt.Sprintf("is a list of entries: write it as YAML, [{%s: ...}]", k.Keys[0].Name))
		return nil, false
	}
	d := &document{lines: map[string]int{}}
	d.say = func(_ int, path, format string, args ...any) { say(path, fmt.Sprintf(format, args...)) }
	return d.value(n, k, k.Path)
}
