package lines

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// A reader that takes nothing for holdUp has stopped reading; then each line has brief, and
// none is tried for pause after one that failed: who judges packets writes the lines.
const (
	holdUp = 250 * time.Millisecond
	brief  = time.Millisecond
	pause  = 100 * time.Millisecond
)

// errStalled says that what reads the lines is there and takes none.
var errStalled = errors.New("its reader takes nothing any more")

// patient writes to a pipe or a terminal, and waits for its reader for a bounded time only.
type patient struct {
	f       *os.File
	stalled time.Time // when a write failed for that last; zero: it works
}

// patiently returns w, or what waits for the reader of w for a bounded time only where that
// can be had: w has to be a pipe or a terminal. It is opened anew, since others (a shell) may
// have the same one open, and want to wait.
func patiently(w io.Writer) io.Writer {
	f, ok := w.(*os.File)
	if !ok || !blocks(f) {
		return w
	}
	g, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return w // somebody else's: it is written as it is
	}
	if g.SetWriteDeadline(time.Time{}) != nil {
		g.Close()
		return w
	}
	return &patient{f: g}
}

// blocks tells whether a write to f may wait for a reader.
func blocks(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0
}

// Write writes b, or the part of it that the reader takes in time.
func (p *patient) Write(b []byte) (int, error) {
	now, wait := time.Now(), holdUp
	if !p.stalled.IsZero() {
		if now.Sub(p.stalled) < pause {
			return 0, errStalled
		}
		wait = brief
	}
	if err := p.f.SetWriteDeadline(now.Add(wait)); err != nil {
		return 0, err
	}
	n, err := p.f.Write(b)
	p.stalled = time.Time{}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.stalled, err = time.Now(), errStalled
	}
	return n, err
}

// Close closes what was opened anew.
func (p *patient) Close() error { return p.f.Close() }
