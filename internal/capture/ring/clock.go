package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	// turn is how often the clocks are compared, ns.
	turn = uint64(time.Second)
	// tries is how often one comparison is tried at most, and closeEnough, in ns, is good
	// enough to stop.
	tries       = 8
	closeEnough = 1000
)

// Clock makes packet time of the kernel's monotonic clock, which stamps the events.
//
// What it returns never goes back where the kernel's stamps do not. A step of the wall
// clock forward is taken when it is noticed; after a step back time runs at half speed
// until the wall clock has caught up. It is used by one goroutine.
type Clock struct {
	monotonic, wall func() int64 // readings, ns
	now, old        piece        // old is for stamps from before now began
	steady          uint64       // stamps from then on need only the offset: nothing is to be caught up
	bound           uint64       // bound of the offset's error, ns
	due             uint64       // when to compare again
	stats           ClockStats
}

// ClockStats counts steps of the wall clock: of more than the error of comparing.
type ClockStats struct {
	Forward, Back uint64
}

// piece is how time runs from one step to the next: as offset says, but not before it has
// caught up with what was told before.
type piece struct {
	from   uint64 // monotonic, ns
	at     int64  // packet time then
	offset int64  // wall less monotonic
}

func (p *piece) time(stamp uint64) int64 {
	return max(int64(stamp)+p.offset, p.at+int64((stamp-p.from)/2))
}

// NewClock compares the clocks for the first time.
func NewClock() *Clock {
	return newClock(reading(unix.CLOCK_MONOTONIC), reading(unix.CLOCK_REALTIME))
}

func reading(id int32) func() int64 {
	var ts unix.Timespec
	return func() int64 {
		_ = unix.ClockGettime(id, &ts) // these clocks exist on every Linux
		return ts.Nano()
	}
}

func newClock(monotonic, wall func() int64) *Clock {
	c := &Clock{monotonic: monotonic, wall: wall}
	stamp, offset, err := c.compare()
	c.now = piece{at: offset, offset: offset} // since the monotonic clock was 0
	c.old = c.now
	c.bound, c.due = err, stamp+turn
	return c
}

// Monotonic returns the kernel's monotonic clock, ns: CLOCK_MONOTONIC, which is what
// bpf_ktime_get_ns returns.
func (c *Clock) Monotonic() uint64 { return uint64(c.monotonic()) }

// Time returns the packet time of a monotonic stamp, ns.
func (c *Clock) Time(stamp uint64) packet.Time {
	if stamp < c.now.from {
		return packet.Time(c.old.before(stamp))
	}
	return packet.Time(c.now.time(stamp))
}

// before is time for stamps that may lie before the piece, too.
func (p *piece) before(stamp uint64) int64 {
	if stamp < p.from {
		return p.at - int64(p.from-stamp)
	}
	return p.time(stamp)
}

// Error bounds how far Time was from the wall clock when the clocks were last compared:
// the error of comparing, and what is left of a step back.
func (c *Clock) Error() time.Duration {
	stamp := max(c.due-turn, c.now.from)
	behind := c.now.time(stamp) - int64(stamp) - c.now.offset
	return time.Duration(int64(c.bound) + behind)
}

// Stats returns the steps up to now.
func (c *Clock) Stats() ClockStats { return c.stats }

// Turn compares the clocks again where that is due, once a second; stamp is the monotonic
// clock.
func (c *Clock) Turn(stamp uint64) {
	if stamp < c.due {
		return
	}
	stamp, offset, err := c.compare()
	c.due = stamp + turn
	step := offset - c.now.offset
	apart := uint64(max(step, -step))
	switch {
	case apart > err+c.bound && step > 0:
		c.stats.Forward++
	case apart > err+c.bound:
		c.stats.Back++
	case err >= c.bound: // no step, and no closer than the comparison before
		c.bound = apart + err
		return
	}
	c.begin(stamp, offset, err)
}

// begin lets time run by another offset from stamp on.
func (c *Clock) begin(stamp uint64, offset int64, err uint64) {
	at := c.now.time(stamp)
	c.old = c.now
	c.now = piece{from: stamp, at: at, offset: offset}
	c.bound = err
	c.steady = stamp
	if lag := at - int64(stamp) - offset; lag > 0 {
		c.steady += 2 * uint64(lag)
	}
}

// compare reads the wall clock between two readings of the monotonic one. The best of
// some tries counts: whatever interrupts one makes its bracket wide. The error is half of
// the bracket.
func (c *Clock) compare() (stamp uint64, offset int64, err uint64) {
	best := int64(1<<63 - 1)
	before := c.monotonic()
	for range tries {
		wall := c.wall()
		after := c.monotonic()
		if width := after - before; width < best {
			best = width
			offset = wall - before - width/2
		}
		before = after
		if best <= closeEnough {
			break
		}
	}
	return uint64(before), offset, uint64(best+1)/2 + 1
}
