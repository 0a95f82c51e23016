package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestMain also runs as the sensors that tests start as processes of their own.
func TestMain(m *testing.M) {
	if becomeSensor() {
		return
	}
	goleak.VerifyTestMain(m)
}

// soon is longer than anything here takes.
const soon = 20 * time.Second

// testWants watches SMB and NetBIOS names in 10/8.
func testWants() capture.Wants {
	return capture.Wants{
		Home: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		TCP:  []uint16{135, 139, 445},
		UDP:  []uint16{137},
		ARP:  true, Streams: true,
		SMB:   []uint16{139, 445},
		Could: irc.Could,
	}
}

// testConfig takes little memory.
func testConfig(interfaces ...string) capture.Config {
	c := capture.DefaultConfig()
	c.Interfaces = interfaces
	c.RingEvents, c.Sources = 1<<14, 1<<12
	return c
}

// running is a source that is read on its host, on one thread.
type running struct {
	t      *testing.T
	host   *lab.Host
	kernel *bpf.Kernel // its counters may be read at any time
	errand chan func(*Source)
	nudge  int // a descriptor by which Read is woken for an errand
	log    text

	mu     sync.Mutex
	events []packet.Event // without Data
	said   []string       // their payloads
	err    error          // what ended it
	done   chan struct{}  // closed when it ended
}

// text is a log that is read while it is written.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *text) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// run opens a source on a host and reads it until the test ends.
func run(t *testing.T, h *lab.Host, cfg capture.Config, wants capture.Wants) *running {
	t.Helper()
	r := &running{t: t, host: h, errand: make(chan func(*Source)), done: make(chan struct{})}
	opened := make(chan error, 1)
	go func() {
		defer close(r.done)
		h.In(func() {
			s, err := Open(cfg, wants, slog.New(slog.NewTextHandler(&r.log, nil)))
			if err == nil {
				r.kernel = s.kernel
				err = r.wakeBy(s)
			}
			opened <- err
			if err == nil {
				r.read(s)
			}
		})
	}()
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			t.Logf("log:\n%s", r.log.String())
		}
	})
	return r
}

// wakeBy makes the descriptor that wakes Read.
func (r *running) wakeBy(s *Source) (err error) {
	if r.nudge, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	r.t.Cleanup(func() { unix.Close(r.nudge) })
	return unix.EpollCtl(s.rings.epoll, unix.EPOLL_CTL_ADD, r.nudge, &unix.EpollEvent{Events: unix.EPOLLIN})
}

// open opens and closes a source on a host, and returns what Open says.
func open(h *lab.Host, cfg capture.Config) (err error) {
	h.In(func() {
		var s *Source
		if s, err = Open(cfg, testWants(), slog.New(slog.DiscardHandler)); err == nil {
			err = s.Close()
		}
	})
	return err
}

// read reads until it is stopped.
func (r *running) read(s *Source) {
	dst := make([]packet.Event, 512)
	var now packet.Time
	for r.err == nil {
		select {
		case f := <-r.errand:
			var nudges [8]byte
			_, _ = unix.Read(r.nudge, nudges[:])
			if f == nil {
				r.err = io.EOF
			} else {
				f(s)
			}
			continue
		default:
		}
		n, at, err := s.Read(dst)
		r.mu.Lock()
		r.err = err
		if at < now || n > 0 && dst[n-1].Time > at {
			r.err = errors.New("time goes back")
		}
		now = at
		for i := range dst[:n] {
			r.said = append(r.said, string(s.Payload(&dst[i])))
			dst[i].Data = 0
		}
		r.events = append(r.events, dst[:n]...)
		r.mu.Unlock()
	}
	if err := s.Close(); err != nil {
		r.err = errors.Join(r.err, err)
	}
}

// do runs f between two Reads, where the source may be asked.
func (r *running) do(f func(*Source)) {
	r.t.Helper()
	done := make(chan struct{})
	r.wake()
	select {
	case r.errand <- func(s *Source) { f(s); close(done) }:
		<-done
	case <-r.done:
		r.t.Fatalf("the source ended: %v", r.err)
	}
}

// wake ends a Read that waits.
func (r *running) wake() {
	one := binary.NativeEndian.AppendUint64(nil, 1)
	if _, err := unix.Write(r.nudge, one); err != nil {
		r.t.Fatal(err)
	}
}

// stop ends the source.
func (r *running) stop() {
	r.wake()
	select {
	case r.errand <- nil:
	case <-r.done:
	}
	<-r.done
}

// stats returns the source's counters.
func (r *running) stats() (st capture.Stats) {
	r.t.Helper()
	r.do(func(s *Source) { st = s.Stats() })
	return st
}

// seen returns the events so far.
func (r *running) seen() []packet.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]packet.Event(nil), r.events...)
}

// forget drops the events so far.
func (r *running) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events, r.said = nil, nil
}

// await waits for events that do.
func (r *running) await(what string, enough func([]packet.Event) bool) {
	r.t.Helper()
	deadline := time.Now().Add(soon)
	for !enough(r.seen()) {
		if time.Now().After(deadline) {
			all := r.seen()
			r.t.Fatalf("%s: not among %d events, the latest %+v", what, len(all), all[max(0, len(all)-5):])
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// calm waits until nothing more comes: after several Reads in a row the rings are empty, and
// there were no events.
func (r *running) calm() {
	r.t.Helper()
	was, quiet := -1, 0
	for range soon / time.Millisecond {
		now := 0
		r.do(func(s *Source) {
			if now = len(r.events); now != was || s.rings.merger.Pending() {
				was, quiet = now, 0
			}
		})
		if quiet++; quiet > 3 {
			return
		}
	}
	r.t.Fatalf("events do not end: %d", was)
}

// says waits until the log says all of parts in one line.
func (r *running) says(parts ...string) {
	r.t.Helper()
	deadline := time.Now().Add(soon)
	for !saysLine(r.log.String(), parts) {
		if time.Now().After(deadline) {
			r.t.Fatalf("the log does not say %q:\n%s", parts, r.log.String())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func saysLine(log string, parts []string) bool {
lines:
	for line := range strings.Lines(log) {
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue lines
			}
		}
		return true
	}
	return false
}
