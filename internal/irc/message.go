package irc

import "bytes"

const (
	// MaxParams is how many parameters a message has at most (RFC 2812, 2.3.1: 14 and the
	// trailing one).
	MaxParams = 15
	// MaxTags is the octets that the tags of a message may take, from the @ to the blank
	// behind them (IRCv3 message tags: 4094 of the server, 4094 of the client, and those).
	MaxTags = 8191
	// MaxLine is the octets of a line without tags and without its end (RFC 1459, 2.3: 512
	// with CR LF).
	MaxLine = 510
)

// Message is one line of IRC (RFC 1459, 2.3; IRCv3 message tags). All fields point into
// the line, raw.
type Message struct {
	Tags     []byte            // without the @
	Prefix   []byte            // without the colon: a server, a nick, or nick!user@host
	Command  []byte            // letters in any case, or three digits
	Params   [MaxParams][]byte // the first N are valid; a trailing one stands without its colon
	N        int
	Trailing bool // the last parameter was introduced by a colon
}

// Parse takes a line apart. It is as lenient as servers are: several blanks count as one,
// those before and behind the message as none, a line end may be there or not (what is
// behind the first is not looked at), and octets need not be text. It returns false for
// what has no command.
func Parse(line []byte) (m Message, ok bool) {
	if i := lineEnd(line); i >= 0 {
		line = line[:i]
	}
	rest := skipBlanks(line)
	if m.Tags, rest, ok = cutMark(rest, '@'); !ok || len(m.Tags) > MaxTags-2 {
		return m, false
	}
	if m.Prefix, rest, ok = cutMark(rest, ':'); !ok {
		return m, false
	}
	m.Command, rest = cutWord(rest)
	if !isCommand(m.Command) {
		return m, false
	}
	m.params(rest)
	return m, true
}

// params takes the parameters from rest.
func (m *Message) params(rest []byte) {
	for len(rest) > 0 {
		switch {
		case rest[0] == ':':
			m.Trailing = true
			m.Params[m.N], rest = rest[1:], nil
		case m.N == MaxParams-1:
			m.Params[m.N], rest = bytes.TrimRight(rest, " "), nil
		default:
			m.Params[m.N], rest = cutWord(rest)
		}
		m.N++
	}
}

// Param returns the i-th parameter, nil if there is none.
func (m *Message) Param(i int) []byte {
	if i < m.N {
		return m.Params[i]
	}
	return nil
}

// Last returns the last parameter, nil if there is none: the text of PRIVMSG, NOTICE,
// TOPIC and 332.
func (m *Message) Last() []byte {
	if m.N == 0 {
		return nil
	}
	return m.Params[m.N-1]
}

// Numeric returns the number of a reply, 0 if the command is a word.
func (m *Message) Numeric() int {
	c := m.Command
	if len(c) != 3 || !isDigit(c[0]) {
		return 0
	}
	return int(c[0]-'0')*100 + int(c[1]-'0')*10 + int(c[2]-'0')
}

// Mask takes a prefix of the form nick!user@host apart (RFC 2812, 2.3.1). It returns false
// for any other, and nick is then the whole of it.
func (m *Message) Mask() (nick, user, host []byte, ok bool) {
	bang := bytes.IndexByte(m.Prefix, '!')
	at := bytes.LastIndexByte(m.Prefix, '@')
	if bang < 1 || at < bang+2 || at == len(m.Prefix)-1 {
		return m.Prefix, nil, nil, false
	}
	return m.Prefix[:bang], m.Prefix[bang+1 : at], m.Prefix[at+1:], true
}

// cutMark returns the word that begins with mark, without it, and what comes behind its
// blanks. Without a mark it returns nothing and rest; ok is false for a mark alone.
func cutMark(rest []byte, mark byte) (word, behind []byte, ok bool) {
	if len(rest) == 0 || rest[0] != mark {
		return nil, rest, true
	}
	word, behind = cutWord(rest[1:])
	return word, behind, len(word) > 0 && len(rest) > 1 && rest[1] != ' '
}

// cutWord returns the octets before the first blank, and what comes behind the blanks.
func cutWord(b []byte) (word, behind []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	return b[:i], skipBlanks(b[i:])
}

func skipBlanks(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

// lineEnd returns where the first line of b ends: at a CR or LF, or -1.
func lineEnd(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return bytes.IndexByte(b, '\r')
	}
	if cr := bytes.IndexByte(b[:end], '\r'); cr >= 0 {
		return cr
	}
	return end
}

func isCommand(c []byte) bool {
	if len(c) == 3 && isDigit(c[0]) {
		return isDigit(c[1]) && isDigit(c[2])
	}
	for _, b := range c {
		if !isLetter(b) {
			return false
		}
	}
	return len(c) > 0
}

func isDigit(b byte) bool { return b-'0' < 10 }

func isLetter(b byte) bool { return b|0x20-'a' < 26 }
