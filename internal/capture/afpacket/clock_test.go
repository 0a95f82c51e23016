package afpacket

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestClock sets the wall clock forward and back: forward is taken at once, after a step
// back time runs at half speed until the wall clock is there; it never goes back.
func TestClock(t *testing.T) {
	var c clock
	now := time.Now() // Add moves both clocks that it carries: a step is made in what was read before
	c.turn(now)
	before := packet.Time(0)
	stamp := func(at time.Time) packet.Time {
		got := c.tell(c.stamped(uint32(at.Unix()), uint32(at.Nanosecond())))
		if got < before {
			t.Fatalf("from %v back to %v", before, got)
		}
		before = got
		return got
	}
	if got := stamp(now); got != packet.Time(now.UnixNano()) {
		t.Fatalf("%v is told as %v", now, got.UTC())
	}
	// The wall clock is set back by 10 s: it was looked at when it was that much later.
	c.wall = c.wall.Add(10 * time.Second)
	c.latest = c.latest.Add(10 * time.Second)
	before = c.latest
	old := now.Add(10 * time.Second) // a frame from just before
	for i := 1; i <= 30; i++ {
		now = now.Add(time.Second)
		c.turn(now)
		got := stamp(now)
		ahead := max(0, 10*time.Second-time.Duration(i)*time.Second/2)
		if want := packet.Time(now.Add(ahead).UnixNano()); got != want {
			t.Fatalf("%d s later: %v, want %v", i, got.UTC(), want.UTC())
		}
		if i == 1 {
			stamp(old)
		}
	}
	if c.stats.Rebased != 1 || c.stats.Reordered != 0 {
		t.Errorf("%+v", c.stats)
	}
	// Set forward, which is believed; a frame that comes late has the time before it.
	c.wall = c.wall.Add(-time.Hour)
	now = now.Add(time.Second)
	c.turn(now)
	at := stamp(now)
	if got := stamp(now.Add(-time.Minute)); got != at || c.stats.Reordered != 1 || c.stats.Rebased != 1 || c.ahead != 0 {
		t.Errorf("%v, %+v", got.UTC(), c.stats)
	}
	c.pass(at.Add(-time.Second))
	if c.latest != at {
		t.Errorf("time went back to %v", c.latest.UTC())
	}
}
