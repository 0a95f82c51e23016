package ring

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Two directions of a connection may come through two queues, of one card or of the two
// ports of a tap, and the answer may be seen before its question, since queues are emptied
// at different moments. What nobody asked for is backscatter to those who judge, so the
// question is given first: the rings are looked ahead by slack for questions, and an answer
// that comes up with its question still ahead, in another ring or from another interface,
// and none before it, lets that one pass. What one CPU has of one interface is taken to be
// in order: it has one queue of that for the most part.
//
// Nothing else is moved: the third segment of a handshake may follow the second one in a
// tenth of slack, so that the rest must stay as it is.

const (
	// questionSlots bounds the questions that are known, of the past and ahead. One that
	// finds no room is not given early.
	questionSlots = 1 << 13
	// remembered is for how long a question explains answers, ns.
	remembered = uint64(time.Minute)
	// settled is for how long nothing else takes its place, ns: without the question
	// before it an answer would seem to wait for the next one.
	settled = uint64(10 * time.Millisecond)
)

// question is the first one of its kind within a minute.
type question struct {
	time uint64 // monotonic, ns; that of the answer once it was given early
	pos  uint64 // in its ring
	lane int32
	tag  uint32 // of its hash
}

type questions struct {
	services capture.Services
	seed     [2]uint64
	until    uint64 // monotonic, ns: the rings were looked ahead that far
	slots    []question
}

func newQuestions() *questions {
	return &questions{seed: [2]uint64{rand.Uint64(), rand.Uint64()}, slots: make([]question, questionSlots)}
}

// answer reports whether a answers q.
func (m *Merger) answer(a, q *packet.Event) bool {
	return m.asked.services.Asks(q) && a.Src == q.Dst && a.Dst == q.Src &&
		a.SrcPort == q.DstPort && a.DstPort == q.SrcPort && a.Proto == q.Proto
}

// slot returns where the question of src to dst belongs, and its tag. A clash of tags costs
// a question its early turn, no more: so one multiplication is hash enough.
func (q *questions) slot(src, dst *packet.Addr, srcPort, dstPort uint16, proto uint8) (*question, uint32) {
	word := uint64(srcPort) | uint64(dstPort)<<16 | uint64(proto)<<32
	hi, lo := bits.Mul64(fold(src)^q.seed[0], fold(dst)+word*odd^q.seed[1])
	hash := hi ^ lo
	return &q.slots[hash%questionSlots], uint32(hash >> 32)
}

// odd spreads the ports over a word: 2^64 by the golden ratio.
const odd = 0x9e3779b97f4a7c15

// fold spreads an address over a word: neighbours must differ in its high bits as well.
func fold(a *packet.Addr) uint64 {
	return (binary.BigEndian.Uint64(a[:8])*odd ^ binary.BigEndian.Uint64(a[8:])) * odd
}

// enter notes the question ev, at a position of a lane.
func (q *questions) enter(ev *packet.Event, lane int, pos uint64) {
	s, tag := q.slot(&ev.Src, &ev.Dst, ev.SrcPort, ev.DstPort, ev.Proto)
	stamp := uint64(ev.Time)
	after := s.time + remembered
	if s.tag != tag {
		after = s.time + settled
	}
	if stamp >= after || s.tag == tag && stamp < s.time {
		*s = question{stamp, pos, int32(lane), tag}
	}
}

// look sees to it that the rings were looked ahead for the answers of a time, and returns
// up to when they were.
func (m *Merger) look(stamp uint64) uint64 {
	if q := m.asked; stamp+slack > q.until {
		q.until = stamp + slack + slack/8
		for i := range m.lanes {
			m.lanes[i].look(q, i)
		}
	}
	return m.asked.until - slack
}

// look enters the questions of a lane, from where it was looked ahead before.
func (l *lane) look(q *questions, lane int) {
	pos := l.ahead
	if int64(l.pos-pos) > 0 {
		pos = l.pos
	}
	for {
		rec, at, broken := l.find(pos)
		if l.ahead = at; broken || rec.at == nil {
			return
		}
		if rec.size >= eventSize {
			ev := rec.event()
			if uint64(ev.Time) > q.until {
				return
			}
			if q.services.Asks(ev) {
				q.enter(ev, lane, at)
			}
		}
		pos = rec.next
	}
}

// ask gives the question that the head of l answers, if it still lies ahead in another ring,
// or in this one but from another interface, and reports whether it did.
func (m *Merger) ask(l *lane, dst *packet.Event) bool {
	ev := l.head.event()
	if !m.asked.services.Answers(ev) {
		return false
	}
	s, tag := m.asked.slot(&ev.Dst, &ev.Src, ev.DstPort, ev.SrcPort, ev.Proto)
	if s.tag != tag || s.time <= l.time || s.time-l.time > slack {
		return false
	}
	other := &m.lanes[s.lane]
	if len(other.early) == maxEarly || int64(s.pos-other.pos) < 0 {
		return false
	}
	rec, at, _ := other.find(s.pos)
	if rec.at == nil || at != s.pos || !rec.sound() || !m.answer(ev, rec.event()) {
		return false
	}
	if other == l && rec.event().Iface == ev.Iface || !m.give(&rec, l.time, dst) {
		return false
	}
	other.early = append(other.early, at)
	other.events++
	s.time = l.time
	m.stats.Early++
	return true
}
