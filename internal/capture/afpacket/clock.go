package afpacket

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// step is by how much the wall clock and the monotonic one may disagree from one look to
// the next until somebody has set the wall clock back.
const step = 10 * time.Millisecond

// clock makes packet time of the kernel's stamps, which are wall clock time. A step of the
// wall clock forward is taken; after a step back time runs at half speed until the wall
// clock has caught up. It never goes back.
type clock struct {
	looked time.Time     // when last, with the monotonic clock
	wall   packet.Time   // the wall clock then
	ahead  time.Duration // packet time is ahead of the wall clock by that
	latest packet.Time   // told
	stats  capture.ClockStats
}

// turn looks at the clocks.
func (c *clock) turn(now time.Time) {
	wall := packet.Time(now.UnixNano())
	if c.wall != 0 {
		passed := now.Sub(c.looked)
		if back := passed - wall.Sub(c.wall); back > step {
			c.ahead += back
			c.stats.Rebased++
		}
		c.ahead = max(0, c.ahead-passed/2)
	}
	c.looked, c.wall = now, wall
}

// stamped returns the time of a packet by its stamp.
func (c *clock) stamped(sec, nsec uint32) packet.Time {
	t := packet.Time(sec)*packet.Time(time.Second) + packet.Time(nsec)
	if c.ahead > 0 {
		return min(t, c.wall).Add(c.ahead) // t may be from before the step
	}
	return t
}

// tell makes t the time, as far as it is not later already.
func (c *clock) tell(t packet.Time) packet.Time {
	if t < c.latest {
		c.stats.Reordered++
		return c.latest
	}
	c.latest = t
	return t
}

// before returns the time that it was so long ago.
func (c *clock) before(d time.Duration) packet.Time { return c.wall.Add(c.ahead - d) }

// pass makes t the time if it is not later already: nothing from before is to come.
func (c *clock) pass(t packet.Time) { c.latest = max(c.latest, t) }
