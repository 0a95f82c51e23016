package stream

import (
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// feed gives the session octets in order, and returns how many of them are used up.
func (f *Follower) feed(c *conversation, from side, data []byte) (used int, what fate) {
	if c.proto == None {
		proto := f.proto(data, from, c.serverPort)
		if proto == None && from == server && text(data) {
			proto = IRC // a greeting; the client decides
		}
		if proto == None {
			f.stats.LetGo.count(data)
			return 0, foreign
		}
		c.begin(proto)
	}
	switch c.proto {
	case SMB:
		return f.feedSMB(c, from, data)
	case TLS:
		return f.feedTLS(c, from, data)
	}
	return f.feedIRC(c, from, data)
}

func (f *Follower) feedIRC(c *conversation, from side, data []byte) (used int, what fate) {
	w := &c.sides[from]
	if from == server && w.used == 0 && c.class == undecided && !c.has(middle) && !text(data) && !irc.Could(data) {
		f.stats.LetGo.count(data)
		return 0, foreign
	}
	used, news := c.irc.Feed(f.now, from == server, data)
	w.used = uint16(min(int(w.used)+used, windowSize))
	if news {
		c.facts |= changed
	}
	switch c.irc.Verdict() {
	case irc.Other:
		f.stats.LetGo.count(data)
		return used, foreign
	case irc.Undecided:
		return used, c.undecided(from)
	}
	return used, going
}

// undecided judges what is not recognised yet.
func (c *conversation) undecided(from side) fate {
	if c.sides[from].used >= windowSize || c.has(middle) && c.segments > patience {
		return tooLong
	}
	return going
}

func (f *Follower) feedSMB(c *conversation, from side, data []byte) (used int, what fate) {
	used, news := c.smb.Feed(from == server, data)
	if news {
		c.facts |= changed
	}
	switch {
	case c.smb.Verdict() == smb.Other:
		f.stats.LetGo.count(data)
		return used, foreign
	case c.smb.Done():
		return used, done
	}
	return used, going
}
