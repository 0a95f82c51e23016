package lines

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stalledBy writes lines until one is lost, and returns how many were taken.
func stalledBy(t *testing.T, f *File, line []byte) (taken int) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		var err error
		for ; err == nil && taken < 1<<20; taken++ {
			_, err = f.Write(line)
		}
		taken--
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, errStalled) {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it waits for a reader that reads nothing")
	}
	return taken
}

// pipes are the pipes that lines may go to, each with its reader.
func pipes(t *testing.T) map[string]func() (f *File, reader *os.File, told *[]Change) {
	return map[string]func() (*File, *os.File, *[]Change){
		"standard output": func() (*File, *os.File, *[]Change) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			w.Fd() // as a standard output is: its writes wait
			told := &[]Change{}
			f, err := Open(Config{Path: "-"}, w, func(c Change) { *told = append(*told, c) })
			if err != nil {
				t.Fatal(err)
			}
			if f.Out() != w {
				t.Error("nobody can ask whether it is a terminal")
			}
			t.Cleanup(func() { w.Close() })
			return f, r, told
		},
		"a named pipe": func() (*File, *os.File, *[]Change) {
			path := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			told := &[]Change{}
			f, err := Open(Config{Path: path, MaxSize: 1 << 20}, nil, func(c Change) { *told = append(*told, c) })
			if err != nil {
				t.Fatal(err)
			}
			return f, r, told
		},
	}
}

// TestStalledReader: a reader that is there and stops reading holds up nobody for long, and
// is told of; once it reads again it gets whole lines, but for the one that was cut.
func TestStalledReader(t *testing.T) {
	line := append(bytes.Repeat([]byte("x"), 4999), '\n')
	for name, open := range pipes(t) {
		f, r, told := open()
		taken := stalledBy(t, f, line)
		if len(*told) != 1 || !(*told)[0].Losing || Remedy((*told)[0].Err) == "" {
			t.Errorf("%s: told %v", name, *told)
		}
		if _, err := f.Write(line); !errors.Is(err, errStalled) {
			t.Errorf("%s: a line behind it: %v", name, err)
		}
		if s := f.Stats(); s.Written != uint64(taken) || s.Lost != 2 {
			t.Errorf("%s: %d taken, and %+v", name, taken, s)
		}

		whole := make(chan int, 1)
		go func() {
			n := 0
			for s := bufio.NewScanner(r); s.Scan(); {
				if len(s.Text()) == len(line)-1 {
					n++
				} else if strings.Contains(s.Text(), "last") {
					break
				}
			}
			whole <- n
		}()
		again := 0
		for deadline := time.Now().Add(time.Minute); again < 10; time.Sleep(time.Millisecond) {
			if _, err := f.Write(line); err == nil {
				again++
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: it never writes again", name)
			}
		}
		for {
			if _, err := fmt.Fprintln(f, "last"); err == nil {
				break
			}
		}
		if n := <-whole; n != taken+again {
			t.Errorf("%s: %d lines are whole, %d were taken", name, n, taken+again)
		}
		f.Close()
		r.Close()
	}
}

// TestPatienceIsForThoseWhoMayLose: where no line may be lost, a write waits for its reader,
// however long that takes.
func TestPatienceIsForThoseWhoMayLose(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	f, err := Open(Config{Path: "-"}, w, nil)
	if err != nil {
		t.Fatal(err)
	}
	line := append(bytes.Repeat([]byte("x"), 1<<20-1), '\n')
	wrote := make(chan error, 1)
	go func() {
		_, err := f.Write(line)
		wrote <- err
	}()
	time.Sleep(2 * holdUp)
	got := make([]byte, 0, len(line))
	for buf := make([]byte, 1<<16); len(got) < len(line); {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if err := <-wrote; err != nil || !bytes.Equal(got, line) {
		t.Errorf("%d octets, %v", len(got), err)
	}
}
