package ring

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// turnAfter lets time pass and compares the clocks.
func turnAfter(hands *manual, c *Clock, ns uint64) packet.Time {
	hands.pass(ns)
	c.Turn(uint64(hands.mono))
	return c.Time(uint64(hands.mono))
}

// TestClockAgrees: on this machine, the time is what time.Now says, but for the error.
func TestClockAgrees(t *testing.T) {
	c := NewClock()
	for range 1000 {
		before := packet.Time(time.Now().UnixNano())
		got := c.Time(c.Monotonic())
		after := packet.Time(time.Now().UnixNano())
		bound := packet.Time(c.Error())
		if got < before-bound || got > after+bound {
			t.Fatalf("%d is not from %d to %d, error %v", got, before, after, c.Error())
		}
		c.due = 0
		c.Turn(1)
	}
	if c.Error() <= 0 || c.Error() > time.Second {
		t.Errorf("the error is %v", c.Error())
	}
}

// TestClockSteps: a step forward is taken; after one back time runs at half speed until
// the wall clock has caught up. Stamps from before a step keep their time.
func TestClockSteps(t *testing.T) {
	hands, c := newManual()
	before := uint64(hands.mono)
	was := c.Time(before)
	hands.wall += int64(time.Hour)
	if got := turnAfter(hands, c, 2*second); got != packet.Time(hands.wall) || c.Stats() != (ClockStats{Forward: 1}) {
		t.Errorf("%v after a step forward, the wall clock %v, %+v", got, hands.wall, c.Stats())
	}
	if got := c.Time(before); got != was {
		t.Errorf("a stamp from before the step is of %v, was of %v", got, was)
	}

	top := c.Time(uint64(hands.mono))
	hands.wall -= int64(10 * second)
	got := turnAfter(hands, c, 2*second)
	if want := top.Add(2 * time.Second); got != want || c.Stats().Back != 1 || c.Error() < 10*time.Second {
		t.Errorf("%v when the step back was noticed, want %v; error %v, %+v", got, want, c.Error(), c.Stats())
	}
	for i := 1; i <= 20; i++ {
		now := turnAfter(hands, c, second)
		if want := got.Add(time.Duration(i) * time.Second / 2); now != want {
			t.Fatalf("%v after %d s, want %v", now, i, want)
		}
	}
	for range 3 {
		if now := turnAfter(hands, c, second); now != packet.Time(hands.wall) {
			t.Fatalf("%v when the wall clock had caught up and says %v", now, hands.wall)
		}
	}
	if c.Error() > time.Microsecond || c.Stats() != (ClockStats{1, 1}) {
		t.Errorf("error %v, %+v", c.Error(), c.Stats())
	}
}

// TestClockBracket: a comparison that was interrupted does not make a step, and is put
// right by a better one; the error holds all the time.
func TestClockBracket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hands := manual{mono: int64(second), wall: bootWall}
		delay := rapid.SliceOfN(rapid.Int64Range(0, 40_000), 7, 7).Draw(t, "ns that readings take")
		at := 0
		reading := func(hand *int64) func() int64 {
			return func() int64 {
				hands.pass(uint64(delay[at%7]))
				at++
				read := *hand
				hands.pass(uint64(delay[at%7]))
				at++
				return read
			}
		}
		c := newClock(reading(&hands.mono), reading(&hands.wall))
		latest := packet.Time(0)
		for range 20 {
			hands.pass(second)
			c.Turn(uint64(hands.mono))
			got := c.Time(uint64(hands.mono))
			if off := got.Sub(packet.Time(hands.wall)); off > c.Error() || off < -c.Error() {
				t.Fatalf("%v off, the error is %v", off, c.Error())
			}
			if got < latest {
				t.Fatalf("time goes back by %v", latest.Sub(got))
			}
			latest = got
		}
		if c.Stats() != (ClockStats{}) {
			t.Fatalf("%+v and no step", c.Stats())
		}
	})
}

const day = 24 * int64(time.Hour)

// TestClockForward: whatever is done to the wall clock, time does not go back, never runs
// slower than half, and says how far it is off; also while the machine sleeps, and the
// monotonic clock stands still.
func TestClockForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hands, c := newManual()
		latest := c.Time(uint64(hands.mono))
		for range 50 {
			hands.wall += rapid.SampledFrom([]int64{0, 0, 1, 1e6, -1e6, 3e9, -3e9, day, -day, 30 * day}).Draw(t, "step")
			passed := rapid.Uint64Range(1, 3*second).Draw(t, "pass")
			got := turnAfter(hands, c, passed)
			if got.Sub(latest) < time.Duration(passed/2) {
				t.Fatalf("%v passed in %d ns", got.Sub(latest), passed)
			}
			if latest = got; c.due == uint64(hands.mono)+turn { // compared just now
				if off := got.Sub(packet.Time(hands.wall)); off > c.Error() || off < -c.Error() {
					t.Fatalf("%v off, the error is %v", off, c.Error())
				}
			}
		}
	})
}

// TestSteps: what lies in the rings while the wall clock is set, by a day and more, comes
// out all the same, and its time does not go back.
func TestSteps(t *testing.T) {
	pool := kernelRings(t)
	rapid.Check(t, func(t *rapid.T) {
		hands, clock := newManual()
		rings := pool[:rapid.IntRange(1, 2).Draw(t, "rings")]
		m := NewMerger(fresh(t, rings), 1, clock)
		defer m.Close()
		latest, put, came := packet.Time(hands.wall-int64(second)), 0, 0
		dst := make([]packet.Event, 256) // room for all: what waits for longer than a turn may lose its place
		read := func() {
			n, now := m.Read(dst)
			for _, ev := range append(dst[:n:n], packet.Event{Time: now}) {
				if ev.Time < latest {
					t.Fatalf("%v after %v", ev.Time, latest)
				}
				latest = ev.Time
			}
			came += n
		}
		for range 30 {
			hands.wall += rapid.SampledFrom([]int64{0, 0, 0, 5e9, -5e9, day, -day}).Draw(t, "step")
			for range rapid.IntRange(0, 4).Draw(t, "events") {
				hands.pass(1000)
				k := rings[put%len(rings)]
				k.put(content(syn(uint64(hands.mono), uint32(put))))
				writeAll(t, k)
				put++
			}
			if rapid.Bool().Draw(t, "read") {
				read()
			}
			hands.pass(rapid.Uint64Range(1, 2*second).Draw(t, "pass"))
		}
		hands.pass(hold)
		read()
		// What waited over two steps may be given the time that was told already.
		if s := m.Stats(); came != put || s.Bad != 0 {
			t.Fatalf("%d events of %d, %+v", came, put, s)
		}
		for range 3 { // idle
			hands.pass(3 * second)
			read()
		}
	})
}
