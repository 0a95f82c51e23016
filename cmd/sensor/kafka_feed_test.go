package main

import (
	"bytes"
	"io"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// feed gives a capture to one sensor after another, each from its beginning: fast as far as
// one before it came, then at a pace of its own as far as it is let, and to the end when all
// faults are over. So no sensor is done before it is killed.
type feed struct {
	capture []byte
	came    atomic.Int64  // as far as any sensor got
	let     atomic.Int64  // as far as they may
	over    chan struct{} // closed when there is nothing to wait for any more
}

// feedTime is how long all of a capture takes at that pace.
const feedTime = 40 * time.Second

func newFeed(capture []byte) *feed { return &feed{capture: capture, over: make(chan struct{})} }

// more lets the sensors have another part of the capture.
func (f *feed) more() { f.let.Add(int64(len(f.capture) / 12)) }

// into feeds w until it has all, or is gone.
func (f *feed) into(w io.WriteCloser) {
	defer w.Close()
	const tick = 20 * time.Millisecond
	step := len(f.capture) / int(feedTime/tick)
	for at := 0; at < len(f.capture); {
		n := min(64<<10, len(f.capture)-at)
		select {
		case <-f.over:
		default:
			if came := int(f.came.Load()); at < came {
				n = min(n, came-at)
			} else {
				time.Sleep(tick)
				n = min(step, max(0, int(f.let.Load())-at), len(f.capture)*19/20-at)
			}
		}
		if _, err := w.Write(f.capture[at : at+n]); err != nil {
			return // it was killed
		}
		at += n
		f.came.Store(max(f.came.Load(), int64(at)))
	}
}

// fed is a sensor that replays what it is fed.
type fed struct {
	cmd    *exec.Cmd
	lines  kept // findings
	errs   kept
	feeder sync.WaitGroup
}

// kept is what a sensor writes, for who looks while it does.
type kept struct {
	mu    sync.Mutex
	b     bytes.Buffer
	lines int
}

func (k *kept) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines += bytes.Count(b, []byte("\n"))
	return k.b.Write(b)
}

func (k *kept) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lines
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.String()
}

func startFed(t *testing.T, f *feed, args ...string) *fed {
	t.Helper()
	s := &fed{cmd: process(t, append(append([]string{"replay"}, args...), "-")...)}
	s.cmd.Stdout, s.cmd.Stderr = &s.lines, &s.errs
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.feeder.Go(func() { f.into(in) })
	return s
}

// kill ends it by SIGKILL, in whatever it is doing.
func (s *fed) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatalf("it ended before it was killed: %v\n%s", err, s.errs.String())
	}
	if err := s.cmd.Wait(); code(t, err) != -1 {
		t.Fatalf("it ended by itself: %v\n%s", err, s.errs.String())
	}
	s.feeder.Wait()
}
