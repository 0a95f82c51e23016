// Package lines writes findings a line each, at once and past the outbox, to a file that
// is rotated or to standard output.
package lines

import (
	"errors"
	"io"
	"sync"
	"time"
)

// settle is how long after a change something better is not told of: an output that fails
// and works by turns would drown whoever reads of it. What is worse is told at once.
const settle = 10 * time.Second

// Change is told of when the output fails, and when it works again.
type Change struct {
	Err    error         // what is wrong; nil: it is as it should be again
	Losing bool          // findings are missing from the output; else they only go on into the old file
	Lost   uint64        // of the trouble that ended
	Took   time.Duration // that it lasted
}

// Stats is what became of the lines.
type Stats struct {
	Written uint64
	Lost    uint64 // could not be written
	Rotated uint64 // files that were renamed
	Err     error  // what is wrong, as it was told of; nil if nothing is
}

// File is an output. It may be used by any goroutine.
type File struct {
	changed func(Change)

	mu     sync.Mutex
	file   *file // nil for standard output
	out    io.Writer
	stdout whole // the same, or out opened anew
	stats  Stats
	losing bool
	since  time.Time // of the trouble
	lost   uint64    // Stats.Lost when it began
	told   time.Time // the latest change
	settle time.Duration
}

// Open opens the file that cfg names for appending, and makes it if it is absent; - is
// stdout. Changes are told of to changed, on the goroutine that writes, if it is not nil; then
// lines may be lost, and nothing waits for long for the reader of a pipe or a terminal.
func Open(cfg Config, stdout io.Writer, changed func(Change)) (*File, error) {
	f := &File{changed: changed, settle: settle}
	if cfg.Path == "-" {
		f.out, f.stdout.w = stdout, stdout
		if changed != nil {
			f.stdout.w = patiently(stdout)
		}
		return f, nil
	}
	var err error
	f.file, err = openFile(&cfg, changed != nil)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Write appends line, which ends with a line end, as a whole and at once. After an error it
// is lost, and counted; the next one is tried again, on a line of its own even where a part
// of this one was written.
func (f *File) Write(line []byte) (int, error) {
	n, trouble, err := 0, error(nil), error(nil)
	f.mu.Lock()
	if f.file != nil {
		n, trouble, err = f.file.append(line)
		f.stats.Rotated = f.file.rotated
	} else {
		n, err = f.stdout.Write(line)
	}
	change, news := f.account(trouble, err)
	f.mu.Unlock()
	if news && f.changed != nil {
		f.changed(change)
	}
	return n, err
}

// account counts a line; it returns what is to be told, if anything is.
func (f *File) account(trouble, err error) (c Change, news bool) {
	losing := err != nil
	if losing {
		trouble = err
		f.stats.Lost++
	} else {
		f.stats.Written++
	}
	worse := trouble != nil && (f.stats.Err == nil || losing && !f.losing)
	better := f.stats.Err != nil && (trouble == nil || f.losing && !losing)
	now := time.Now()
	if !worse && (!better || now.Sub(f.told) < f.settle) {
		return c, false
	}
	if f.stats.Err == nil {
		f.since = now
	}
	c = Change{Err: trouble, Losing: losing}
	if better {
		c.Lost, c.Took = f.stats.Lost-f.lost, now.Sub(f.since)
		f.lost = f.stats.Lost
	}
	f.stats.Err, f.losing, f.told = trouble, losing, now
	return c, true
}

// Stats returns what became of the lines so far.
func (f *File) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// Out is what lines go to at the moment, to ask whether it is a terminal.
func (f *File) Out() io.Writer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		return f.file.f
	}
	return f.out
}

// Close closes the file; standard output stays open. Nothing may be written afterwards.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.stdout.w.(*patient); ok {
		return p.Close()
	}
	if f.file == nil {
		return nil
	}
	return f.file.f.Close()
}

// whole keeps lines apart: behind one of which only a part was written the next begins on a
// line of its own.
type whole struct {
	w   io.Writer
	cut bool // what was written last is no whole line
}

// Write writes line in one piece; n counts its octets that were written.
func (w *whole) Write(line []byte) (n int, err error) {
	out, ahead := line, 0
	if w.cut {
		out, ahead = append([]byte{'\n'}, line...), 1
	}
	n, err = w.w.Write(out)
	if n > 0 {
		w.cut = out[n-1] != '\n'
	}
	if err == nil && n < len(out) {
		err = errors.New("only a part of it was written")
	}
	return max(0, n-ahead), err
}
