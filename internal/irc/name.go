package irc

// nameSize is the octets that are kept of a name. Networks allow nicks of 9 to 31 octets
// and channels of up to 50 (RFC 2812, 1.3); of longer ones the start is enough to tell.
const nameSize = 47

// name is a nick, a channel or the like, raw, in a fixed place.
type name struct {
	n uint8
	b [nameSize]byte
}

// set keeps the start of b and reports whether that is another name than before.
func (n *name) set(b []byte) bool {
	b = b[:min(len(b), nameSize)]
	if string(n.bytes()) == string(b) {
		return false
	}
	n.n = uint8(copy(n.b[:], b))
	return true
}

func (n *name) bytes() []byte { return n.b[:n.n] }

func (n *name) string() string { return string(n.bytes()) }

// is reports whether b, cut as set does, is this name in any case.
func (n *name) is(b []byte) bool {
	b = b[:min(len(b), nameSize)]
	if len(b) != int(n.n) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(n.b[i]) {
			return false
		}
	}
	return true
}

// lower folds ASCII: what all case mappings of IRC have in common.
func lower(b byte) byte {
	if b-'A' < 26 {
		return b | 0x20
	}
	return b
}

// fold makes b lower case, in place.
func fold(b []byte) {
	for i := range b {
		b[i] = lower(b[i])
	}
}

// isNick reports whether b may be a nick: the octets of RFC 2812, 2.3.1, digits also in
// the first place, and what is beyond ASCII, as networks of today allow.
func isNick(b []byte) bool {
	for _, c := range b {
		switch {
		case isLetter(c), isDigit(c), c >= 0x80:
		case c == '[', c == ']', c == '\\', c == '`', c == '_', c == '^', c == '{', c == '|', c == '}', c == '-':
		default:
			return false
		}
	}
	return len(b) > 0 && len(b) <= 2*nameSize
}
