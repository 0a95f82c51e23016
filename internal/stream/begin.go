package stream

import (
	"bytes"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// opens takes a SYN or a SYN-ACK of a connection that is not followed.
func (f *Follower) opens(s *segment, o *opening, out []Talk) []Talk {
	from := client
	if s.has(packet.ACK) {
		from = server
	}
	known := o != nil && o.from(s.ev) == from
	again := known && o.knows(from) && o.first[from] == s.seq
	joins := known && from == server && !o.knows(server) // the answer to the SYN
	switch {
	case again || joins && o.has(letGo):
	case joins:
		o.know(server, s.seq)
	case !f.matters(s.ev, from):
		f.forget(s.hash)
		return out
	default:
		o = f.anew(s, o, from)
	}
	if len(s.data) == 0 || o.has(letGo) {
		return out
	}
	return f.opened(s, o, out)
}

// matters reports whether a connection could be of interest: the client of IRC is ours,
// of SMB one of the two.
func (f *Follower) matters(ev *packet.Event, from side) bool {
	if ev.Src == ev.Dst && ev.SrcPort == ev.DstPort {
		return false
	}
	c, v, port := ev.Src, ev.Dst, ev.DstPort
	if from == server {
		c, v, port = ev.Dst, ev.Src, ev.SrcPort
	}
	return f.site.Home(c) || f.site.SMB(port) && f.site.Home(v)
}

// anew notes a connection of which the first segment was seen. o is what was known of an
// earlier one between the same ends, or nil.
func (f *Follower) anew(s *segment, o *opening, from side) *opening {
	f.stats.OpeningsClaimed++
	switch {
	case o == nil:
		o = f.claimOpening(s)
		f.live.add(o.cell)
		f.stats.Openings++
	case o.has(letGo):
		f.live.add(o.cell)
		f.stats.Openings++
	}
	*o = opening{since: f.now, cell: s.cell}
	if low(s.ev) == (from == client) {
		o.facts |= clientLow
	}
	o.know(from, s.seq)
	return o
}

// forget drops what is known of a connection.
func (f *Follower) forget(hash uint64) {
	slot, o := f.openings.get(hash)
	switch {
	case o == nil:
	case o.has(letGo):
		f.openings.Free(slot)
	default:
		f.dropOpening(slot, o)
	}
}

// opened takes a segment with octets, FIN or RST of an opening.
func (f *Follower) opened(s *segment, o *opening, out []Talk) []Talk {
	from := o.from(s.ev)
	off := 0
	if o.knows(from) {
		off = int(int32(s.seq - o.first[from]))
	}
	if s.has(packet.RST) {
		if !o.knows(from) || off >= -1 && off <= reach {
			f.forget(s.hash)
		}
		return out
	}
	data := s.data[min(max(0, -off), len(s.data)):]
	switch {
	case len(data) == 0:
		if s.has(packet.FIN) && from == client && off == 0 {
			f.forget(s.hash) // it had nothing to say
		}
		return out
	case off < windowSize && off > 0:
		return f.promote(s, o, None, out)
	case off > 0: // its start is lost
		if !line(data) {
			return out
		}
		return f.promote(s, o, IRC, out)
	}
	if proto := f.proto(data, from, serverPort(s.ev, from)); proto != None {
		return f.promote(s, o, proto, out)
	}
	f.dismiss(s, o, data)
	return out
}

// tunnel asks a proxy of HTTP to pass on whatever comes behind it (RFC 9110, 9.3.6): what
// that is, is still open.
var tunnel = []byte("CONNECT ")

// dismiss lets a connection go by its first octets.
func (f *Follower) dismiss(s *segment, o *opening, data []byte) {
	f.stats.LetGo.count(data)
	if !text(data) || bytes.HasPrefix(data, tunnel) {
		f.forget(s.hash) // nothing in it will look like lines of IRC by chance
		return
	}
	f.live.remove(o.cell)
	f.stats.Openings--
	o.facts |= letGo
	if o.from(s.ev) == server {
		o.facts |= greeted
	}
}

func serverPort(ev *packet.Event, from side) uint16 {
	if from == server {
		return ev.SrcPort
	}
	return ev.DstPort
}

// proto returns what a stream could be of which data are the first octets, None if nothing
// that is followed. The protocols differ in their first octet.
func (f *Follower) proto(data []byte, from side, port uint16) Proto {
	switch {
	case irc.Could(data):
		return IRC
	case f.site.SMB(port) && smb.Could(data):
		return SMB
	case f.site.IRCTLS(port) && couldTLS(data, from):
		return TLS
	}
	return None
}

// text reports whether a stream begins with text.
func text(data []byte) bool { return data[0] >= ' ' && data[0] < 0x7f }

// line reports whether data are a line of IRC at least. One in the middle of a connection
// that proves to be none of it is no loss: another will come.
func line(data []byte) bool { return irc.Could(data) && bytes.IndexAny(data, lineEnds) > 0 }

// promote makes a conversation of an opening, which s is a segment of.
func (f *Follower) promote(s *segment, o *opening, proto Proto, out []Talk) []Talk {
	from := o.from(s.ev)
	late := proto != None && o.knows(from) && int32(s.seq-o.first[from]) > 0
	i, out := f.claim(s, from, out)
	c := &f.slab.all[i]
	c.began = o.since
	for d := range c.sides {
		if o.knows(side(d)) {
			c.sides[d].base(o.first[d])
		}
	}
	if o.knows(server) {
		c.facts |= taken
	}
	if o.has(greeted) {
		c.sides[server].reset() // what it said so far was not kept
	}
	if from == server && !o.knows(client) {
		c.facts |= middle // half a mirror: the client will not be heard
	}
	f.forget(s.hash)
	if late {
		f.stats.Gaps++
		c.facts |= middle
		c.sides[from].reset()
	}
	c.begin(proto)
	return f.followed(i, s, out)
}

// refused takes a segment of a connection that was let go. It stays so, unless the server
// only greeted oddly and here the client begins as one of IRC does.
func (f *Follower) refused(s *segment, o *opening, out []Talk) []Talk {
	o.since = f.now
	if o.has(greeted) && o.from(s.ev) == client && o.knows(client) && s.seq == o.first[client] && irc.Could(s.data) {
		return f.promote(s, o, IRC, out)
	}
	return out
}
