package capture

import "strings"

// maxNames bounds the table of names; what comes after it shares the last entry.
const maxNames = 1 << 14

// names is a table of interface names; an index, once given, stays.
type names struct {
	list []string
	at   map[string]uint16
}

// index returns the index of name, which comes from a file and may be anything.
func (t *names) index(name string) uint16 {
	name = printable(name)
	if i, ok := t.at[name]; ok {
		return i
	}
	if len(t.list) == maxNames {
		return maxNames - 1
	}
	if t.at == nil {
		t.at = make(map[string]uint16)
	}
	i := uint16(len(t.list))
	t.at[name] = i
	t.list = append(t.list, name)
	return i
}

// name returns the name with an index, "" for one that was never given.
func (t *names) name(i uint16) string {
	if int(i) >= len(t.list) {
		return ""
	}
	return t.list[i]
}

// printable returns a copy of at most 64 octets of s without what could disturb a
// terminal.
func printable(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), 64)], "?")
	return strings.Clone(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s))
}
