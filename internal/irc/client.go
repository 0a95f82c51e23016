package irc

// said takes a line of the client.
func (s *Session) said(in *input) {
	c := &s.client
	if s.facts&Middle == 0 && !c.named {
		if !in.opens || in.verb == verbNone || !c.begun && !openings[in.verb].registers {
			c.foreign = true
			return
		}
		c.begun = true
	}
	switch in.verb {
	case verbPass:
		if in.N > 0 {
			s.note(Password)
		}
	case verbNick:
		s.nick(in)
	case verbUser:
		s.user(in)
	case verbJoin:
		s.join(in)
	case verbMode:
		s.mode(in, &c.channels, 0)
	case verbPrivmsg, verbNotice:
		if in.N < 2 {
			return
		}
		s.addressed(&c.channels, in.Params[0])
		if isReport(in.Last()) {
			s.note(Reported)
			s.keep(in, keptReport)
		}
	}
}

// nick takes NICK; a second parameter is RFC 1459's hop count, more are
// prose, or a server's.
func (s *Session) nick(in *input) {
	c := &s.client
	if in.N > 2 && !c.named && s.facts&Middle == 0 {
		c.foreign = true
	}
	if in.N < 1 || in.N > 2 || len(in.Params[0]) == 0 {
		return
	}
	c.named = true
	before := c.nick
	if !s.setName(&c.nick, in.Params[0]) {
		return
	}
	s.keep(in, keptRegistration)
	c.previous = before
	c.nicks = min(c.nicks, 1<<16-2) + 1
	if c.nicks > 1 {
		s.note(Renamed)
	}
}

// fullUser is how many parameters of USER no client of FTP and POP3 gives. RFC 2812,
// 3.1.3 has four; bots are seen that leave one out.
const fullUser = 3

// user takes USER. A single parameter behind NICK will do: nobody else gives both.
func (s *Session) user(in *input) {
	c := &s.client
	switch {
	case in.N == 0:
		return
	case !c.named && in.N < fullUser:
		c.frail = true
	case !c.frail:
		c.introduced = true
	}
	if c.user.n > 0 {
		return
	}
	s.setName(&c.user, in.Params[0])
	if in.N > 3 {
		s.setName(&c.real, in.Params[3])
	} else if in.Trailing {
		s.setName(&c.real, in.Last())
	}
	s.keep(in, keptRegistration)
}
