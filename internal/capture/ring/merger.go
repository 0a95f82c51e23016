package ring

import (
	"errors"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	// slack is how much later than its answer the kernel may see a question, because the
	// queues of a card are emptied at different moments, ns.
	slack = uint64(2 * time.Millisecond)
	// hold is how long events stay in the rings where there are several, ns: an event
	// that another CPU is still about must not come too late. More than twice slack.
	hold = uint64(5 * time.Millisecond)
	// grace is for an event whose time was taken and which is not in the ring yet, ns:
	// where nothing comes, time is told only up to so long ago.
	grace = uint64(time.Millisecond)
)

// never is later than every time.
const never = ^uint64(0)

// Merger makes one stream of the events of several rings, in order of time. Events that
// one CPU has of one interface keep their order; of the rest a question goes before its
// answer (questions.go). With a single ring and interface events are given at once, as
// they are.
//
// It allocates nothing after NewMerger, never waits, and is used by one goroutine.
type Merger struct {
	clock   *Clock
	lanes   []lane
	times   []uint64   // of the heads of lanes, close together: they are looked through for each turn
	asked   *questions // nil where there is one ring, and one interface
	arena   []byte     // payloads of the latest Read
	latest  packet.Time
	now     uint64 // of the monotonic clock, when it was last asked
	horizon uint64 // events from later than this stay in the rings
	full    bool   // the arena has no room for the next payload
	stats   Stats
}

// Stats counts what came out of the rings.
type Stats struct {
	Events    uint64 // given
	Reordered uint64 // came after later ones had been given: got their time
	Early     uint64 // questions given before their turn, since the answer came first
	Bad       uint64 // records that no program of ours writes: skipped
	Punts     packet.Stats
	Rings     []RingStats // valid until the next call of Stats
}

// RingStats is one ring: events that it gave, with those that were punted frames, and
// octets that wait in it.
type RingStats struct {
	Events  uint64
	Pending int
}

// NewMerger merges the rings of readers, which are the Merger's from then on, and which
// have the events of so many interfaces.
func NewMerger(readers []*Reader, interfaces int, clock *Clock) *Merger {
	m := &Merger{
		clock: clock,
		lanes: make([]lane, len(readers)),
		times: make([]uint64, len(readers)),
		arena: make([]byte, 0, arenaOctets),
	}
	for i, r := range readers {
		m.lanes[i] = lane{Reader: r, time: never, ahead: r.pos, early: make([]uint64, 0, maxEarly)}
	}
	if len(readers) > 1 || interfaces > 1 {
		m.asked = newQuestions()
	}
	m.stats.Rings = make([]RingStats, len(readers))
	return m
}

// Watch tells which UDP ports are services: what goes there asks, what comes from there
// answers.
func (m *Merger) Watch(udp []uint16) {
	if m.asked != nil {
		m.asked.services.Watch(udp)
	}
}

// Close unmaps the rings. Read gives nothing any more.
func (m *Merger) Close() error {
	var err error
	for i := range m.lanes {
		err = errors.Join(err, m.lanes[i].Close())
	}
	return err
}

// Stats returns the counters up to the latest Read.
func (m *Merger) Stats() Stats {
	for i := range m.lanes {
		m.stats.Rings[i] = RingStats{m.lanes[i].events, m.lanes[i].pending()}
	}
	return m.stats
}

// Pending reports whether a ring holds anything, be it that it is not to be given yet.
func (m *Merger) Pending() bool {
	for i := range m.lanes {
		if m.lanes[i].pending() > 0 {
			return true
		}
	}
	return false
}

// Read fills dst with the next events, as many as are there, and tells up to when all of
// them were given; that, too, never goes back.
func (m *Merger) Read(dst []packet.Event) (n int, now packet.Time) {
	m.arena, m.full = m.arena[:0], false
	told := m.begin()
	for n < len(dst) && !m.full {
		lane, until := m.turn()
		if lane < 0 {
			break
		}
		n = m.drain(lane, until, dst, n)
	}
	for i := range m.lanes {
		m.lanes[i].release()
	}
	if n < len(dst) && !m.full {
		m.latest = max(m.latest, m.clock.Time(told))
	}
	m.stats.Events += uint64(n)
	return n, m.latest
}

// begin looks what is in the rings. The clock is asked first: whatever had been written
// by then is seen. It returns up to when all will have been given.
func (m *Merger) begin() (told uint64) {
	m.now = m.clock.Monotonic()
	m.clock.Turn(m.now)
	m.horizon, told = never-1, m.now-grace
	if m.asked != nil {
		m.horizon, told = m.now-hold, m.now-hold
		m.asked.until = 0
	}
	for i := range m.lanes {
		m.lanes[i].refresh()
	}
	for i := range m.lanes {
		m.next(i)
	}
	return told
}

// next finds the next event of a lane.
func (m *Merger) next(lane int) {
	l := &m.lanes[lane]
	m.stats.Bad += l.next(m.clock, &m.now)
	m.times[lane] = l.time
}

// turn returns the lane with the earliest event of those to be given, less than 0 if there
// is none, and up to when its events are the earliest.
func (m *Merger) turn() (first int, until uint64) {
	least, next := m.horizon+1, m.horizon
	first = -1
	for i, t := range m.times {
		if t < least {
			first, least, next = i, t, min(least, m.horizon)
		} else if t < next {
			next = t
		}
	}
	return first, next
}

// drain gives events of a lane up to a time.
func (m *Merger) drain(lane int, until uint64, dst []packet.Event, n int) int {
	l := &m.lanes[lane]
	if m.asked != nil {
		until = min(until, m.look(l.time))
	}
	for n < len(dst) && l.time <= until {
		if m.asked == nil {
			if plain := m.run(lane, dst[n:]); plain > 0 {
				n += plain
				continue
			}
		}
		switch {
		case l.given():
		case m.asked != nil && m.ask(l, &dst[n]):
			n++
			continue
		case !m.full && m.give(&l.head, l.time, &dst[n]):
			n++
			l.events++
		case m.full:
			return n
		}
		l.pos = l.head.next
		m.next(lane)
	}
	return n
}
