package afpacket

import (
	"math"
	"time"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Where there are several rings their events are put in order of time. A ring of which
// nothing is to be read holds up the others if the kernel has put frames into a block
// already that it did not hand over. All wait for hold, in which a frame comes from its
// time stamp into a block.
//
// The queues of a card, or two cards, are emptied at different moments, before the kernel
// takes the time. So an answer may seem to come before its question, and what nobody asked
// for is backscatter to those who judge. Events stay for another slack in a queue, in which
// a question is put before its answer if that is there; nothing else is moved.
//
// internal/capture/ring merges the rings of XDP: there an event is a record of its own, here
// a place in a block that is not given back while the event is held.
const (
	hold  = 5 * time.Millisecond
	slack = 2 * time.Millisecond
	// queued is how many events the queue has room for; when it is full they leave early.
	queued = 1 << 13
	// nap is how long is waited while events are held.
	nap = 5 * time.Millisecond
)

// head is the next event of a ring.
type head struct {
	entry
	there bool
}

// entry is an event and the block that its payload lies in.
type entry struct {
	ev    packet.Event
	ring  *ring
	block int
}

// place is a block of a ring.
type place struct {
	ring  *ring
	block int
}

type merger struct {
	rings   []*ring
	queue   []entry // in order; those before from were given
	from    int
	given   []place // by the latest Read
	answers answers
}

func newMerger(udp []uint16) *merger {
	m := &merger{queue: make([]entry, 0, 2*queued), given: make([]place, 0, queued)}
	m.answers.watch(udp)
	return m
}

func mergerBill() table.Bill {
	octets := 2*queued*unsafe.Sizeof(entry{}) + queued*unsafe.Sizeof(place{}) + unsafe.Sizeof(answers{})
	return table.Bill{Name: "packets merged", Entries: queued, Bytes: int64(octets)}
}

// empty reports whether nothing is held.
func (m *merger) empty() bool {
	for _, r := range m.rings {
		if r.head.there {
			return false
		}
	}
	return m.from == len(m.queue)
}

// giveBack lets go of the blocks that the latest Read's events lie in.
func (m *merger) giveBack() {
	for _, p := range m.given {
		p.ring.used[p.block]--
		p.ring.waiting--
	}
	m.given = m.given[:0]
}

// merge fills dst from the rings.
func (s *Source) merge(dst []packet.Event) (n int) {
	m := s.merger
	dst = dst[:min(len(dst), queued)]
	for n < len(dst) {
		until := s.pull().Add(-slack)
		before := n
		for n < len(dst) && m.from < len(m.queue) && (m.full() || m.queue[m.from].ev.Time <= until) {
			e := &m.queue[m.from]
			dst[n] = e.ev
			dst[n].Time = s.clock.tell(e.ev.Time)
			m.given = append(m.given, place{e.ring, e.block})
			m.from++
			n++
		}
		if n == before {
			break
		}
	}
	return n
}

func (m *merger) full() bool { return len(m.queue)-m.from == queued }

// pull moves events from the rings to the queue as long as there is room, and returns up
// to when these are all.
func (s *Source) pull() (until packet.Time) {
	m := s.merger
	if m.from >= queued {
		m.answers.moved(m.from)
		m.queue = m.queue[:copy(m.queue, m.queue[m.from:])]
		m.from = 0
	}
	for until = s.clock.before(hold); ; {
		r, limit := s.earliest()
		until = min(until, limit)
		switch {
		case r == nil || r.head.ev.Time > until:
			return until
		case m.full():
			return min(until, r.head.ev.Time)
		}
		r.head.there = false
		m.enter(&r.head.entry)
	}
}

// earliest returns the ring with the next event, nil if none has any, and up to when
// nothing can be missing.
func (s *Source) earliest() (first *ring, limit packet.Time) {
	limit = math.MaxInt64
	for _, r := range s.merger.rings {
		for !r.head.there && r.ready() {
			if r.head.there = s.parse(r, &r.head.ev); r.head.there {
				r.head.ring, r.head.block = r, r.latest()
				r.used[r.head.block]++
				r.waiting++
			}
		}
		if !r.head.there {
			limit = min(limit, s.comes(r))
		} else if first == nil || r.head.ev.Time < first.head.ev.Time {
			first = r
		}
	}
	return first, limit
}

// comes returns a time that no frame of a ring of which nothing is to be read is before,
// as far as is known.
func (s *Source) comes(r *ring) packet.Time {
	if sec, nsec, some := r.coming(); some {
		return s.clock.stamped(sec, nsec)
	}
	return math.MaxInt64
}

// enter puts an event at the end of the queue, or before its answer.
func (m *merger) enter(e *entry) {
	at := len(m.queue)
	if i := m.answers.of(m, e); i >= 0 {
		at = i
		e.ev.Time = m.queue[i].ev.Time
	}
	m.queue = append(m.queue, *e)
	if end := len(m.queue) - 1; at < end {
		copy(m.queue[at+1:], m.queue[at:end])
		m.queue[at] = *e
	}
	m.answers.note(m, e, at)
}
