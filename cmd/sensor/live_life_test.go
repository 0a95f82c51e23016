package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// TestLiveUnheard: a sensor whose findings nobody can have ends, and says why.
func TestLiveUnheard(t *testing.T) {
	for _, c := range []struct {
		name   string
		closed bool // standard output
		args   []string
		says   string
	}{
		{"closed", true, nil, "broken pipe"},
		{"closed, text", true, []string{"-o", "text"}, "broken pipe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, in := pair(t)
			cmd := asLive(in.Host, onPorts([]lab.Port{in}, c.args...)...)
			if c.closed {
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				r.Close()
				defer w.Close()
				cmd.Stdout = w
			}
			s := launch(t, in.Host, cmd)
			s.capturing(1)
			for _, source := range []string{"10.0.0.66", "10.0.0.67"} {
				out.Play(sweep(source, 40), 0)
			}
			if err := s.Wait(stopPatience); code(t, err) != 1 || !strings.Contains(s.Output(), c.says) {
				t.Errorf("%v, and it does not say %q\n%s", err, c.says, s.Output())
			}
			if !strings.Contains(s.Output(), "scan.fast: 1, records: 1") {
				t.Errorf("no summary\n%s", s.Output())
			}
		})
	}
}

// TestLiveFullDisk: a sensor whose file cannot be written goes on, says what to do, and how
// many findings are missing there.
func TestLiveFullDisk(t *testing.T) {
	out, in := pair(t)
	s := sense(t, []lab.Port{in}, "-s", "publish.lines.path=/dev/full")
	goesOn(t, out, s, "write /dev/full: no space left on device", "Make room on the disk")
}

// TestLiveUnheardBesideKafka: nobody reads standard output, or somebody has it open and does
// not read, but findings go to Kafka, or wait for it: the sensor goes on.
func TestLiveUnheardBesideKafka(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		unheardBesideKafka(t, func(r, _ *os.File) { r.Close() }, "broken pipe")
	})
	t.Run("stalled", func(t *testing.T) {
		unheardBesideKafka(t, func(_, w *os.File) {
			if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, os.Getpagesize())); err != nil { // it is full
				t.Fatal(err)
			}
		}, "its reader takes nothing any more")
	})
}

func unheardBesideKafka(t *testing.T, spoil func(r, w *os.File), says string) {
	t.Helper()
	out, in := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	spoil(r, w)
	cmd := asLive(in.Host, onPorts([]lab.Port{in}, "-s", "publish.kafka.brokers=127.0.0.1:1", "-s", "state.path="+t.TempDir())...)
	cmd.Stdout = w
	s := launch(t, in.Host, cmd)
	s.capturing(1)
	goesOn(t, out, s, says, "Start again what reads the findings")
}

// goesOn has two findings raised that cannot be written, and the sensor say so and end well.
func goesOn(t *testing.T, out lab.Port, s *liveSensor, says ...string) {
	t.Helper()
	for _, source := range []string{"10.0.0.66", "10.0.0.67"} {
		out.Play(sweep(source, 40), 0)
	}
	for deadline := time.Now().Add(startPatience); !strings.Contains(s.Output(), "findings are missing from publish.lines.path"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not say that findings are missing\n%s", s.Output())
		}
	}
	s.stop()
	for _, says := range append(says, "findings that publish.lines.path did not take: 2", "scan.fast: 2, records: 2") {
		if !strings.Contains(s.Output(), says) {
			t.Errorf("it does not say %q\n%s", says, s.Output())
		}
	}
}

// TestLiveSummary: the summary tells what came in by each interface, and what is not there.
func TestLiveSummary(t *testing.T) {
	for _, mode := range []string{"native", "af_packet"} {
		out, in := pair(t)
		s := sense(t, []lab.Port{in}, "-i", "none", "-s", "capture.mode="+mode)
		out.Play(sweep("10.0.0.66", 40), 0)
		s.await("scan.fast", "10.0.0.66", startPatience)
		s.stop()
		for _, row := range []string{
			"events     40 were of interest", "interface  in (" + mode + ", router): 40 packets", "interface  none (not there at the end): 0 packets",
			"contacts   40", "alerts     scan.fast: 1",
		} {
			if !strings.Contains(s.Output(), row) {
				t.Errorf("no %q in\n%s", row, s.Output())
			}
		}
	}
}

// TestLiveSignals: SIGHUP ends nothing and says so; a second SIGTERM ends a sensor that
// cannot end well, here since nobody reads what it writes.
func TestLiveSignals(t *testing.T) {
	out, in := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		t.Fatal(err)
	}
	cmd := asLive(in.Host, onPorts([]lab.Port{in})...)
	cmd.Stdout = w
	s := launch(t, in.Host, cmd)
	s.capturing(1)
	s.Expect("msg=started", startPatience)
	s.Signal(syscall.SIGHUP)
	s.Expect("this version does not reload", startPatience)
	for i := range 10 { // more findings than the pipe holds
		out.Play(sweep(fmt.Sprintf("10.0.0.%d", 60+i), 40), 0)
	}
	in.Host.Lab().Await(startPatience, "it waits for a reader", func() bool { return writesPipe(t, s.PID()) })
	s.Signal(syscall.SIGTERM)
	time.Sleep(100 * time.Millisecond)
	if !s.Running() {
		t.Errorf("it ends by the first SIGTERM, though it waits\n%s", s.Output())
	}
	in.Host.Lab().Await(startPatience, "it ends by another SIGTERM", func() bool {
		s.Signal(syscall.SIGTERM)
		return !s.Running()
	})
	if err := s.Wait(stopPatience); code(t, err) != -1 {
		t.Errorf("%v: not by the signal\n%s", err, s.Output())
	}
}

// writesPipe tells whether a thread of a process waits for room in a pipe.
func writesPipe(t *testing.T, pid int) bool {
	t.Helper()
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/wchan", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if where, err := os.ReadFile(path); err == nil && bytes.Contains(where, []byte("pipe_write")) {
			return true
		}
	}
	return false
}

// TestLiveForgets: what cannot be kept is an error of the end, and nothing before that.
func TestLiveForgets(t *testing.T) {
	_, in := pair(t)
	dir := filepath.Join(t.TempDir(), "state")
	s := sense(t, []lab.Port{in}, "-s", "state.path="+dir)
	s.Expect("msg=started", startPatience)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // in its place
		t.Fatal(err)
	}
	s.Signal(syscall.SIGTERM)
	if err := s.Wait(stopPatience); code(t, err) != 1 || !strings.Contains(s.Output(), "state.path: ") || !strings.Contains(s.Output(), "alerts") {
		t.Errorf("%v\n%s", err, s.Output())
	}
}
