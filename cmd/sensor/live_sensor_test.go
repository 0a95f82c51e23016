package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// How long a sensor may take for anything, beside many others on a busy machine, and to end.
const (
	startPatience = 60 * time.Second
	stopPatience  = 30 * time.Second
)

// line is a line of standard output, and when it came.
type line struct {
	at   time.Time
	text string
}

// stamper is a standard output that notes when each line comes.
type stamper struct {
	mu    sync.Mutex
	part  []byte
	lines []line
}

func (s *stamper) Write(b []byte) (int, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.part = append(s.part, b...)
	for {
		n := bytes.IndexByte(s.part, '\n')
		if n < 0 {
			return len(b), nil
		}
		s.lines = append(s.lines, line{now, string(s.part[:n])})
		s.part = s.part[n+1:]
	}
}

// liveSensor is a wormwatch run on a host.
type liveSensor struct {
	*lab.Process
	t   testing.TB
	out *stamper
}

// asLive makes a command on a host wormwatch run, to be changed and launched.
func asLive(h *lab.Host, args ...string) *exec.Cmd {
	cmd := h.Command(append([]string{os.Args[0], "run"}, args...)...)
	cmd.Env = liveEnv()
	return cmd
}

// liveEnv is the environment of a sensor. The race detector is not to sleep for a second at
// its end.
func liveEnv() []string {
	return []string{asCommand + "=1", "GORACE=atexit_sleep_ms=0", "PATH=" + os.Getenv("PATH")}
}

// launch starts a sensor and does not wait for anything. Its findings are kept unless its
// standard output is the test's affair.
func launch(t testing.TB, h *lab.Host, cmd *exec.Cmd) *liveSensor {
	t.Helper()
	s := &liveSensor{t: t, out: &stamper{}}
	if cmd.Stdout == nil {
		cmd.Stdout = s.out
	}
	s.Process = h.Launch(cmd)
	return s
}

// sense starts a sensor on ports of one host and waits until it captures on all of them.
func sense(t testing.TB, ports []lab.Port, args ...string) *liveSensor {
	t.Helper()
	s := launch(t, ports[0].Host, asLive(ports[0].Host, onPorts(ports, args...)...))
	s.capturing(len(ports))
	return s
}

// onPorts is the command line that names ports.
func onPorts(ports []lab.Port, args ...string) []string {
	for _, p := range ports {
		args = append(args, "-i", p.Name)
	}
	return args
}

// began is the log's line about an interface that is captured from now on.
var began = regexp.MustCompile(`msg="?capturing`)

// capturing waits until the log tells of n interfaces.
func (s *liveSensor) capturing(n int) {
	s.t.Helper()
	deadline := time.Now().Add(startPatience)
	for s.attached() < n {
		if !s.Running() || time.Now().After(deadline) {
			s.t.Fatalf("it does not capture on %d interfaces\n%s", n, s.Output())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *liveSensor) attached() int { return len(began.FindAllString(s.Output(), -1)) }

// stop ends the sensor as its administrator does, and returns its findings. It fails the
// test if that is no good end.
func (s *liveSensor) stop() []line {
	s.t.Helper()
	s.Signal(syscall.SIGTERM)
	if err := s.Wait(stopPatience); err != nil {
		s.t.Errorf("%v\n%s", err, s.Output())
	}
	if !strings.Contains(s.Output(), "msg=stopped") {
		s.t.Errorf("it does not say that it stopped\n%s", s.Output())
	}
	return s.findings()
}

// findings returns what came to standard output so far.
func (s *liveSensor) findings() []line {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return slices.Clone(s.out.lines)
}

// told returns what the findings say at first sight, each valid by the contract.
func told(t testing.TB, found []line) []telling {
	t.Helper()
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.text + "\n")
	}
	return tellings(t, b.String())
}

// await waits for a finding of a kind about a source, and returns when its packet came and
// how long afterwards its line did.
func (s *liveSensor) await(kind, source string, within time.Duration) (at time.Time, delay time.Duration) {
	s.t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, f := range s.findings() {
			if got := told(s.t, []line{f})[0]; got.kind == kind && got.source == source {
				at := timeOf(s.t, f)
				return at, f.at.Sub(at)
			}
		}
	}
	s.t.Fatalf("no %s of %s within %s\n%s", kind, source, within, s.Output())
	return at, delay
}

// timeOf returns the packet time of a finding, which has milliseconds.
func timeOf(t testing.TB, f line) time.Time {
	t.Helper()
	var v struct {
		Time int64 `json:"time"`
	}
	if err := json.Unmarshal([]byte(f.text), &v); err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(v.Time)
}

// only fails the test if findings are about anybody but source.
func only(t *testing.T, found []line, source string) {
	t.Helper()
	for _, f := range told(t, found) {
		if f.source != source {
			t.Errorf("a %s of %s, who did nothing", f.kind, f.source)
		}
	}
}

// promptly tells how fast the lines of findings came. That they do not wait for the end is
// shown by await; speed itself is a matter of benchmarks.
func promptly(t testing.TB, found []line) {
	t.Helper()
	if len(found) == 0 {
		t.Error("nothing is found")
		return
	}
	var delays []time.Duration
	for _, f := range found {
		delays = append(delays, f.at.Sub(timeOf(t, f)))
	}
	slices.Sort(delays)
	t.Logf("%d lines, packet to line: median %s, longest %s", len(delays), delays[len(delays)/2], delays[len(delays)-1])
}
