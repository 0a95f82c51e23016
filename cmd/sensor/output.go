package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wormwatch/wormwatch/internal/alert"
	"golang.org/x/term"
)

// The formats of findings.
const (
	formatOCSF = "ocsf"
	formatText = "text"
)

// output is where findings go, one at a time.
type output struct {
	write func(*alert.Finding) error
	close func() error
}

// Write writes f at once.
func (o *output) Write(f *alert.Finding) error { return o.write(f) }

// Close ends the output; an error says that findings may be missing from it.
func (o *output) Close() error { return o.close() }

// openOutput opens the file at path for appending; - is stdout. An empty format is text
// on a terminal, else OCSF.
func openOutput(path, format string, stdout io.Writer) (*output, error) {
	w, done := stdout, func() error { return nil }
	if path != "-" {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("publish.lines.path: %w", err)
		}
		w, done = f, f.Close
	}
	terminal := isTerminal(w)
	if format == "" && terminal {
		format = formatText
	}
	if format == formatText {
		text := alert.NewText(w, terminal && os.Getenv("NO_COLOR") == "")
		return &output{text.Write, func() error { return errors.Join(text.Close(), done()) }}, nil
	}
	return &output{alert.NewLines(w, build().version).Write, done}, nil
}

// isTerminal reports whether w is one, also behind a progress bar.
func isTerminal(w any) bool {
	switch w := w.(type) {
	case *os.File:
		return term.IsTerminal(int(w.Fd()))
	case *aboveBar:
		return true
	}
	return false
}
