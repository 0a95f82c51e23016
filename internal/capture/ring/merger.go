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

// Merger makes one stream of the events of several rings, in order of time. Events of one
// ring keep the order in which they lie there; between rings a question goes before its
// answer (questions.go). With a single ring events are given at once, as they are.
//
// It allocates nothing after NewMerger, never waits, and is used by one goroutine.
type Merger struct {
	clock   *Clock
	lanes   []lane
	heap    heap
	asked   *questions // nil where there is one ring
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

// NewMerger merges the rings of readers, which are the Merger's from then on.
func NewMerger(readers []*Reader, clock *Clock) *Merger {
	m := &Merger{
		clock: clock,
		lanes: make([]lane, len(readers)),
		heap:  make(heap, 0, len(readers)),
		arena: make([]byte, 0, arenaOctets),
	}
	for i, r := range readers {
		m.lanes[i] = lane{Reader: r, ahead: r.pos, early: make([]uint64, 0, maxEarly)}
	}
	if len(readers) > 1 {
		m.asked = newQuestions()
	}
	m.stats.Rings = make([]RingStats, len(readers))
	return m
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

// Read fills dst with the next events, as many as are there, and tells up to when all of
// them were given; that, too, never goes back.
func (m *Merger) Read(dst []packet.Event) (n int, now packet.Time) {
	m.arena, m.full = m.arena[:0], false
	told := m.begin()
	for len(m.heap) > 0 && n < len(dst) && !m.full {
		n = m.drain(dst, n)
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
	m.horizon, told = ^uint64(0), m.now-grace
	if m.asked != nil {
		m.horizon, told = m.now-hold, m.now-hold
		m.asked.until = 0
	}
	m.heap = m.heap[:0]
	for i := range m.lanes {
		m.lanes[i].refresh()
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		m.stats.Bad += l.next(m.clock, &m.now)
		if l.head.at != nil && l.time <= m.horizon {
			m.heap.push(turnOf{l.time, i})
		}
	}
	return told
}

// drain gives events of the lane whose turn it is, up to the turn of another.
func (m *Merger) drain(dst []packet.Event, n int) int {
	l := &m.lanes[m.heap[0].lane]
	until := min(m.horizon, m.heap.second())
	if m.asked != nil {
		until = min(until, m.look(l.time))
	}
	for n < len(dst) && l.head.at != nil && l.time <= until {
		if run, headed := m.run(l, dst[n:], until); run > 0 {
			if n += run; !headed {
				m.stats.Bad += l.next(m.clock, &m.now)
			}
			continue
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
		m.stats.Bad += l.next(m.clock, &m.now)
	}
	if l.head.at == nil || l.time > m.horizon {
		m.heap.pop()
	} else {
		m.heap.replace(l.time)
	}
	return n
}
