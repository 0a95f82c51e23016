package irc

import (
	"bytes"
	"strings"
	"testing"
)

// joinedParts writes a message as text that shows where it was taken apart.
func joinedParts(m *Message) string {
	var b strings.Builder
	if m.Tags != nil {
		b.WriteString("@" + string(m.Tags) + " ")
	}
	if m.Prefix != nil {
		b.WriteString(":" + string(m.Prefix) + " ")
	}
	b.Write(m.Command)
	for i := range m.N {
		b.WriteString("|" + string(m.Params[i]))
	}
	if m.Trailing {
		b.WriteString(" trailing")
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"PING", "PING"},
		{"ping x", "ping|x"},
		{":irc.example 001 anna :Welcome to it", ":irc.example 001|anna|Welcome to it trailing"},
		{"@time=1;x :a!u@h PRIVMSG #c :hi  there ", "@time=1;x :a!u@h PRIVMSG|#c|hi  there  trailing"},
		{"   :p   CMD    a   b  ", ":p CMD|a|b"},
		{"USER a * * :", "USER|a|*|*| trailing"},
		{"USER a:b c", "USER|a:b|c"},
		{"CMD a\r\nNICK b", "CMD|a"},
		{"CMD a\nb", "CMD|a"},
		{"CMD a\rb", "CMD|a"},
		{"CMD \x00\xff :\x00", "CMD|\x00\xff|\x00 trailing"},
		{"CMD 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 ", "CMD|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15 16"},
		{"CMD 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16 ", "CMD|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15 16  trailing"},
		{"@" + strings.Repeat("t", MaxTags-2) + " X", "@" + strings.Repeat("t", MaxTags-2) + " X"},
		{"", "none"},
		{"   ", "none"},
		{"\r\nPING", "none"},
		{":", "none"},
		{": PING", "none"},
		{":a", "none"},
		{"@ PING", "none"},
		{"@a", "none"},
		{"@" + strings.Repeat("t", MaxTags-1) + " X", "none"},
		{"12 x", "none"},
		{"1234 x", "none"},
		{"12a x", "none"},
		{"Host: x", "none"},
		{"GE7 x", "none"},
		{"\x16\x03\x01", "none"},
	} {
		m, ok := Parse([]byte(c.line))
		got := "none"
		if ok {
			got = joinedParts(&m)
			if m.N == 0 && m.Last() != nil || m.N > 0 && !bytes.Equal(m.Last(), m.Param(m.N-1)) || m.Param(m.N) != nil {
				t.Errorf("%.80q: last parameter %q", c.line, m.Last())
			}
		}
		if got != c.want {
			t.Errorf("%.80q: %.80q, want %.80q", c.line, got, c.want)
		}
	}
}

func TestNumericAndMask(t *testing.T) {
	for line, want := range map[string]int{"001 a": 1, ":x 433 a": 433, "PING": 0, "abc": 0} {
		if m, _ := Parse([]byte(line)); m.Numeric() != want {
			t.Errorf("%q: %d", line, m.Numeric())
		}
	}
	for prefix, want := range map[string][3]string{
		"a!u@h": {"a", "u", "h"}, "a!u@v@h": {"a", "u@v", "h"}, "irc.example": {"irc.example"},
		"a@h": {"a@h"}, "a!u": {"a!u"}, "!u@h": {"!u@h"}, "a!@h": {"a!@h"}, "a!u@": {"a!u@"},
	} {
		m := Message{Prefix: []byte(prefix)}
		nick, user, host, ok := m.Mask()
		if got := [3]string{string(nick), string(user), string(host)}; got != want || ok != (want[1] != "") {
			t.Errorf("%q: %q %v, want %q", prefix, got, ok, want)
		}
	}
}

// FuzzParse gives Parse any octets: what it returns lies in the line, holds no blank where
// none may be, and comes out again of the same message written afresh.
func FuzzParse(f *testing.F) {
	for _, talk := range allTalks() {
		for _, turn := range talk.turns {
			f.Add([]byte(turn.text))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.Clone(line)
		m, ok := Parse(line)
		if !ok {
			return
		}
		if m.N > MaxParams || len(m.Command) == 0 || len(m.Tags) > MaxTags-2 {
			t.Fatalf("%+v", m)
		}
		words := append([][]byte{m.Tags, m.Prefix, m.Command}, m.Params[:min(m.N, MaxParams-1)]...)
		if m.Trailing && m.N < MaxParams {
			words = words[:len(words)-1]
		}
		for _, w := range words {
			if bytes.ContainsAny(w, " \r\n") {
				t.Fatalf("%q holds a blank", w)
			}
		}
		fresh := rewrite(&m)
		again, ok := Parse(fresh)
		if !ok || joinedParts(&again) != joinedParts(&m) {
			t.Fatalf("%q, again %q", joinedParts(&m), joinedParts(&again))
		}
	})
}

// rewrite writes a message as RFC 1459 has it.
func rewrite(m *Message) []byte {
	var b []byte
	if m.Tags != nil {
		b = append(append(append(b, '@'), m.Tags...), ' ')
	}
	if m.Prefix != nil {
		b = append(append(append(b, ':'), m.Prefix...), ' ')
	}
	b = append(b, m.Command...)
	for i := range m.N {
		b = append(b, ' ')
		if i == m.N-1 && m.Trailing {
			b = append(b, ':')
		}
		b = append(b, m.Params[i]...)
	}
	return append(b, "\r\n"...)
}
