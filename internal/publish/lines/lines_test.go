package lines

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// script is a writer that writes as many octets of each line as it is told, and fails for
// the rest; -1 is all of it.
type script struct {
	bytes.Buffer
	takes []int
}

var errScript = errors.New("no more")

func (s *script) Write(p []byte) (int, error) {
	n := -1
	if len(s.takes) > 0 {
		n, s.takes = s.takes[0], s.takes[1:]
	}
	if n < 0 || n >= len(p) {
		return s.Buffer.Write(p)
	}
	s.Buffer.Write(p[:n])
	return n, errScript
}

// TestWholeLines: whatever part of a line is written before an error, each line that was
// taken stands on a line of its own.
func TestWholeLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &script{takes: rapid.SliceOfN(rapid.IntRange(-1, 12), 0, 20).Draw(t, "takes")}
		f, err := Open(Config{Path: "-"}, w, nil)
		if err != nil {
			t.Fatal(err)
		}
		var taken []string
		for i := range 20 {
			line := fmt.Sprintf("%d:%s\n", i, rapid.StringMatching(`[a-z]{0,9}`).Draw(t, "line"))
			if n, err := f.Write([]byte(line)); err == nil {
				taken = append(taken, line)
				if n != len(line) {
					t.Fatalf("%d octets of %d without an error", n, len(line))
				}
			} else if n >= len(line) {
				t.Fatalf("%d octets of %d with an error", n, len(line))
			}
		}
		var left []string
		for line := range strings.Lines(w.String()) {
			if len(taken) > len(left) && line == taken[len(left)] {
				left = append(left, line)
			}
		}
		if len(left) != len(taken) {
			t.Fatalf("%q are not lines of %q", taken, w.String())
		}
		if s := f.Stats(); s.Written != uint64(len(taken)) || s.Lost != uint64(20-len(taken)) {
			t.Fatalf("%+v", s)
		}
	})
}

// short writes less than it is given and says nothing.
type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestShortWriteIsALoss(t *testing.T) {
	f, err := Open(Config{Path: "-"}, short{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("line\n")); err == nil || f.Stats().Lost != 1 {
		t.Errorf("%v, %+v", err, f.Stats())
	}
}

// TestChanges: what is worse is told at once, what is better once it has held.
func TestChanges(t *testing.T) {
	var told []Change
	w := &script{takes: []int{-1, 0, 0, -1, 0, -1}}
	f, err := Open(Config{Path: "-"}, w, func(c Change) { told = append(told, c) })
	if err != nil {
		t.Fatal(err)
	}
	write := func() { _, _ = f.Write([]byte("line\n")) }
	write() // fine
	write() // lost
	write() // lost
	if len(told) != 1 || !errors.Is(told[0].Err, errScript) || !told[0].Losing || told[0].Lost != 0 {
		t.Fatalf("%+v", told)
	}
	write() // fine, but not for long
	write() // lost
	if len(told) != 1 || !errors.Is(f.Stats().Err, errScript) {
		t.Fatalf("an output that fails by turns is told of by turns: %+v", told)
	}
	f.told, f.since = f.told.Add(-settle), f.since.Add(-settle)
	write() // fine
	if len(told) != 2 || told[1].Err != nil || told[1].Losing || told[1].Lost != 3 || told[1].Took < settle {
		t.Fatalf("%+v", told)
	}
	if s := f.Stats(); s.Err != nil || s.Lost != 3 || s.Written != 3 {
		t.Errorf("%+v", s)
	}
	w.takes = []int{0}
	write() // worse again: at once
	if len(told) != 3 || !told[2].Losing || f.lost != 3 {
		t.Errorf("%+v", told)
	}
}

// TestChangedMayAsk: who is told may ask for the counts, and anybody may write.
func TestChangedMayAsk(t *testing.T) {
	var f *File
	var asked sync.Once
	f, err := Open(Config{Path: "-"}, &script{takes: []int{0}}, func(Change) { asked.Do(func() { _ = f.Stats() }) })
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				_, _ = f.Write([]byte("line\n"))
				_ = f.Stats()
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the writers wait for each other")
	}
	if s := f.Stats(); s.Written != 1599 || s.Lost != 1 {
		t.Errorf("%+v", s)
	}
}

func TestStandardOutputStaysOpen(t *testing.T) {
	w := &script{}
	f, err := Open(Config{Path: "-"}, w, nil)
	if err != nil || f.Out() != io.Writer(w) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestRemedies(t *testing.T) {
	for err, want := range map[error]string{
		syscall.ENOSPC: "Make room",
		syscall.EDQUOT: "Make room",
		syscall.EROFS:  "Mount",
		syscall.EACCES: "Let the user",
		syscall.ENOENT: "Make the directory",
		syscall.EPIPE:  "Start again",
		syscall.EFBIG:  "Raise the limit",
		syscall.EIO:    "Look at the disk",
	} {
		wrapped := fmt.Errorf("finding: %w", &os.PathError{Op: "write", Path: "x", Err: err})
		if got := Remedy(wrapped); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, ".") {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := Remedy(errScript); got != "" {
		t.Errorf("%q against what nobody knows", got)
	}
}
