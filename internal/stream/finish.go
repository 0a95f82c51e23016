package stream

import "github.com/wormwatch/wormwatch/internal/packet"

// believes reports whether a RST can be the sender's (RFC 5961, 3): one out of the blue
// ends nothing.
func (f *Follower) believes(c *conversation, from side, s *segment) bool {
	w := &c.sides[from]
	off := w.offset(s.seq)
	if !w.based || c.proto != IRC || off >= -reach && off <= reach {
		return true
	}
	f.stats.ResetsDoubted++
	return false
}

// fin takes the end of one side.
func (c *conversation) fin(from side, s *segment) {
	w := &c.sides[from]
	end := s.seq + uint32(s.ev.Payload)
	w.base(end)
	off := w.offset(end)
	if fits := off >= 0 && off <= reach; !w.ended && (fits || c.proto == SMB || c.proto == TLS) {
		w.end, w.ended = end, true
	}
}

// over reports whether both sides have closed, and all of what they said that is read was
// seen.
func (c *conversation) over() bool {
	if c.proto == TLS {
		return c.sides[client].ended && c.sides[server].ended
	}
	return c.sides[client].complete() && c.sides[server].complete()
}

// settle tells what is new of a conversation, and does with it what is due.
func (f *Follower) settle(i int32, what fate, out []Talk) []Talk {
	c := &f.slab.all[i]
	if what == going && c.over() {
		what = closed
	}
	worth := c.worth()
	f.recognise(c, worth)
	f.dueBy(f.slab.move(i, worth, f.now))
	if c.has(changed) && worth != undecided {
		out = append(out, c.talk(f.now, false))
	}
	c.facts &^= changed
	if what != going {
		return f.part(i, what, out)
	}
	if c.sides[client].lacks() || c.sides[server].lacks() {
		f.dueBy(f.slab.wait(i, f.now))
	} else {
		f.slab.settled(i)
	}
	if f.slab.recognised > f.slab.most {
		return f.displace(f.slab.victim(closing), out)
	}
	return out
}

// recognise counts a conversation that has just been recognised.
func (f *Follower) recognise(c *conversation, worth class) {
	if c.class != undecided || worth == undecided {
		return
	}
	c.facts |= changed
	switch c.proto {
	case IRC:
		f.stats.IRC++
	case TLS:
		f.stats.TLS++
	case SMB:
		f.stats.SMB++
	}
}

// part ends a conversation.
func (f *Follower) part(i int32, what fate, out []Talk) []Talk {
	c := &f.slab.all[i]
	if c.class != undecided {
		out = append(out, c.talk(f.now, true))
	}
	if what == tooLong || what == silent && c.class == undecided {
		f.stats.Undecided++
	}
	f.follow(i, false)
	f.slab.release(i)
	f.stats.Followed--
	f.live.remove(c.cell)
	switch what {
	case foreign, gappy, done, closed:
		f.remember(c)
	case tooLong:
		if !c.has(middle) {
			f.remember(c)
		}
	}
	return out
}

// remember notes that a connection need not be looked at any more.
func (f *Follower) remember(c *conversation) {
	if _, o := f.openings.get(c.hash); o != nil {
		return // by now it is another connection between the same ends
	}
	s := segment{hash: c.hash, cell: c.cell}
	o := f.claimOpening(&s)
	o.facts = letGo
	ev := packet.Event{Src: c.client, SrcPort: c.clientPort, Dst: c.server, DstPort: c.serverPort}
	if low(&ev) {
		o.facts |= clientLow
	}
	for d := range c.sides {
		if w := &c.sides[d]; w.based {
			o.know(side(d), w.first)
		}
	}
}

// displace makes room.
func (f *Follower) displace(i int32, out []Talk) []Talk {
	c := &f.slab.all[i]
	if c.class == undecided {
		f.stats.UndecidedLost++
	} else {
		f.stats.RecognisedLost++
	}
	return f.part(i, ended, out)
}

// fellQuiet ends a conversation that has said nothing for too long.
func (f *Follower) fellQuiet(i int32, out []Talk) []Talk {
	return f.settle(i, silent, out)
}
