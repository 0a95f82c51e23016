package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// Load returns the configuration of the file at path (none when empty) over the
// defaults, of the environment env (as os.Environ) over that, and of sets (KEY=VALUE,
// later ones win) over all. The error holds every problem found, a line each; with one
// the configuration is nil.
func Load(path string, sets, env []string) (*Config, error) {
	l := &loader{cfg: Default(), path: path, from: map[string]string{}}
	if path != "" {
		text, err := readFile(path)
		if err != nil {
			l.problems = append(l.problems, &Problem{Where: path, Text: err.Error()})
		}
		l.file(text)
	}
	return l.finish(sets, env)
}

// finish reads what stands over the file, and validates the whole.
func (l *loader) finish(sets, env []string) (*Config, error) {
	l.environment(env)
	l.arguments(sets)
	if l.cfg.Sensor.Name == "" {
		l.cfg.Sensor.Name = hostName()
	}
	for _, p := range l.cfg.validate() {
		if !l.follows(p.Key) {
			l.problems = append(l.problems, l.invalid(p.Key, p.Text))
		}
	}
	if len(l.problems) > 0 {
		return nil, join(l.problems)
	}
	return &l.cfg, nil
}

// invalid is a problem of the whole, at the place that the value of key comes from.
func (l *loader) invalid(key, text string) *Problem {
	p := &Problem{Where: l.where(key), Text: text}
	if strings.HasPrefix(p.Where, l.path+":") {
		p.line = l.line(key)
	}
	return p
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil || checkName(name) != "" {
		return "wormwatch"
	}
	return name
}

type loader struct {
	cfg      Config
	path     string
	lines    map[string]int    // of the file: path of a key -> line
	from     map[string]string // leaf -> the variable or argument that gave it last
	failed   []string          // keys and elements without the value that was meant
	problems []*Problem
}

// file reads the text of the file.
func (l *loader) file(text []byte) {
	n, line, err := parse(text)
	if err != nil {
		l.problems = append(l.problems, &Problem{Where: fmt.Sprintf("%s:%d", l.path, line), Text: err.Error()})
		return
	}
	if n == nil || n.ShortTag() == "!!null" {
		return
	}
	at := func(line int, key string) string { return fmt.Sprintf("%s:%d: %s", l.path, line, key) }
	if n.Kind != yaml.MappingNode {
		l.problems = append(l.problems, &Problem{Where: fmt.Sprintf("%s:%d", l.path, n.Line), Text: "is not a mapping: write KEY: VALUE"})
		return
	}
	d := &document{lines: map[string]int{}}
	d.say = func(line int, path, format string, args ...any) {
		l.failed = append(l.failed, path)
		l.problems = append(l.problems, &Problem{at(line, path), fmt.Sprintf(format, args...), line})
	}
	if d.plain(n, "") {
		d.values = d.section(n, root(), "")
	}
	l.lines = d.lines
	l.decode(d.values, func(key, text string) {
		line := l.line(key)
		l.problems = append(l.problems, &Problem{at(line, key), text, line})
	})
}

// override reads one value from outside the file; label is what it is called there.
func (l *loader) override(k *Key, label, value string) {
	say := func(key, text string) {
		l.failed = append(l.failed, key)
		l.problems = append(l.problems, &Problem{Where: label + strings.TrimPrefix(key, k.Path), Text: text})
	}
	l.from[k.Path] = label
	l.failed = slices.DeleteFunc(l.failed, func(key string) bool { return below(key, k.Path) })
	v, ok := fromText(k, value, say)
	if !ok {
		return
	}
	// A map of one path, as the file's would be.
	names := strings.Split(k.Path, ".")
	for _, name := range slices.Backward(names) {
		v = map[string]any{name: v}
	}
	l.decode(v.(map[string]any), say)
}

// decode puts values into the configuration through a viper of their own, so that
// nothing of one layer shadows another's mistakes. A value that is wrong leaves what
// was there, in a list the zero.
func (l *loader) decode(values map[string]any, say func(key, text string)) {
	v := viper.New()
	err := v.MergeConfigMap(values)
	if err == nil {
		err = v.UnmarshalExact(&l.cfg, decoder)
	}
	for _, e := range flatten(err) {
		l.failed = append(l.failed, e.Name())
		text := e.Unwrap().Error()
		if k := leaf(e.Name()); k != nil && k.Secret {
			text = "is not text: write it in quotes" // and never what it is
		}
		say(e.Name(), text)
	}
}

// flatten returns the single mistakes that err is made of.
func flatten(err error) []*mapstructure.DecodeError {
	switch e := err.(type) {
	case nil:
		return nil
	case *mapstructure.DecodeError:
		return []*mapstructure.DecodeError{e}
	case interface{ Unwrap() []error }:
		var out []*mapstructure.DecodeError
		for _, inner := range e.Unwrap() {
			out = append(out, flatten(inner)...)
		}
		return out
	}
	return flatten(errors.Unwrap(err))
}

// follows reports whether a problem of key may only be the consequence of a value that
// could not be read: of the key itself, of the same entry of a list, or anywhere in
// networks, where one range is judged by another.
func (l *loader) follows(key string) bool {
	return slices.ContainsFunc(l.failed, func(f string) bool {
		if i := strings.IndexByte(f, ']'); i >= 0 {
			f = f[:i+1]
		}
		return below(key, f) || below(f, key) || below(f, "networks") && below(key, "networks")
	})
}

// below reports whether key is above, or a key or element somewhere below it.
func below(key, above string) bool {
	rest, found := strings.CutPrefix(key, above)
	return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// line returns the line of the file that key is in: its own, or of the nearest key
// above it; 0 if there is none.
func (l *loader) line(key string) int {
	for key != "" {
		if n := l.lines[key]; n > 0 {
			return n
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 0
}

// where says where the value of key comes from, for what is found wrong with the
// whole: who set it last, else the file, else who set a key beside it, since a default
// is wrong only together with another value.
func (l *loader) where(key string) string {
	if k := leaf(key); k != nil {
		if label, ok := l.from[k.Path]; ok {
			return label + strings.TrimPrefix(key, k.Path)
		}
	}
	if n := l.line(key); n > 0 {
		return fmt.Sprintf("%s:%d: %s", l.path, n, key)
	}
	for above := key; above != ""; {
		above = above[:max(0, strings.LastIndexAny(above, ".["))]
		for _, k := range Leaves() {
			if label, ok := l.from[k.Path]; ok && strings.HasPrefix(k.Path, above) {
				return label + ": " + key
			}
		}
	}
	if l.path != "" {
		return fmt.Sprintf("%s:1: %s", l.path, key)
	}
	return key
}
