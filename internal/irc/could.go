package irc

// scope says which openings are asked for.
type scope bool

const (
	anyLine      scope = false // any telling line, of either side
	registration scope = true  // what a client may send before it has registered
)

// opener holds the octets that a telling line, or blanks before one, may begin with.
var opener = func() (set [256]bool) {
	for _, b := range []byte(" \r\n:@0") {
		set[b] = true
	}
	for letter, r := range byLetter {
		set[letter+'a'] = r[0] != verbNone
		set[letter+'A'] = r[0] != verbNone
	}
	return set
}()

// Could reports whether data, the first octets of a segment, could be the beginning of a
// line that makes a Session take the stream for IRC: from its start or from its middle, of
// either side. It is true for every such line and for any first part of it, one octet at
// least; it is false at the first octet or soon behind it for nearly everything else.
func Could(data []byte) bool {
	return len(data) > 0 && opener[data[0]] && begins(data, anyLine)
}

// begins is Could for lines of a scope; of no octets it is true.
func begins(data []byte, s scope) bool {
	i := 0
	for i < len(data) && (data[i] == ' ' || data[i] == '\r' || data[i] == '\n') {
		i++
	}
	prefixed := false
	for _, mark := range []byte("@:") {
		if i == len(data) {
			return true
		}
		if data[i] != mark {
			continue
		}
		prefixed = mark == ':'
		var ok bool
		if i, ok = passMark(data, i+1); !ok {
			return false
		}
	}
	if prefixed && s == anyLine {
		return beginsCommand(data[i:])
	}
	return beginsOpening(data[i:], s)
}

// passMark returns the place behind tags or a prefix and the blanks that follow; false if
// there is none, or an octet that is no text: a line with such a prefix is never telling.
func passMark(data []byte, i int) (int, bool) {
	first := i
	for i < len(data) && data[i] > ' ' && data[i] != 0x7f {
		i++
	}
	if i == len(data) {
		return i, true
	}
	if i == first || data[i] != ' ' {
		return i, false
	}
	for i < len(data) && data[i] == ' ' {
		i++
	}
	return i, true
}

// beginsCommand reports whether a word or a numeric stands here, or the start of one.
func beginsCommand(data []byte) bool {
	i, digits := 0, len(data) > 0 && isDigit(data[0])
	for i < len(data) && (digits && i < 3 && isDigit(data[i]) || !digits && isLetter(data[i])) {
		i++
	}
	return i == len(data) || i > 0 && (!digits || i == 3) && endsWord(data[i])
}

// beginsOpening reports whether a verb of the scope stands here, or the start of one; or
// the numeric of a server that sends no prefix (001 to 005).
func beginsOpening(data []byte, s scope) bool {
	if len(data) == 0 {
		return true
	}
	if data[0] == '0' {
		return s == anyLine && beginsWelcome(data)
	}
	if !isLetter(data[0]) {
		return false
	}
	i := 1
	for i < len(data) && isLetter(data[i]) {
		i++
	}
	r := byLetter[data[0]|0x20-'a']
	for v := r[0]; v < r[1]; v++ {
		o := &openings[v]
		if s == registration && !o.registers || !isPrefix(data[:i], o.word) {
			continue
		}
		if i == len(data) || i == len(o.word) && endsWord(data[i]) && (!o.channel || channelNext(data[i:])) {
			return true
		}
	}
	return false
}

func beginsWelcome(data []byte) bool {
	return (len(data) < 2 || data[1] == '0') &&
		(len(data) < 3 || data[2]-'1' < 5) &&
		(len(data) < 4 || data[3] == ' ')
}

// channelNext reports whether a channel follows behind blanks, or nothing yet.
func channelNext(data []byte) bool {
	data = skipBlanks(data)
	if len(data) > 0 && data[0] == ':' {
		data = data[1:]
	}
	return len(data) == 0 || isChannelMark(data[0])
}

func endsWord(b byte) bool { return b == ' ' || b == '\r' || b == '\n' }
