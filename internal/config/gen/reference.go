package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"github.com/wormwatch/wormwatch/internal/config"
)

//go:embed head.md
var head string

// reference returns docs/configuration.md: head.md and a table for each section.
func reference() []byte {
	var b bytes.Buffer
	b.WriteString(head)
	b.WriteString("\n## Every key\n")
	defaults := config.Default()
	for _, k := range config.Keys() {
		section(&b, k, &defaults)
	}
	return b.Bytes()
}

// section writes the values of the section k, then the sections in it. A list of
// entries is a section of its own.
func section(b *bytes.Buffer, k *config.Key, defaults *config.Config) {
	fmt.Fprintf(b, "\n### %s\n\n", k.Path)
	if !k.Section() {
		entries(b, k, defaults)
		return
	}
	fmt.Fprintf(b, "%s\n", k.Desc)
	var below []*config.Key
	began := false
	for _, c := range k.Keys {
		if c.Keys != nil {
			below = append(below, c)
			continue
		}
		if !began {
			b.WriteString("\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n")
			began = true
		}
		fmt.Fprintf(b, "| `%s` | %s | `%s` | %s |\n", c.Path, c.Type, c.Format(defaults), cell(c.Desc))
	}
	for _, c := range below {
		section(b, c, defaults)
	}
}

func entries(b *bytes.Buffer, k *config.Key, defaults *config.Config) {
	fmt.Fprintf(b, "%s:\n\n| key of an entry | type | meaning |\n| --- | --- | --- |\n", upper(k.Desc))
	for _, c := range k.Keys {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", c.Name, c.Type, cell(c.Desc))
	}
	fmt.Fprintf(b, "\nDefault:\n\n```yaml\n%s```\n", k.Format(defaults))
}

// cell returns text as it can stand in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
