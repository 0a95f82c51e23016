package stream

import (
	"bytes"

	"github.com/wormwatch/wormwatch/internal/irc"
)

// patience is how many segments with octets may go by until a conversation that was met
// half-way is recognised. Lines of IRC come nearly one a segment.
const patience = 16

// halfway takes a segment of a connection of which nothing is known. Only one that begins
// with a whole line of IRC is worth a slot, and only if its client is ours.
func (f *Follower) halfway(s *segment, out []Talk) []Talk {
	if !line(s.data) {
		return out
	}
	from := f.guess(s)
	ours := s.ev.Src
	if from == server {
		ours = s.ev.Dst
	}
	if !f.site.Home(ours) {
		return out
	}
	i, out := f.claim(s, from, out)
	c := &f.slab.all[i]
	c.began = f.now
	c.facts |= middle
	f.stats.Middle++
	c.begin(IRC)
	return f.followed(i, s, out)
}

// guess returns which side sent a segment: by what it says, else the client is the one
// that is ours, else the one with the higher port.
func (f *Follower) guess(s *segment) side {
	if d, sure := speaker(s.data); sure {
		return d
	}
	if src, dst := f.site.Home(s.ev.Src), f.site.Home(s.ev.Dst); src != dst {
		if src {
			return client
		}
		return server
	}
	if s.ev.SrcPort < s.ev.DstPort {
		return server
	}
	return client
}

// Verbs that servers send without a prefix: the first is theirs alone.
var (
	errorVerb = []byte("ERROR")
	bothVerbs = [][]byte{[]byte("PING"), []byte("NOTICE"), []byte("AUTHENTICATE")}
)

// speaker returns which side a line comes from, where it shows: clients send no prefix
// (RFC 2812, 2.3), and servers nearly always.
func speaker(data []byte) (d side, sure bool) {
	m, ok := irc.Parse(data)
	switch {
	case !ok:
		return client, false
	case len(m.Prefix) > 0 || m.Numeric() != 0:
		return server, true
	}
	if bytes.EqualFold(m.Command, errorVerb) {
		return server, true
	}
	for _, verb := range bothVerbs {
		if bytes.EqualFold(m.Command, verb) {
			return client, false
		}
	}
	return client, true
}
