package ring

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	second = uint64(time.Second)
	ms     = uint64(time.Millisecond)
	// bootWall is the wall clock when the monotonic one of manual was 0.
	bootWall = 1_700_000_000 * int64(time.Second)
)

// manual is a pair of clocks that a test moves.
type manual struct{ mono, wall int64 }

func newManual() (*manual, *Clock) {
	m := &manual{mono: int64(1000 * second), wall: bootWall + int64(1000*second)}
	return m, newClock(func() int64 { return m.mono }, func() int64 { return m.wall })
}

// pass lets time pass on both.
func (m *manual) pass(ns uint64) {
	m.mono += int64(ns)
	m.wall += int64(ns)
}

// TestOneRing: what the program wrote comes out as it was, at once, over many rounds of
// the ring, with payloads, and what was discarded does not.
func TestOneRing(t *testing.T) {
	k := newKernelRing(t, ringOctets)
	hands, clock := newManual()
	m := NewMerger([]*Reader{k.open(t)}, 1, clock)
	dst := make([]packet.Event, 300)
	seq := uint32(0)
	for round := range 200 {
		var want []uint32
		for i := range 60 + round%7 {
			hands.pass(1000)
			ev := packet.Event{Time: packet.Time(hands.mono), Kind: packet.KindTCP, Seq: seq, Iface: 7, Held: uint16(seq % 300)}
			k.put(content(ev, pattern(seq)...))
			want = append(want, seq)
			seq++
			if i%5 == 0 {
				k.discard()
			}
		}
		if failed := k.run(t); failed != 0 {
			t.Fatalf("no room for %d", failed)
		}
		n, now := m.Read(dst)
		if n != len(want) {
			t.Fatalf("round %d: %d events, want %d", round, n, len(want))
		}
		for i := range dst[:n] {
			ev := &dst[i]
			if ev.Seq != want[i] || ev.Iface != 7 || string(m.Payload(ev)) != string(pattern(want[i])) {
				t.Fatalf("round %d: event %d is %+v with %q", round, i, *ev, m.Payload(ev))
			}
		}
		if wall := packet.Time(hands.wall); dst[n-1].Time != wall || now != wall {
			t.Fatalf("the last is of %v, now is %v, want %v", dst[n-1].Time, now, wall)
		}
	}
	if s := m.Stats(); s.Bad+s.Reordered+s.Early != 0 || s.Events != uint64(seq) || s.Rings[0].Pending != 0 {
		t.Errorf("%+v", s)
	}
}

// pattern is the payload of an event of TestOneRing.
func pattern(seq uint32) []byte {
	b := make([]byte, seq%300)
	for i := range b {
		b[i] = byte(int(seq) + i)
	}
	return b
}

// TestIdle: where nothing comes time goes on, up to now but for what may still come.
func TestIdle(t *testing.T) {
	for of, want := range map[[2]int]uint64{{1, 1}: grace, {2, 1}: hold, {1, 2}: hold} {
		hands, clock := newManual()
		var readers []*Reader
		for range of[0] {
			readers = append(readers, newPaper(t, ringOctets).open(t))
		}
		m := NewMerger(readers, of[1], clock)
		for range 3 {
			hands.pass(100 * ms)
			n, now := m.Read(make([]packet.Event, 4))
			if back := packet.Time(hands.wall).Sub(now); n != 0 || back != time.Duration(want) || m.Pending() {
				t.Errorf("%v rings and interfaces: %d events, now is %v ago, pending %v", of, n, back, m.Pending())
			}
		}
	}
}
