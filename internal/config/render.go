package config

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/size"
	"go.yaml.in/yaml/v3"
)

// masked stands for a secret.
const masked = "********"

// YAML returns the configuration as a file that Load reads: every key in the order of
// the reference, secrets masked.
func (c *Config) YAML() []byte { return encode(mapping(root(), reflect.ValueOf(c).Elem(), false)) }

// Format returns the value of the key in c as YAML; a list of entries together with its
// key, in lines of its own.
func (k *Key) Format(c *Config) string {
	n := valueNode(k, k.field(c), false)
	if k.Keys != nil {
		n = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: k.Name}, n}}
		return string(encode(n))
	}
	return strings.TrimSpace(string(encode(n)))
}

// Example returns the defaults as a file, each key under its meaning.
func Example() []byte {
	c := Default()
	b := []byte("# Every key of wormwatch, with its default. What is left out keeps the default.\n" +
		"# Made by `make generate` from the code; docs/configuration.md says how it is read.\n\n")
	wasComment := true
	for line := range bytes.Lines(encode(mapping(root(), reflect.ValueOf(&c).Elem(), true))) {
		isComment := line[0] == '#'
		if isComment && !wasComment {
			b = append(b, '\n')
		}
		wasComment = isComment
		b = append(b, line...)
	}
	return b
}

func encode(n *yaml.Node) []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		panic(err) // nodes made here always encode
	}
	return b.Bytes()
}

// mapping returns the section k, whose values are the fields of v.
func mapping(k *Key, v reflect.Value, comments bool) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, c := range k.Keys {
		name := &yaml.Node{Kind: yaml.ScalarNode, Value: c.Name}
		if comments {
			name.HeadComment = comment(c)
		}
		n.Content = append(n.Content, name, valueNode(c, v.FieldByIndex(c.index), comments))
	}
	return n
}

func valueNode(k *Key, v reflect.Value, comments bool) *yaml.Node {
	switch {
	case k.Section():
		return mapping(k, v, comments)
	case k.Secret && !v.IsZero():
		return scalarNode(reflect.ValueOf(masked))
	case v.Kind() != reflect.Slice:
		return scalarNode(v)
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if k.Keys == nil || v.Len() == 0 {
		n.Style = yaml.FlowStyle
	}
	for i := range v.Len() {
		if k.Keys != nil {
			n.Content = append(n.Content, entryNode(k, v.Index(i)))
		} else {
			n.Content = append(n.Content, scalarNode(v.Index(i)))
		}
	}
	return n
}

// entryNode returns one entry of a list in a line of its own, without what is absent.
func entryNode(k *Key, v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, c := range k.Keys {
		f := v.FieldByIndex(c.index)
		if f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0 {
			continue
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: c.Name}, valueNode(c, f, false))
	}
	return n
}

func scalarNode(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	switch x := v.Interface().(type) {
	case time.Duration:
		n.Value = problem.FormatDuration(x)
	case size.Size:
		n.Value = x.String()
	case netip.Prefix:
		n.Value = x.String()
	case time.Time:
		n.Value = formatTime(x)
	case string:
		n.SetString(x)
		if x == "" || x == "-" {
			n.Style = yaml.DoubleQuotedStyle
		}
	case float64:
		n.Value = strconv.FormatFloat(x, 'g', -1, 64)
	default:
		n.Value = fmt.Sprint(x)
	}
	return n
}

// comment returns the meaning of k as it stands above the key.
func comment(k *Key) string {
	text := k.Desc
	for _, c := range k.Keys {
		if !k.Section() {
			text += fmt.Sprintf("\n  %s: %s", c.Name, c.Desc)
		}
	}
	var lines []string
	for l := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrap(l, 92)...)
	}
	return "# " + strings.Join(lines, "\n# ")
}

// wrap breaks text into lines of at most width octets, where its words allow; further
// lines are indented as the first.
func wrap(text string, width int) []string {
	body := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(body)]
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(body) {
		if line != "" && len(indent)+len(line)+1+len(word) > width {
			lines = append(lines, indent+line)
			line, indent = "", strings.Repeat(" ", len(indent))
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, indent+line)
}
