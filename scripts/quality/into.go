package main

import (
	"bytes"
	"fmt"
	"os"
)

// section replaces what stands between the lines "<!-- name -->" and "<!-- /name -->" of
// a document.
func section(path, name string, text []byte) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	open, end := []byte("<!-- "+name+" -->\n"), []byte("<!-- /"+name+" -->\n")
	head, rest, opened := bytes.Cut(doc, open)
	_, tail, ended := bytes.Cut(rest, end)
	if !opened || !ended {
		return fmt.Errorf("document %s: needs the lines %q and %q", path, open[:len(open)-1], end[:len(end)-1])
	}
	doc = bytes.Join([][]byte{head, open, bytes.TrimSpace(text), []byte("\n\n"), end, tail}, nil)
	if err := os.WriteFile(path, doc, 0o644); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	return nil
}
