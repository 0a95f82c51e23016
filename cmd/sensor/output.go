package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/publish/lines"
	"golang.org/x/term"
)

// The formats of findings.
const (
	formatOCSF = "ocsf"
	formatText = "text"
)

// output is where findings go at once, one at a time.
type output struct {
	file     *lines.File
	write    func(*alert.Finding) error
	end      func() error // writes what comes last
	tolerant bool
}

// Write writes f at once. Where lines may be lost an error is no error here: the line was
// counted, and told of if that is news.
func (o *output) Write(f *alert.Finding) error {
	if err := o.write(f); err != nil && !o.tolerant {
		return err
	}
	return nil
}

// Stats returns what became of the findings.
func (o *output) Stats() lines.Stats { return o.file.Stats() }

// Close ends the output; an error says that findings may be missing from it.
func (o *output) Close() error {
	err := o.end()
	if o.tolerant {
		err = nil
	}
	return errors.Join(err, o.file.Close())
}

// openOutput opens what cfg names; - is stdout. An empty format is text on a terminal, else
// OCSF. If told is given, a finding that cannot be written does not end the run: it is lost
// to this output, and told is called when that begins and ends.
func openOutput(cfg lines.Config, format string, stdout io.Writer, told func(lines.Change)) (*output, error) {
	file, err := lines.Open(cfg, stdout, told)
	if err != nil {
		return nil, fmt.Errorf("publish.lines.path: %w", err)
	}
	o := &output{file: file, end: func() error { return nil }, tolerant: told != nil}
	terminal := isTerminal(file.Out())
	if format == "" && terminal {
		format = formatText
	}
	if format == formatText {
		text := alert.NewText(file, terminal && os.Getenv("NO_COLOR") == "")
		o.write, o.end = text.Write, text.Close
	} else {
		o.write = alert.NewLines(file, build().version).Write
	}
	return o, nil
}

// mayLose reports whether the sensor goes on when its lines cannot be written. If standard
// output is all that findings go to, it does not: a sensor that nobody hears is broken. A
// disk that is full will have room again.
func mayLose(c *config.Config) bool {
	return c.Publish.Lines.Path != "-" || len(c.Publish.Kafka.Brokers) > 0
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
