package stream

// reach is how far ahead of what was expected a segment may be and be believed, in
// octets: as much as a mirror loses in a moment.
const reach = 1 << 20

// lineEnd ends a line that the session may be in the middle of. An empty line means
// nothing (RFC 2812, 2.3).
var lineEnd = []byte{'\n'}

// lineEnds are the octets that end a line: some clients send one of the two only.
const lineEnds = "\r\n"

// beyond takes n octets at seq that are beyond the window. What was held behind a gap is
// read first; then the stream goes on there if a second segment says so. again: they may
// fit now.
func (f *Follower) beyond(c *conversation, from side, seq uint32, n int) (what fate, again bool) {
	w := &c.sides[from]
	if w.pending > 0 {
		what = f.resync(c, from)
		return what, what == going
	}
	off := w.offset(seq)
	if w.ahead && w.far == seq && off <= reach {
		what = f.skip(c, from, off)
		return what, what == going
	}
	f.stats.Beyond += uint64(n)
	if off <= reach {
		w.far, w.ahead = seq+uint32(n), true
	}
	return going, false
}

// resync goes on behind the first gap.
func (f *Follower) resync(c *conversation, from side) fate {
	w := &c.sides[from]
	n, ok := w.resume()
	switch {
	case ok:
	case w.ahead:
		n = w.offset(w.far)
	default:
		n = int(w.have)
	}
	if what := f.skip(c, from, n); what != going {
		return what
	}
	return f.read(c, from)
}

// skip gives up the next n octets of a side, of which some are missing. IRC goes on with
// the next line.
func (f *Follower) skip(c *conversation, from side, n int) fate {
	f.stats.Gaps++
	w := &c.sides[from]
	w.slide(n)
	w.ahead = false
	w.midline = true
	switch c.proto {
	case SMB, TLS:
		return gappy
	case IRC:
		c.irc.Feed(f.now, from == server, lineEnd)
	case None:
		c.facts |= middle
	}
	return going
}

// waitedLongEnough goes on behind the gaps of a conversation that nobody filled.
func (f *Follower) waitedLongEnough(i int32, out []Talk) []Talk {
	c := &f.slab.all[i]
	return f.settle(i, f.drain(c, going), out)
}

// drain reads what is held behind gaps, and returns last unless something else becomes of
// the conversation by that.
func (f *Follower) drain(c *conversation, last fate) fate {
	for d := range c.sides {
		for c.sides[d].lacks() {
			if what := f.resync(c, side(d)); what != going {
				return what
			}
		}
	}
	return last
}
