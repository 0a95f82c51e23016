package capture

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	// reorder is how far capture devices and merged files put packets out of order.
	reorder = packet.Time(time.Minute)
	// leap is a gap that is believed only when a second packet confirms it: a recording
	// may be quiet for days, a corrupt stamp is off by years.
	leap = packet.Time(7 * 24 * time.Hour)
	// sustained is how many packets in a row must lie behind to make it a step back.
	sustained = 16
	// sane is 2200-01-01; no packet was captured after it, or before 1970.
	sane = packet.Time(7258118400 * 1e9)
)

// clock makes of the stamps of packets a time that never goes back, since packet time is
// the only clock of all that follows. What it returns depends on nothing but the stamps
// in their order.
//
// A stamp is taken in a base: out = stamp + shift. A step back that lasts, and a file
// older than the one before it, begin a new base, so that time goes on from where it was
// with the spacing of the new stamps. The base before is remembered: stamps that fit it
// again (a clock that was set back, then corrected; two interfaces whose clocks differ)
// return to it.
type clock struct {
	latest  packet.Time // what the latest packet got
	shift   packet.Time // of the current base, never negative
	was     packet.Time // shift of the base before it
	doubt   packet.Time // the stamp that waits to be confirmed, when doubted
	doubted bool
	started bool // a first sane stamp was seen
	border  bool // no stamp of this file was taken yet
	behind  int  // packets in a row more than reorder behind
	calm    bool // the latest stamp was as expected, and the next is of the same file
	stats   ClockStats
}

// time returns the time of a frame.
func (c *clock) time(fr *frame) packet.Time {
	if fr.flags&unstamped != 0 {
		c.stats.Unstamped++
		return c.latest
	}
	return c.tick(fr.time)
}

// tick returns the time of a packet with stamp t.
func (c *clock) tick(t packet.Time) packet.Time {
	s := t + c.shift
	if c.calm && uint64(s-c.latest) <= uint64(reorder) && uint64(t) <= uint64(sane) && s <= sane { // nearly all packets
		c.latest = s
		return s
	}
	return c.judge(t)
}

// judge is tick for what is not just the next packet.
func (c *clock) judge(t packet.Time) packet.Time {
	c.calm = false
	s := t + c.shift // an overflow is negative
	if t < 0 || t > sane || s < 0 || s > sane {
		c.stats.Absurd++
		return c.latest
	}
	if !c.started {
		c.started = true
		return c.settle(t)
	}
	step := s - c.latest
	switch {
	case step >= 0 && step <= reorder:
		return c.settle(s)
	case c.shift != c.was && c.near(t+c.was):
		return c.rebase(c.was, t)
	case step > leap:
		return c.far(t)
	case step > 0:
		return c.settle(s)
	case step >= -reorder:
		c.stats.Reordered++
		return c.settle(c.latest)
	}
	c.doubted = false
	c.behind++
	if c.border || c.behind == sustained {
		return c.rebase(c.latest-t, t)
	}
	c.stats.Behind++
	return c.latest
}

// far decides about t, which is more than a leap ahead.
func (c *clock) far(t packet.Time) packet.Time {
	if d := t - c.doubt; c.doubted && d >= -reorder && d <= leap {
		c.stats.Leaps++
		// The new stamps may be real time again after a base that lagged behind it.
		c.was, c.shift = c.shift, max(0, c.latest-t)
		return c.settle(t + c.shift)
	}
	c.stats.Doubted++
	c.doubt, c.doubted, c.behind = t, true, 0
	return c.latest
}

// enter says that the next packet is another file's.
func (c *clock) enter() { c.border, c.calm = true, false }

// rebase takes t, and the stamps after it, with another shift.
func (c *clock) rebase(shift, t packet.Time) packet.Time {
	c.stats.Rebased++
	c.was, c.shift = c.shift, shift
	return c.settle(max(c.latest, t+shift))
}

// settle makes s the time: its packet is what was to be expected.
func (c *clock) settle(s packet.Time) packet.Time {
	c.latest, c.behind, c.doubted, c.border = s, 0, false, false
	c.calm = true
	return s
}

// near reports whether s is within reorder of the time that it is.
func (c *clock) near(s packet.Time) bool {
	d := s - c.latest
	return d >= -reorder && d <= reorder
}
