package live

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// with opens a source on the sensor and lets f have it.
func (b *bench) with(t *testing.T, ringEvents int, f func(s *Source)) {
	t.Helper()
	cfg := testConfig("rx")
	cfg.RingEvents = ringEvents
	b.sensor.In(func() {
		s, err := Open(cfg, testWants(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f(s)
	})
}

// drain reads until it had to wait in vain.
func drain(t *testing.T, s *Source) (events []packet.Event) {
	t.Helper()
	dst := make([]packet.Event, 256)
	for s.idle = false; !s.idle; {
		n, _, err := s.Read(dst)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, dst[:n]...)
	}
	return events
}

// TestRingFull: what finds no room is counted, by CPU, and what came before is given; then
// it goes on.
func TestRingFull(t *testing.T) {
	b := newBench(t)
	b.with(t, 1<<10, func(s *Source) {
		const sent = 5000
		var frames [][]byte
		for i := range sent {
			frames = append(frames, syn(fmt.Sprintf("10.1.%d.%d", i>>8, i&0xff), "10.2.0.1", 40000, 445))
		}
		play(b.out, frames...)
		given := len(drain(t, s))
		st := s.Stats()
		if st.Live.Lost == 0 || given+int(st.Live.Lost) != sent || st.Events != uint64(given) {
			t.Errorf("%d sent, %d given, %d lost", sent, given, st.Live.Lost)
		}
		var events, missed uint64
		for i, c := range st.Live.CPUs {
			if c.CPU != i {
				t.Errorf("CPU %d is the counters' %d", c.CPU, i)
			}
			events, missed = events+c.Events, missed+c.Lost
		}
		if missed != st.Live.Lost || events != uint64(given) {
			t.Errorf("by CPU %+v, altogether %d and %d lost", st.Live.CPUs, given, st.Live.Lost)
		}
		// The kernel looks anew whether the ring has room after some sources on each CPU.
		frames = frames[:100]
		for i := range frames {
			frames[i] = syn(fmt.Sprintf("10.3.0.%d", i), "10.2.0.1", 40000, 445)
		}
		play(b.out, frames...)
		again, lost := len(drain(t, s)), int(s.Stats().Live.Lost-st.Live.Lost)
		if again+lost != len(frames) || again < len(frames)/2 {
			t.Errorf("after the loss %d of %d events are given, %d lost", again, len(frames), lost)
		}
	})
}

// TestIdle: Read waits where nothing comes, and tells how time goes on.
func TestIdle(t *testing.T) {
	b := newBench(t)
	b.with(t, 1<<10, func(s *Source) {
		drain(t, s)
		const reads = 10
		before := usage()
		_, began, _ := s.Read(nil)
		var now packet.Time
		for range reads {
			n, at, err := s.Read(make([]packet.Event, 1))
			if n != 0 || err != nil {
				t.Fatalf("%d events, %v", n, err)
			}
			now = at
		}
		// As much as it should wait at least; a busy machine makes it more.
		if waited := now.Sub(began); waited < reads*sleep*time.Millisecond*9/10 {
			t.Errorf("%d reads took %v: they do not wait", reads, waited)
		}
		after := usage()
		t.Logf("%d reads, %v: %d times asleep, %v of CPU", reads, now.Sub(began), after.Nvcsw-before.Nvcsw, time.Duration(after.Utime.Nano()+after.Stime.Nano()-before.Utime.Nano()-before.Stime.Nano()))
	})
}

// usage is what this thread used.
func usage() (u unix.Rusage) {
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return u
}

// TestWake: an event wakes who sleeps, and only who said that he does.
func TestWake(t *testing.T) {
	b := newBench(t)
	b.with(t, 1<<10, func(s *Source) {
		drain(t, s)
		s.kernel.Arm()
		send := b.out.Player(recorded(syn("10.1.0.1", "10.1.0.2", 40000, 445)), 0)
		go func() { time.Sleep(50 * time.Millisecond); _ = send() }()
		if idle, err := s.rings.wait(int(soon / time.Millisecond)); err != nil || idle {
			t.Errorf("an event did not wake: %v, %v", idle, err)
		}
		s.kernel.Disarm()
		if n := len(drain(t, s)); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
	})
}

// TestHeldBack: nobody sleeps while a ring has something, even if it woke nobody, and has
// to wait there for what another ring might still give.
func TestHeldBack(t *testing.T) {
	b := newBench(t)
	b.with(t, 1<<10, func(s *Source) {
		drain(t, s)
		play(b.out, syn("10.1.0.1", "10.1.0.2", 40000, 445)) // not armed: no wake-up
		s.kernel.Arm()
		defer s.kernel.Disarm()
		if idle, err := s.rings.wait(int(soon / time.Millisecond)); err != nil || idle {
			t.Errorf("slept beside an event: %v, %v", idle, err)
		}
		if n := len(drain(t, s)); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
	})
}

// TestReadAllocates: nothing, busy or idle.
func TestReadAllocates(t *testing.T) {
	b := newBench(t)
	b.with(t, 1<<10, func(s *Source) {
		dst := make([]packet.Event, 64)
		send := b.out.Player(recorded(syn("10.1.0.1", "10.1.0.2", 40000, 445), syn("10.1.0.1", "10.1.0.3", 40000, 445)), 0)
		if err := send(); err != nil {
			t.Fatal(err)
		}
		drain(t, s)
		s.turned = 1 << 62 // looking after interfaces may allocate
		if n := testing.AllocsPerRun(3, func() { _, _, _ = s.Read(dst) }); n != 0 {
			t.Errorf("an idle Read allocates %v times", n)
		}
		s.idle = false
		if n := testing.AllocsPerRun(3, func() { s.look(dst) }); n != 0 {
			t.Errorf("a look allocates %v times", n)
		}
	})
}
