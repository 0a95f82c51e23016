// Package irc recognises IRC by its lines, on any port, in the two streams of a TCP
// connection, and keeps of a session what a judge of bots needs: who the client says that
// it is, the channels, the orders that reach it and what it reports.
//
// What comes out does not depend on how the streams were cut into segments, nor on how the
// segments of the two sides interleave: what a line does depends on the earlier lines of
// its own side only, and where the sides meet (decide) the order in which they were seen
// makes no difference.
package irc

// Verdict says what a connection is. IRC and Other are final.
type Verdict uint8

const (
	// Undecided: nothing speaks against IRC, and too little for it.
	Undecided Verdict = iota
	// IRC: a client registered, or lines of both sides' middle are IRC's beyond doubt.
	IRC
	// Other: no further line could make it IRC. Nothing is kept of it.
	Other
)

// String returns the verdict in one word.
func (v Verdict) String() string { return [...]string{"undecided", "irc", "other"}[v] }

// Facts are what is known of a session.
type Facts uint16

const (
	// Registered: the client gave NICK and USER, or NICK and was welcomed.
	Registered Facts = 1 << iota
	// Answered: the server sent lines of IRC.
	Answered
	// Welcomed: the server accepted the client (numeric 001).
	Welcomed
	// Middle: the start of the connection was not seen.
	Middle
	// Keyed: a channel takes a key: the client joined with one, or the server told of it.
	Keyed
	// Ordered: the server passed on a command as bots take it.
	Ordered
	// Reported: the client reported as bots do.
	Reported
	// Renamed: the client used or tried more than one nick.
	Renamed
	// Overlong: a line was longer than the protocol allows (512 octets, tags apart).
	Overlong
	// Password: the client gave the server a password (PASS).
	Password
	// Refused: the server refused a nick (431 to 433, 436, 437).
	Refused
)

var factNames = [...]string{
	"registered", "answered", "welcomed", "middle", "keyed", "ordered", "reported",
	"renamed", "overlong", "password", "refused",
}

// Names returns the facts in words.
func (f Facts) Names() (names []string) {
	for i, n := range factNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// Session is what is known of one connection: 2.7 KB without a pointer, however long it
// lives. The zero value is a fresh one whose start was seen.
type Session struct {
	lines       [linesKept]line
	client      client
	server      server
	channelBits uint64 // bit hash(channel): one was named; only counts them
	facts       Facts
	verdict     Verdict
	kept        uint8 // of lines
	changed     bool  // since Feed was called
}

// client is what the client's lines alone tell.
type client struct {
	reader
	channels       channels
	nick, previous name
	user, real     name
	nicks          uint16 // that it used or tried, saturating
	named          bool   // it gave a nick
	introduced     bool   // it gave USER as a client of IRC does
	frail          bool   // it gave USER as one of FTP and POP3 does, before any nick
	foreign        bool   // it gave what no client of IRC does, before any nick
}

// server is what the server's lines alone tell.
type server struct {
	reader
	channels       channels
	orders         orders
	host           name
	nick, previous name // of the client, as the server calls it
	user           name // of the client, as its mask shows it
	refused        name // the nick that was refused last
	renames        uint16
	foreign        bool // the first line was none of IRC's
}

// Start makes the session a fresh one; middle says that the connection's start was not
// seen: the first line of each side may be the rest of one.
func (s *Session) Start(middle bool) {
	*s = Session{}
	if middle {
		s.facts = Middle
	}
}

// Verdict returns what the connection is, as far as it is known.
func (s *Session) Verdict() Verdict { return s.verdict }

// Facts returns what is known of the session.
func (s *Session) Facts() Facts { return s.facts }

// Nick returns the client's nick: as the server calls it, else as the client does, else
// the one that was refused; raw, as all names are, and cut at 47 octets.
func (s *Session) Nick() string {
	for _, n := range []*name{&s.server.nick, &s.client.nick, &s.server.refused} {
		if n.n > 0 {
			return n.string()
		}
	}
	return ""
}

// PreviousNick returns the nick that the client used or tried before.
func (s *Session) PreviousNick() string {
	if s.client.previous.n > 0 {
		return s.client.previous.string()
	}
	return s.server.previous.string()
}

// RefusedNick returns the nick that the server refused last.
func (s *Session) RefusedNick() string { return s.server.refused.string() }

// Nicks returns how many nicks the client used or tried, one after the other.
func (s *Session) Nicks() int {
	seen := 0
	if s.server.nick.n > 0 {
		seen = 1 + int(s.server.renames)
	}
	return max(int(s.client.nicks), seen)
}

// User returns the user name that the client gave, else as the server shows it.
func (s *Session) User() string {
	if s.client.user.n > 0 {
		return s.client.user.string()
	}
	return s.server.user.string()
}

// Real returns the real name that the client gave.
func (s *Session) Real() string { return s.client.real.string() }

// ServerName returns what the server calls itself.
func (s *Session) ServerName() string { return s.server.host.string() }

// note adds a fact.
func (s *Session) note(f Facts) {
	if s.facts&f != f {
		s.facts |= f
		s.changed = true
	}
}

// setName keeps b as a name.
func (s *Session) setName(n *name, b []byte) bool {
	news := n.set(b)
	s.changed = s.changed || news
	return news
}

// decide draws the verdict from what both sides told. What makes it Other rules out what
// makes it IRC, whatever else may come: so it does not matter which side was seen first.
func (s *Session) decide() {
	c, v := &s.client, &s.server
	frail := c.frail && v.foreign
	if c.named && (c.introduced || s.facts&Welcomed != 0) {
		s.note(Registered)
	}
	if s.verdict != Undecided {
		return
	}
	irc, other := s.facts&Registered != 0, c.foreign || frail
	if s.facts&Middle != 0 {
		irc, other = c.telling+v.telling >= tellingNeeded, c.bad && v.bad
	}
	switch {
	case irc:
		s.verdict, s.changed = IRC, true
	case other:
		*s = Session{verdict: Other, changed: true}
	}
}
