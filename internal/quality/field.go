package quality

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// field is the scanners in action: it makes their frames as time goes on, since when one
// stops depends on when it is found.
type field struct {
	w      *world
	book   *ledger
	asleep []*scanner // in order of begin, latest first
	active []*scanner
	frames []frame // ahead, latest first
	r      *rand.Rand
	due    time.Duration // of the earliest probe or frame
	old    []baseline    // they go on after the sensor has found a scanner
	tried  map[addr]*scanner
	dark   int // probes at addresses that nobody has
	again  int // of them at ones that another squad had tried
	sport  uint16
}

const never = time.Duration(1<<63 - 1)

func newField(w *world, book *ledger, all []*scanner, old []baseline) *field {
	slices.SortStableFunc(all, func(a, b *scanner) int { return int(b.begin/time.Millisecond - a.begin/time.Millisecond) })
	f := &field{w: w, book: book, asleep: all, old: old, r: newRand(w.p.Seed, "field"), tried: map[addr]*scanner{}}
	f.plan()
	return f
}

// plan finds the earliest thing to do.
func (f *field) plan() {
	f.due = never
	if n := len(f.asleep); n > 0 {
		f.due = f.asleep[n-1].begin
	}
	if n := len(f.frames); n > 0 {
		f.due = min(f.due, f.frames[n-1].at)
	}
	for _, s := range f.active {
		f.due = min(f.due, s.next)
	}
}

// step does what is due: returns a frame to feed, or none after a probe was made.
func (f *field) step() (out frame, ok bool) {
	if n := len(f.frames); n > 0 && f.frames[n-1].at == f.due {
		out, f.frames = f.frames[n-1], f.frames[:n-1]
		f.plan()
		return out, true
	}
	if n := len(f.asleep); n > 0 && f.asleep[n-1].begin == f.due {
		s := f.asleep[n-1]
		f.asleep = f.asleep[:n-1]
		f.active = append(f.active, s)
		f.w.hosts[s.host].infected = true
		f.book.scanners[s.host] = s
		s.trial.Source = addrText(f.w.hosts[s.host].addr)
	}
	for i, s := range f.active {
		if s.next == f.due {
			f.probe(s)
			if s.done() || len(s.sent) >= s.budget {
				f.active = slices.Delete(f.active, i, i+1)
			}
			break
		}
	}
	f.plan()
	return frame{}, false
}

// probe tries the next target: on the wire, or when the sensor has found the scanner
// already, only in the books of the older methods, so that the network is not worn out
// by scanners that a real site would have stopped.
func (f *field) probe(s *scanner) {
	h := &f.w.hosts[s.host]
	at := s.next
	if f.w.cut(at, h.addr) {
		s.next += s.rest() // nobody sees what it does
		return
	}
	if len(s.sent) == 0 {
		s.begin = at
	}
	a := s.target(h.addr)
	s.sent = append(s.sent, a)
	s.next += s.rest()
	if s.trial.By[Sensor].Found {
		f.shadow(s, h, at, a)
		return
	}
	f.wear(s, a)
	f.sport++
	if f.w.try(at, h, a, portSMB, 49152+f.sport%16384, f.r, f.put) == absent && sameSubnet(h.addr, a) {
		s.unsent++
	}
}

// wear counts how often scanners that have nothing to do with each other meet.
func (f *field) wear(s *scanner, a addr) {
	if f.w.plan.hostAt(a) >= 0 {
		return
	}
	f.dark++
	if other := f.tried[a]; other != nil && other.squad != s.squad {
		f.again++
	}
	f.tried[a] = s
}

// put keeps frames in order, latest first; there are few.
func (f *field) put(fr frame) {
	i := len(f.frames)
	for i > 0 && f.frames[i-1].at <= fr.at {
		i--
	}
	f.frames = slices.Insert(f.frames, i, fr)
}

// shadow tells the older methods how the probe would have ended, and nobody else.
func (f *field) shadow(s *scanner, h *host, at time.Duration, a addr) {
	c := flow.Contact{Facts: flow.First | flow.SourceHome | flow.TargetHome}
	setAddr(&c.Source, h.addr)
	setAddr(&c.Target, a)
	switch f.w.fateOf(at, h, a) {
	case unheard:
		return
	case answered:
		c.Outcome = flow.Answered
	case refused:
		c.Outcome = flow.Refused
	default:
		c.Outcome = flow.Silent
		at += answerTimeout
	}
	c.OpenedAt, c.Time = start.Add(s.next), start.Add(at)
	f.consult(&c)
}

// consult lets the older methods judge a contact.
func (f *field) consult(c *flow.Contact) {
	for i, b := range f.old {
		if b.observe(c) {
			f.book.alert(Sensor+1+i, c.Time.Sub(start), fromPacket(c.Source), "", b.title())
		}
	}
}

func fromPacket(a packet.Addr) addr {
	return addr(a[12])<<24 | addr(a[13])<<16 | addr(a[14])<<8 | addr(a[15])
}

var answerTimeout = flow.DefaultConfig().Memory.AnswerTimeout
