package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// result is all that reading recordings gave.
type result struct {
	events []packet.Event // without Data, which is the source's own
	said   []string       // their payloads
	now    packet.Time
	stats  Stats
	err    error // nil at the proper end
	ifaces []string
}

// drain reads f to its end, size events at a time, and closes it.
func drain(tb testing.TB, f *Files, size int) result {
	tb.Helper()
	var r result
	dst := make([]packet.Event, size)
	for {
		n, now, err := f.Read(dst)
		if now < r.now {
			tb.Fatalf("time goes back from %d to %d", r.now, now)
		}
		if n > 0 && dst[n-1].Time > now {
			tb.Fatalf("the source's time %d is before its latest event's %d", now, dst[n-1].Time)
		}
		for i := range dst[:n] {
			r.said = append(r.said, string(f.Payload(&dst[i])))
			dst[i].Data = 0
		}
		r.events, r.now = append(r.events, dst[:n]...), now
		if err != nil {
			r.err = err
			break
		}
	}
	if n, _, again := f.Read(dst); n != 0 || !errors.Is(again, r.err) {
		tb.Fatalf("after %v another Read gives %d events and %v", r.err, n, again)
	}
	r.stats = f.Stats()
	for _, ev := range r.events {
		r.ifaces = append(r.ifaces, f.Interface(ev.Iface))
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	if errors.Is(r.err, io.EOF) {
		r.err = nil
	}
	return r
}

// readBytes reads a recording from standard input.
func readBytes(tb testing.TB, b []byte) result {
	tb.Helper()
	return readFrom(tb, bytes.NewReader(b), 64)
}

func readFrom(tb testing.TB, r io.Reader, size int) result {
	tb.Helper()
	f, err := OpenFiles([]string{"-"}, WithStdin(r))
	if err != nil {
		tb.Fatal(err)
	}
	return drain(tb, f, size)
}

// readNames reads files, 64 events at a time.
func readNames(tb testing.TB, names ...string) result {
	tb.Helper()
	f, err := OpenFiles(names)
	if err != nil {
		tb.Fatal(err)
	}
	return drain(tb, f, 64)
}

// writeFile writes b to a file of a temporary directory and returns its name.
func writeFile(tb testing.TB, name string, b []byte) string {
	tb.Helper()
	name = filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}

// buffered is a file written through a buffer.
type buffered struct {
	*os.File
	w *bufio.Writer
}

func (b *buffered) Write(p []byte) (int, error) {
	if b.w == nil {
		b.w = bufio.NewWriterSize(b.File, 1<<20)
	}
	return b.w.Write(p)
}

func (b *buffered) Close() error {
	if b.w != nil {
		if err := b.w.Flush(); err != nil {
			return err
		}
	}
	return b.File.Close()
}
