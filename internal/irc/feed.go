package irc

import (
	"bytes"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Window is the octets of one side that the caller holds at most. A line that does not
// end within it is taken by its first Window octets, and the rest of it is dropped.
const Window = 2048

// reader is how far one side is read.
type reader struct {
	tags    uint16 // octets of tags that were dropped so far
	within  within
	telling uint8 // lines that tell of IRC in its middle, up to the first bad one
	begun   bool  // a line was read
	bad     bool  // a line was none of IRC's
}

// within says what the next octet belongs to.
type within uint8

const (
	wholeLine  within = iota // a line, or its message if its tags were dropped
	tagsOfLine               // tags longer than the window
	restOfLine               // what is dropped
)

// input is one line with its origin.
type input struct {
	Message
	verb   verb
	valid  bool // Parse could take it apart
	server bool
	now    packet.Time
	opens  bool   // it begins as one that makes the stream IRC, where that is still open
	text   []byte // the line without tags
}

// Feed takes octets of one side, in order, from the first that was not used yet. It uses
// whole lines: what it leaves has to come again with more behind it. Of Window octets or
// more it uses some, always. changed says that what the session tells of itself is not
// what it was.
func (s *Session) Feed(now packet.Time, server bool, data []byte) (used int, changed bool) {
	s.changed = false
	for used < len(data) && s.verdict != Other {
		n := s.take(now, server, data[used:min(len(data), used+Window)])
		if n == 0 {
			break
		}
		used += n
	}
	if s.verdict == Other {
		used = len(data)
	}
	return used, s.changed
}

// take uses one line of the window, or a part of one that is too long; 0: more octets are
// needed.
func (s *Session) take(now packet.Time, server bool, window []byte) int {
	r := &s.client.reader
	if server {
		r = &s.server.reader
	}
	end := lineEnd(window)
	switch {
	case r.within == tagsOfLine:
		return s.passTags(server, r, window, end)
	case r.within == restOfLine && end < 0:
		return len(window)
	case r.within == restOfLine:
		r.within = wholeLine
	case end >= 0:
		s.line(now, server, window[:end])
	case len(window) < Window:
		s.glimpse(server, window)
		return 0
	default:
		return s.overlong(now, server, r, window)
	}
	return end + 1
}

// overlong uses a window in which no line ends.
func (s *Session) overlong(now packet.Time, server bool, r *reader, window []byte) int {
	rest := skipBlanks(window)
	if len(rest) == 0 {
		return len(window)
	}
	if rest[0] != '@' {
		r.within = restOfLine
		s.line(now, server, window)
		return len(window)
	}
	s.glimpse(server, rest)
	if blank := bytes.IndexByte(rest, ' '); blank >= 0 {
		return len(window) - len(rest) + blank // the message begins here, with a window of its own
	}
	r.within, r.tags = tagsOfLine, uint16(len(rest))
	return len(window)
}

// passTags drops tags up to the blank behind them.
func (s *Session) passTags(server bool, r *reader, window []byte, end int) int {
	tags := window
	if end >= 0 {
		tags = window[:end]
	}
	blank := bytes.IndexByte(tags, ' ')
	if blank >= 0 {
		tags = tags[:blank]
	}
	r.tags = uint16(min(int(r.tags)+len(tags), MaxTags))
	switch {
	case blank < 0 && end < 0:
		return len(window)
	case blank < 0:
		r.within = wholeLine
	case r.tags < MaxTags:
		r.within = wholeLine
		return blank + 1
	default:
		r.within = restOfLine
	}
	s.note(Overlong)
	s.judge(&input{server: server}) // a line that says nothing
	if blank >= 0 {
		return blank + 1
	}
	return end + 1
}

// line takes a line.
func (s *Session) line(now packet.Time, server bool, text []byte) {
	if text = skipBlanks(text); len(text) == 0 {
		return
	}
	in := input{server: server, now: now, text: text}
	in.Message, in.valid = Parse(text)
	in.verb = verbOf(in.Command)
	in.opens = s.opens(server, text)
	if text[0] == '@' && in.valid {
		_, in.text = cutWord(text)
	}
	s.judge(&in)
}

// opens reports whether a line begins as one that makes the stream IRC, where that is
// still open.
func (s *Session) opens(server bool, text []byte) bool {
	if s.facts&Middle == 0 && (server || s.client.named) {
		return false
	}
	return begins(text, s.scope())
}

// scope returns what a client may begin its next line with: the first with what registers
// it, the others, until it gives its nick, with any command that we know to be IRC's (irssi
// sends an empty JOIN between CAP and NICK).
func (s *Session) scope() scope {
	if s.facts&Middle == 0 && !s.client.begun {
		return registration
	}
	return anyLine
}

// judge lets a line of either side count.
func (s *Session) judge(in *input) {
	if len(in.text) > MaxLine {
		s.note(Overlong)
	}
	switch {
	case s.facts&Middle != 0 && !s.joinedLate(in):
	case in.server:
		s.heard(in)
	default:
		s.said(in)
	}
	s.decide()
}

// glimpse looks at a line of which the end is still to come: most protocols that are not
// IRC show it in their first octets, and some have no lines.
func (s *Session) glimpse(server bool, start []byte) {
	if !server && s.facts&Middle == 0 && !s.client.named && !begins(start, s.scope()) {
		s.client.foreign = true
		s.decide()
	}
}
