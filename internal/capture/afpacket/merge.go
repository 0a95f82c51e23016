package afpacket

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Where there are several rings their events are put in order of time. Each ring hands its
// blocks over at moments of its own, so an event stays until hold has passed: by then all
// before it are there.
//
// The queues of a card, or two cards, are emptied at different moments too, before the
// kernel takes the time. So an answer may seem to come before its question, and what nobody
// asked for is backscatter to those who judge. Events stay for another slack in a queue, in
// which a question is put before its answer if that is there; nothing else is moved.
const (
	hold  = lag + 5*time.Millisecond
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
	return table.Bill{Name: "packets merged", Entries: queued, Bytes: 2*queued*112 + queued*16 + answersKept*16}
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
	horizon := s.clock.wall.Add(s.clock.ahead - hold)
	dst = dst[:min(len(dst), queued)]
	for n < len(dst) {
		all := s.pull(horizon)
		before := n
		for n < len(dst) && m.from < len(m.queue) && (!all || m.queue[m.from].ev.Time <= horizon.Add(-slack)) {
			e := &m.queue[m.from]
			dst[n] = e.ev
			dst[n].Time = s.clock.tell(e.ev.Time)
			m.given = append(m.given, place{e.ring, e.block})
			m.from++
			n++
			if !all {
				break // there is room for one more
			}
		}
		if n == before {
			break
		}
	}
	return n
}

// pull moves events up to horizon from the rings to the queue, and reports whether these
// are all.
func (s *Source) pull(horizon packet.Time) bool {
	m := s.merger
	if m.from >= queued {
		m.answers.moved(m.from)
		m.queue = m.queue[:copy(m.queue, m.queue[m.from:])]
		m.from = 0
	}
	for len(m.queue)-m.from < queued {
		r := s.earliest()
		if r == nil || r.head.ev.Time > horizon {
			return true
		}
		r.head.there = false
		m.enter(&r.head.entry)
	}
	return false
}

// earliest returns the ring with the next event, nil if none has any.
func (s *Source) earliest() (first *ring) {
	for _, r := range s.merger.rings {
		for !r.head.there && r.ready() {
			if r.head.there = s.parse(r, &r.head.ev); r.head.there {
				r.head.ring, r.head.block = r, r.latest()
				r.used[r.head.block]++
				r.waiting++
			}
		}
		if r.head.there && (first == nil || r.head.ev.Time < first.head.ev.Time) {
			first = r
		}
	}
	return first
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
