package stream

import (
	"bytes"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// fate is what becomes of a conversation.
type fate uint8

const (
	going   fate = iota
	foreign      // none of the protocols
	tooLong      // not recognised in the octets that it has for that
	gappy        // octets are missing that cannot be done without
	done         // no more can be learned
	closed       // by both sides
	silent       // for too long
	ended        // reset, displaced, or another connection between the same ends has begun
)

// followed takes a segment of the conversation in slot i.
func (f *Follower) followed(i int32, s *segment, out []Talk) []Talk {
	c := &f.slab.all[i]
	from := c.from(s.ev)
	if c.replaced(from, s) {
		out = f.settle(i, ended, out)
		return f.dispatch(s, out)
	}
	if s.has(packet.SYN) && !c.opensThis(from, s) {
		return f.reopens(c, s, out)
	}
	c.meet(s.ev, from)
	if s.has(packet.RST) {
		if !f.believes(c, from, s) {
			return out
		}
		return f.settle(i, f.drain(c, ended), out)
	}
	what := f.take(c, from, s)
	if s.has(packet.FIN) {
		c.fin(from, s)
	}
	return f.settle(i, what, out)
}

// take puts the octets of a segment in their place, and has read those that are in order.
func (f *Follower) take(c *conversation, from side, s *segment) fate {
	w := &c.sides[from]
	if s.ev.Payload == 0 || c.has(clientHello) && c.has(serverHello) {
		return going
	}
	if c.class == undecided {
		c.segments = min(c.segments, patience) + 1
	}
	w.base(s.seq)
	seq, data := s.seq, s.data
	for len(data) > 0 {
		off := w.offset(seq)
		if off < 0 {
			n := min(-off, len(data))
			seq, data = seq+uint32(n), data[n:]
			continue
		}
		if off >= windowSize {
			if what, again := f.beyond(c, from, seq, len(data)); !again {
				return what
			}
			continue
		}
		n, disagree := w.put(off, data)
		f.stats.Disagreed += uint64(disagree)
		seq, data = seq+uint32(n), data[n:]
		before := w.next
		what := f.read(c, from)
		if what == going && len(data) > 0 && w.next == before {
			what = f.resync(c, from) // it is full, and its front is missing
		}
		if what != going {
			return what
		}
	}
	return f.uncaptured(c, from, s)
}

// uncaptured sees to the octets of a segment that the capture cut off: nobody will send
// them again.
func (f *Follower) uncaptured(c *conversation, from side, s *segment) fate {
	w := &c.sides[from]
	lost := int(s.ev.Payload) - len(s.data)
	behind := s.seq + uint32(len(s.data))
	if lost <= 0 || w.pending > 0 || w.offset(behind) != int(w.have) {
		return going
	}
	return f.skip(c, from, int(w.have)+lost)
}

// read has the session read what is in order, as far as it can.
func (f *Follower) read(c *conversation, from side) fate {
	w := &c.sides[from]
	for w.have > 0 {
		data := w.ready()
		if w.midline {
			end := bytes.IndexAny(data, lineEnds)
			w.midline = end < 0
			if w.midline {
				end = len(data) - 1
			}
			w.slide(end + 1)
			continue
		}
		used, what := f.feed(c, from, data)
		if what != going || used == 0 {
			return what
		}
		w.slide(used)
	}
	return going
}
