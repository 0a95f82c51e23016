package live

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	// leastNap and mostNap bound how long a source sleeps between looks while packets
	// come: longer where they are few, since each look costs a sleep and a wake-up; short against the
	// time that an alert may take, and that a ring takes to fill.
	leastNap = time.Millisecond
	mostNap  = 4 * time.Millisecond
	// many is how many events at a look make the next nap the shortest.
	many = 256
	// naps is how many looks in a row that find nothing make a source go to sleep until
	// the kernel wakes it: after more than the time for which several rings hold an event
	// back, or it would wake at once. A wake-up costs the packet that causes it some
	// microseconds.
	naps = 4
	// sleep is the longest that Read waits, in milliseconds.
	sleep = 100
	// period is how often the interfaces are looked after.
	period = time.Second
	// eraTime is how often a home address that sends is to be heard of.
	eraTime = 15 * time.Minute
)

// Read gives what came since the latest time. It waits for more where there was little,
// at most some 100 ms: a busy source works in batches, an idle one sleeps. The time that
// it tells is when it looked; what comes later is later.
func (s *Source) Read(dst []packet.Event) (n int, now packet.Time, err error) {
	if s.err != nil {
		return 0, s.now, s.err
	}
	if s.more {
		if n, now = s.look(dst); n > 0 {
			return n, now, nil
		}
	}
	if !s.idle {
		for range naps {
			time.Sleep(s.nap)
			if n, now = s.look(dst); n > 0 {
				return n, now, nil
			}
		}
	}
	return s.await(dst)
}

// await sleeps until an event wakes it, or until it has slept long enough.
func (s *Source) await(dst []packet.Event) (n int, now packet.Time, err error) {
	s.kernel.Arm()
	defer s.kernel.Disarm()
	// What came between the last look and Arm wakes nobody.
	if n, now = s.look(dst); n > 0 {
		return n, now, nil
	}
	if s.idle, err = s.rings.wait(sleep); err != nil {
		return 0, now, err
	}
	n, now = s.look(dst)
	return n, now, nil
}

// look empties the rings into dst, as far as it holds, and does what is due by now.
func (s *Source) look(dst []packet.Event) (n int, now packet.Time) {
	n, now = s.rings.merger.Read(dst)
	s.now = now
	s.more = n == len(dst)
	if n > 0 {
		s.idle = false
	}
	s.nap = min(2*s.nap, mostNap)
	if n >= many {
		s.nap = leastNap
	}
	if now.Sub(s.turned) >= period {
		s.turned = now
		s.watch()
		s.rings.watchClock(s.log)
	}
	if now.Sub(s.era) >= eraTime {
		s.era = now
		s.kernel.NextEra()
	}
	return n, now
}
