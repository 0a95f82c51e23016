package stream

import "github.com/wormwatch/wormwatch/internal/packet"

// opensThis reports whether a SYN is the one that opened c.
func (c *conversation) opensThis(from side, s *segment) bool {
	w := &c.sides[from]
	w.base(s.seq)
	return w.first == s.seq
}

// reopens notes a SYN that is not c's. It may be forged: c goes on until it is replaced.
func (f *Follower) reopens(c *conversation, s *segment, out []Talk) []Talk {
	c.facts |= reopened
	if !s.has(packet.ACK) {
		c.facts |= asked
	}
	c.reborn = s.seq
	s.data = nil // too early: there is no place for two
	_, o := f.openings.get(s.hash)
	return f.opens(s, o, out)
}

// replaced reports whether s shows that the ends have begun another connection: the SYN
// seen before is answered, or somebody speaks on it.
func (c *conversation) replaced(from side, s *segment) bool {
	if s.has(packet.SYN) {
		return s.has(packet.ACK) && c.has(asked) && c.sides[from].first != s.seq
	}
	return c.has(reopened) && len(s.data) > 0 && s.seq == c.reborn
}
