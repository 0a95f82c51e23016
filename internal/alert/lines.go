package alert

import (
	"fmt"
	"io"
)

// Lines writes findings as OCSF, one JSON object a line.
type Lines struct {
	w       io.Writer
	version string
	buf     []byte
}

// NewLines writes to w; version is that of the program.
func NewLines(w io.Writer, version string) *Lines {
	return &Lines{w: w, version: version}
}

// Write writes f, the whole line at once.
func (l *Lines) Write(f *Finding) error {
	l.buf = append(AppendOCSF(l.buf[:0], f, l.version), '\n')
	if _, err := l.w.Write(l.buf); err != nil {
		return fmt.Errorf("write finding %s: %w", clean(f.UID), err)
	}
	return nil
}
