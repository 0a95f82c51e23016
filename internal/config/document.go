package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wormwatch/wormwatch/internal/size"
	"go.yaml.in/yaml/v3"
)

// maxFile bounds a configuration file, in octets.
const maxFile = 1 << 20

// maxList bounds a list, in elements: ranges are compared with each other, and allow
// entries looked through for each contact.
const maxList = 4096

// document is a YAML text taken apart into the values that the decoder is given. What
// is wrong with its form is said here, where the lines are known: names, doubles,
// sections in place of values and the reverse, and whatever of YAML has no use here.
type document struct {
	values map[string]any
	lines  map[string]int // path of each key and element -> line, from 1
	say    func(line int, path, format string, args ...any)
}

// readFile returns what path holds, if that can be a configuration.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the caller names the file
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("is a directory: name a YAML file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", errors.Unwrap(err))
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("is larger than %s: that is no configuration", size.Size(maxFile))
	}
	return text, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parse reads text as one YAML document; nil if it is empty. line is where the error
// stands.
func parse(text []byte) (n *yaml.Node, line int, err error) {
	for i, l := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(l) || bytes.IndexByte(l, 0) >= 0 {
			return nil, i + 1, errors.New("is not UTF-8 text: write plain YAML")
		}
		if indent := l[:len(l)-len(bytes.TrimLeft(l, " \t"))]; bytes.IndexByte(indent, '\t') >= 0 &&
			len(bytes.TrimSpace(l)) > 0 {
			return nil, i + 1, errors.New("is indented with a tab: write spaces")
		}
	}
	docs, err := documents(text)
	switch {
	case err != nil:
		return nil, badLine(text, err), errors.New("is not YAML: " + yamlLine.ReplaceAllString(err.Error(), ""))
	case len(docs) == 0:
		return nil, 0, nil
	case len(docs) > 1:
		return nil, docs[1].Line, errors.New("begins a second document: write one")
	}
	return docs[0].Content[0], 0, nil
}

// documents returns the first two YAML documents of text.
func documents(text []byte) ([]*yaml.Node, error) {
	var out []*yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	for len(out) < 2 {
		n := new(yaml.Node)
		if err := d.Decode(n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// badLine returns the line in which text stops being YAML: the one behind the longest
// start that is. The library's own errors name the line in which the enclosing section
// began, which can be far above; that is the answer where the search would take long.
func badLine(text []byte, err error) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	end, budget := len(text), 4<<20
	for n := len(lines) - 1; n >= 0 && budget > 0; n-- {
		end -= len(lines[n])
		budget -= end + 64
		if _, err := documents(text[:end]); err == nil {
			return n + 1
		}
	}
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	return max(line, 1)
}

// section takes the mapping n, which is k's, apart. prefix is the path of k with a dot.
func (d *document) section(n *yaml.Node, k *Key, prefix string) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := prefix + name.Value
		if name.Kind != yaml.ScalarNode {
			d.say(name.Line, strings.TrimSuffix(prefix, "."), "has a key that is no name: write NAME: VALUE")
			continue
		}
		if name.Value == "<<" {
			d.say(name.Line, path, "merging is not supported: write the keys out")
			continue
		}
		child := k.child(name.Value)
		if child == nil {
			d.say(name.Line, printable(path), "unknown key%s", d.suggest(name.Value, k, prefix))
			continue
		}
		if first, twice := d.lines[path]; twice {
			d.say(name.Line, path, "is written twice, first in line %d: remove one", first)
			continue
		}
		d.lines[path] = name.Line
		if v, ok := d.value(value, child, path); ok {
			out[name.Value] = v
		}
	}
	return out
}

// suggest returns the key that was meant: one beside it, or one of that name elsewhere.
func (d *document) suggest(name string, k *Key, prefix string) string {
	var names []string
	for _, c := range k.Keys {
		names = append(names, c.Name)
	}
	if near := closest(name, names); near != "" {
		return fmt.Sprintf(": did you mean %s?", prefix+near)
	}
	for _, l := range Leaves() {
		if l.Name == name {
			return fmt.Sprintf(": did you mean %s?", l.Path)
		}
	}
	return ": write one of " + strings.Join(names, ", ")
}

// value returns what n holds for k; false if nothing is to be decoded of it.
func (d *document) value(n *yaml.Node, k *Key, path string) (any, bool) {
	if !d.plain(n, path) {
		return nil, false
	}
	empty := n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
	switch {
	case k.Section() && empty: // all of its keys are commented out
		return nil, false
	case k.Section() && n.Kind != yaml.MappingNode:
		d.say(n.Line, path, "is a section: write its keys below it, as %s", example(k))
		return nil, false
	case k.Section():
		return d.section(n, k, path+"."), true
	case empty:
		d.say(n.Line, path, "has no value: write one, or leave the key out")
		return nil, false
	case strings.HasPrefix(k.Type, "list") && n.Kind != yaml.SequenceNode:
		d.say(n.Line, path, "is a list: write [%s]", inBrackets(n))
		return nil, false
	case n.Kind == yaml.SequenceNode && !strings.HasPrefix(k.Type, "list"):
		d.say(n.Line, path, "takes one value, not a list: write a %s", k.Type)
		return nil, false
	case n.Kind == yaml.MappingNode:
		d.say(n.Line, path, "has no keys below it: write a %s", k.Type)
		return nil, false
	case len(n.Content) > maxList:
		d.say(n.Line, path, "has %d elements: write at most %d", len(n.Content), maxList)
		return nil, false
	case n.Kind == yaml.SequenceNode:
		return d.list(n, k, path), true
	}
	return d.scalar(n, path)
}

// list returns the elements of n; one that is not to be decoded is nil, so that the
// others keep their places.
func (d *document) list(n *yaml.Node, k *Key, path string) []any {
	out := make([]any, len(n.Content))
	for i, e := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.lines[at] = e.Line
		if !d.plain(e, at) {
			continue
		}
		switch {
		case k.Keys != nil && e.Kind == yaml.MappingNode:
			out[i] = d.section(e, k, at+".")
		case k.Keys != nil:
			d.say(e.Line, at, "is no entry: write {%s: ...}", k.Keys[0].Name)
		case e.Kind != yaml.ScalarNode || e.ShortTag() == "!!null":
			d.say(e.Line, at, "is not one value: write a %s", typeName(k.typ.Elem()))
		default:
			if v, ok := d.scalar(e, at); ok {
				out[i] = v
			}
		}
	}
	return out
}

// scalar returns n as YAML types it, dates as their text.
func (d *document) scalar(n *yaml.Node, path string) (any, bool) {
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool":
		var v any
		if err := n.Decode(&v); err != nil {
			d.say(n.Line, path, "%s cannot be read: write a plain value", quote(n.Value))
			return nil, false
		}
		return v, true
	}
	return n.Value, true
}

// plain reports whether n is free of what could make a small file large, or one value
// look like another.
func (d *document) plain(n *yaml.Node, path string) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.say(n.Line, path, "anchors and aliases are not supported: write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		d.say(n.Line, path, "tags are not supported: remove %s", quote(n.Tag))
	default:
		return true
	}
	return false
}

// example returns how a key of the section k is written.
func example(k *Key) string {
	return fmt.Sprintf("%s: {%s: ...}", k.Name, k.Keys[0].Name)
}

// inBrackets returns the scalar n as it would stand in a list.
func inBrackets(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || len(n.Value) > 64 {
		return "..."
	}
	return printable(n.Value)
}

// printable returns s without what a terminal would act on, cut where it is long.
func printable(s string) string {
	if len(s) > 64 {
		s = s[:64] + "..."
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
