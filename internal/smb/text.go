package smb

import "bytes"

// text is a name as it stands in a message: UTF-16LE if wide, else in some code page whose
// lower half is ASCII. All names that are looked for are ASCII.
type text struct {
	b    []byte
	wide bool
}

func (t text) len() int {
	if t.wide {
		return len(t.b) / 2
	}
	return len(t.b)
}

// at returns a character in lower case, 0xff for one that is not ASCII.
func (t text) at(i int) byte {
	c := byte(0)
	switch {
	case !t.wide:
		c = t.b[i]
	case t.b[2*i+1] != 0:
		return 0xff
	default:
		c = t.b[2*i]
	}
	return lower(c)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// slice returns characters from to to.
func (t text) slice(from, to int) text {
	if t.wide {
		from, to = 2*from, 2*to
	}
	return text{t.b[from:to], t.wide}
}

// zeroEnded returns the text up to its NUL, or all of it.
func (t text) zeroEnded() text {
	if !t.wide {
		if i := bytes.IndexByte(t.b, 0); i >= 0 {
			return text{t.b[:i], false}
		}
		return t
	}
	for i := range t.len() {
		if t.b[2*i] == 0 && t.b[2*i+1] == 0 {
			return t.slice(0, i)
		}
	}
	return t
}

// hasPrefix reports whether t begins with name, in whatever case.
func (t text) hasPrefix(name string) bool {
	if t.len() < len(name) {
		return false
	}
	for i := range len(name) {
		if t.at(i) != lower(name[i]) {
			return false
		}
	}
	return true
}

// is reports whether t is name, in whatever case.
func (t text) is(name string) bool { return t.len() == len(name) && t.hasPrefix(name) }

// last returns what follows the last backslash that does not end t.
func (t text) last() text {
	for t.len() > 0 && t.at(t.len()-1) == '\\' {
		t = t.slice(0, t.len()-1)
	}
	for i := t.len() - 1; i >= 0; i-- {
		if t.at(i) == '\\' {
			return t.slice(i+1, t.len())
		}
	}
	return t
}

// pipeName returns the name of a pipe without what may stand before it: backslashes, and
// in SMB 1 \PIPE\.
func (t text) pipeName() text {
	t = t.unslashed()
	if t.hasPrefix(`PIPE\`) {
		t = t.slice(len(`PIPE\`), t.len()).unslashed()
	}
	return t
}

func (t text) unslashed() text {
	for t.len() > 0 && t.at(0) == '\\' {
		t = t.slice(1, t.len())
	}
	return t
}
