package ring

import (
	"sync/atomic"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// plainSize is what an event without octets takes of a ring.
const plainSize = headerSize + eventSize

// run gives events of l, up to a time, as long as there is nothing special about them:
// nearly all are so. It does in one loop what next, ask and give do for every record, and
// stops, without having done anything, at what only they can do. Where it stops because
// the next event is of a later time, that is the new head, and next need not be called.
func (m *Merger) run(l *lane, dst []packet.Event, until uint64) (n int, headed bool) {
	if len(l.early) > 0 {
		return 0, false
	}
	steady, offset := m.clock.steady, m.clock.now.offset
	several, latest := m.asked != nil, m.latest
	data, mask, pos, end := l.data, l.mask, l.pos, l.end
	if end-pos > mask+1 {
		return 0, false
	}
	for n < len(dst) && end-pos >= plainSize {
		p := unsafe.Add(data, pos&mask)
		if atomic.LoadUint32((*uint32)(p)) != eventSize { // nor busy, nor discarded
			break
		}
		ev := (*packet.Event)(unsafe.Add(p, headerSize))
		stamp := uint64(ev.Time)
		t := packet.Time(int64(stamp) + offset)
		if stamp > m.now || stamp < steady || t < latest || ev.Kind > packet.KindARPReply || ev.Held != 0 {
			break
		}
		if stamp > until {
			l.head, l.time, headed = record{unsafe.Pointer(ev), eventSize, pos + plainSize}, stamp, true
			break
		}
		if several && answers(ev) {
			break
		}
		to := &dst[n]
		*to = *ev
		to.Time, to.Data = t, 0
		latest = t
		pos += plainSize
		n++
	}
	l.pos, m.latest = pos, latest
	l.events += uint64(n)
	return n, headed
}
