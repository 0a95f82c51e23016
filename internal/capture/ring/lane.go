package ring

import (
	"slices"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	// eventSize is that of packet.Event and of struct event in bpf/event.h.
	eventSize = 80
	// kindPunt is KIND_PUNT of bpf/event.h: not an event, a whole frame follows.
	kindPunt packet.Kind = 0xff
	// maxEarly bounds the events of a lane that were given before their turn.
	maxEarly = 64
)

// lane is one ring as the merge sees it: its next event, and how far it was looked ahead.
type lane struct {
	*Reader
	head   record   // at pos; none while at is nil
	time   uint64   // of the head, monotonic ns; never while there is none
	ahead  uint64   // up to where its questions are known
	early  []uint64 // positions of events given before their turn
	events uint64
}

// event returns what the record starts with. It lies in the ring: nothing but what is
// copied from it may outlive release.
func (rec *record) event() *packet.Event { return (*packet.Event)(rec.at) }

// octets returns the n octets that follow the event.
func (rec *record) octets(n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(rec.at, eventSize)), n)
}

// sound reports whether the record is one that the program writes.
func (rec *record) sound() bool {
	if rec.size < eventSize {
		return false
	}
	ev := rec.event()
	return uint32(ev.Held) <= rec.size-eventSize && (ev.Kind <= packet.KindARPReply || ev.Kind == kindPunt)
}

// next makes the first sound record from pos on the head. now is what the clock said
// last; an event from later than it says by now is as unsound as half an event: it would
// hold up its ring for ever. next returns how many records were bad.
func (l *lane) next(c *Clock, now *uint64) (bad uint64) {
	l.time = never
	for {
		rec, pos, broken := l.find(l.pos)
		l.head, l.pos = rec, pos
		switch {
		case broken:
			rec.next = l.end
		case rec.at == nil:
			return bad
		case rec.sound() && sane(uint64(rec.event().Time), c, now):
			l.time = uint64(rec.event().Time)
			return bad
		}
		bad++
		l.pos = rec.next
	}
}

// sane reports whether a stamp is not of the future.
func sane(stamp uint64, c *Clock, now *uint64) bool {
	if stamp > *now {
		*now = c.Monotonic()
	}
	return stamp <= *now
}

// given reports, once, whether the head was given before its turn.
func (l *lane) given() bool {
	if len(l.early) == 0 {
		return false
	}
	i := slices.Index(l.early, l.pos)
	if i < 0 {
		return false
	}
	l.early = slices.Delete(l.early, i, i+1)
	return true
}
