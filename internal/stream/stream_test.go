package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// A bot's orders stand far behind the first 2 KB of the server's stream.
func TestBot(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	began := w.now.Add(time.Millisecond)
	w.open(c)
	w.talk(c, bot()...)
	if c.said[server] < 4512 {
		t.Fatalf("the server said only %d octets", c.said[server])
	}
	l := w.last()
	want := irc.Registered | irc.Answered | irc.Welcomed | irc.Keyed | irc.Ordered | irc.Reported | irc.Password
	if l.sum.facts != want || l.sum.orders != "advscan download" || l.sum.nick != "DEU|483920" || l.Proto != IRC {
		t.Errorf("%+v", l.sum)
	}
	if l.Client != c.ends[client] || l.Server != c.ends[server] || l.ClientPort != 1049 || l.ServerPort != 6667 {
		t.Errorf("the ends are mixed up: %+v", l.Talk)
	}
	if l.MAC != macHost || l.Began != began || l.End {
		t.Errorf("MAC %x, began %v, end %v", l.MAC, l.Began.UTC(), l.End)
	}
	w.see(c.fin(client))
	if w.ends() != 0 {
		t.Error("ended by one side alone")
	}
	w.see(c.fin(server))
	if l := w.last(); !l.End || l.sum.orders != "advscan download" || w.f.Stats().Followed != 0 {
		t.Errorf("not ended by both: %+v, %+v", l, w.f.Stats())
	}
	n := len(w.all)
	w.see(c.at(client, int(c.said[client])-24, packet.ACK, "PONG irc.example.net\r\n"))
	if len(w.all) != n || w.f.Stats().Followed != 0 {
		t.Error("a straggler made another conversation")
	}
}

// Each is a connection that is not IRC: it is let go by its first octets.
var lookAlikes = []struct {
	name  string
	port  uint16
	turns []turn
	count func(*Foreign) uint64
}{
	{"http", 6667, []turn{up("GET /NICK HTTP/1.1\r\nHost: x\r\n\r\n"), down("HTTP/1.1 200 OK\r\n\r\nNICK a\r\nUSER a 0 0 :a\r\n")}, func(n *Foreign) uint64 { return n.HTTP }},
	{"http post", 80, []turn{up("POST /a HTTP/1.1\r\n\r\nNICK a\r\nUSER a b c :d\r\n"), down("HTTP/1.1 200 OK\r\n\r\n")}, func(n *Foreign) uint64 { return n.HTTP }},
	{"irc log by http", 80, []turn{up("GET /log HTTP/1.0\r\n\r\n"), down("HTTP/1.0 200 OK\r\n\r\n"), down(":a!b@c PRIVMSG #d :.advscan x\r\n"), down(":a!b@c PRIVMSG #d :.download y\r\n")}, func(n *Foreign) uint64 { return n.HTTP }},
	{"tls", 443, []turn{up("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), down("\x16\x03\x03\x00\x7a\x02\x00")}, func(n *Foreign) uint64 { return n.TLS }},
	{"ssh", 22, []turn{down("SSH-2.0-OpenSSH_9.2\r\n"), up("SSH-2.0-PuTTY\r\n")}, func(n *Foreign) uint64 { return n.SSH }},
	{"ftp", 21, []turn{
		down("220 ftp.example.net FTP server ready\r\n"), up("USER anonymous\r\n"), down("331 Guest login ok\r\n"),
		up("PASS a@b.c\r\n"), down("230 Guest login ok\r\n"), up("TYPE I\r\n"), down("200 Type set to I.\r\n"), up("QUIT\r\n"), down("221 Goodbye.\r\n"),
	}, func(n *Foreign) uint64 { return n.Banner }},
	{"ftp log-ins", 137, []turn{
		down("220 ready\r\n"), up("USER admin\r\n"), down("331 Password required\r\n"), up("PASS 1\r\n"), down("530 Login incorrect.\r\n"),
		up("USER admin\r\n"), down("331 Password required\r\n"), up("PASS 2\r\n"), down("530 Login incorrect.\r\n"),
	}, func(n *Foreign) uint64 { return n.Banner }},
	{"pop3", 110, []turn{
		down("+OK POP3 ready\r\n"), up("USER anna\r\n"), down("+OK\r\n"), up("PASS secret\r\n"), down("+OK logged in\r\n"), up("STAT\r\n"), down("+OK 0 0\r\n"),
	}, func(n *Foreign) uint64 { return n.Banner }},
	{"smtp", 25, []turn{
		down("220 mail.example.net ESMTP\r\n"), up("EHLO host\r\n"), down("250 ok\r\n"), up("MAIL FROM:<a@b.c>\r\n"), down("250 ok\r\n"),
	}, func(n *Foreign) uint64 { return n.Banner }},
	{"binary greeting", 3306, []turn{down("\x4a\x00\x00\x00\x0a8.0.36\x00"), up("\x20\x00\x00\x01\x85")}, func(n *Foreign) uint64 { return n.Other }},
	{"pipe of zeros", 9100, []turn{up(strings.Repeat("\x00", 3000))}, func(n *Foreign) uint64 { return n.Other }},
}

func TestLookAlikesAreLetGo(t *testing.T) {
	for _, l := range lookAlikes {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, l.port)
		w.open(c)
		w.talk(c, l.turns...)
		s := w.f.Stats()
		if len(w.all) != 0 || s.Followed != 0 || s.Openings != 0 || l.count(&s.LetGo) == 0 {
			t.Errorf("%s: %d told, %+v", l.name, len(w.all), s)
		}
	}
}

// An odd greeting does not hide what the client then does.
func TestOddGreeting(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 4915)
	w.open(c)
	const greeting = "220 ready\r\n"
	w.see(c.at(server, 4, packet.ACK, greeting[4:])) // the segments in disorder
	w.see(c.at(server, 0, packet.ACK, greeting[:4]))
	c.said[server] = uint32(len(greeting))
	w.talk(c, bot()[1:]...)
	if l := w.last(); l.sum.orders != "advscan download" || w.f.Stats().Gaps != 0 {
		t.Errorf("%+v, %+v", l.sum, w.f.Stats())
	}
	for _, greeting := range []string{"220 ftp.example.net ready\r\n", "hello\r\n", "N\r\n", "SSH-2.0-x\n"} {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, 4915)
		w.open(c)
		w.talk(c, down(greeting))
		w.talk(c, bot()[1:]...)
		if l := w.last(); l.sum.orders != "advscan download" || l.sum.facts&irc.Welcomed == 0 || w.f.Stats().Gaps != 0 {
			t.Errorf("%q: %+v, %+v", greeting, l.sum, w.f.Stats())
		}
	}
}

// What Observe is not for it lets pass.
func TestNotOfInterest(t *testing.T) {
	w := newWire(t)
	c := dial("198.51.100.9", "10.0.0.2", 1049, 6667) // the client is not ours
	w.open(c)
	w.talk(c, person()...)
	udp := c.says(client, "NICK a\r\n")
	udp.ev.Kind = packet.KindUDP
	w.see(udp)
	cut := dial("10.0.0.1", botServer, 1, 2).at(client, 0, packet.SYN, "")
	cut.ev.Flags = packet.FlagCut
	w.see(cut)
	self := dial("10.0.0.1", "10.0.0.1", 7, 7)
	w.open(self)
	if s := w.f.Stats(); len(w.all) != 0 || s.OpeningsClaimed != 0 || s.FollowedEver != 0 {
		t.Errorf("%d told, %+v", len(w.all), s)
	}
}

// A connection that was let go stays so for an hour, whatever else passes on it.
func TestLetGoStaysSo(t *testing.T) {
	for name, start := range map[string][]turn{
		"by its first octets": {up("GET /log HTTP/1.1\r\n\r\n")},
		"by those behind":     {up("P"), up("OST /log HTTP/1.1\r\n\r\n")},
		"by the other side":   {up("N"), down("\x16\x03\x01")},
		"by nothing telling":  {up(strings.Repeat("PING :x\r\n", 250))},
	} {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, 6667)
		w.open(c)
		w.talk(c, start...)
		for range 3 {
			w.wait(50 * time.Minute)
			w.talk(c, bot()[4:]...)
		}
		if s := w.f.Stats(); len(w.all) != 0 || s.Followed != 0 || s.Openings != 0 {
			t.Errorf("%s: %d told, %+v", name, len(w.all), s)
		}
		w.wait(remembers)
		w.talk(c, bot()[4:]...)
		if l := w.last(); l.sum.orders != "advscan download" {
			t.Errorf("%s: not met again an hour later: %+v", name, l.sum)
		}
	}
}

// Octets that overtake the first ones are kept, wherever the handshake is late or doubled.
func TestDisorderAtTheStart(t *testing.T) {
	c := dial("10.0.0.1", botServer, 1049, 6667)
	syn, synAck := c.at(client, 0, packet.SYN, ""), c.at(server, 0, packet.SYN|packet.ACK, "")
	hello := bot()[1].text
	first, second := c.at(client, 0, packet.ACK, hello[:9]), c.at(client, 9, packet.ACK, hello[9:])
	const welcome = ":irc.example.net 001 DEU|483920 :Welcome\r\n"
	down1, down2 := c.at(server, 0, packet.ACK, welcome[:5]), c.at(server, 5, packet.ACK, welcome[5:])
	for name, segs := range map[string][]seg{
		"both sides":      {syn, synAck, second, first, down2, down1},
		"server first":    {syn, synAck, down2, down1, second, first},
		"doubled":         {syn, syn, synAck, syn, synAck, second, second, first, first, synAck, down2, down2, down1},
		"SYN-ACK is late": {syn, first, second, synAck, down2, down1},
	} {
		w := newWire(t)
		for _, s := range segs {
			w.see(s)
		}
		want := irc.Registered | irc.Answered | irc.Welcomed | irc.Password
		if l := w.last(); l.sum.facts != want || w.f.Stats().Gaps != 0 || w.f.Stats().OpeningsClaimed != 1 {
			t.Errorf("%s: %v, %+v", name, l.sum.facts.Names(), w.f.Stats())
		}
	}
}

// Data may come with the SYN (RFC 7413).
func TestDataOnSYN(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	syn := c.at(client, 0, packet.SYN, "NICK anna\r\nUS")
	w.see(syn)
	w.see(syn) // retransmitted
	w.see(c.at(server, 0, packet.SYN|packet.ACK, "NOTICE * :hello\r\n"))
	c.said = [2]uint32{uint32(len("NICK anna\r\nUS")), uint32(len("NOTICE * :hello\r\n"))}
	w.see(c.at(client, 0, packet.ACK, "NICK anna\r\nUS"))
	w.talk(c, up("ER anna 0 * :Anna\r\n"))
	if l := w.last(); l.sum.facts != irc.Registered|irc.Answered || l.sum.user != "anna" || w.f.Stats().Gaps != 0 {
		t.Errorf("%+v", l.sum)
	}
}

func TestTLS(t *testing.T) {
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00\xff", 900)
	answer := "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6697)
	w.open(c)
	w.talk(c, up(hello[:3]), up(hello[3:]), up(hello), down(answer[:1]))
	if len(w.all) != 0 {
		t.Fatal("told before the server said hello")
	}
	w.talk(c, down(answer[1:]), up("\x17\x03\x03\x00\x10"), down("\x17\x03\x03\x00\x10"))
	if len(w.all) != 1 || w.all[0].Proto != TLS || w.all[0].End || w.all[0].IRC != nil || w.all[0].SMB != nil {
		t.Fatalf("%+v", w.all)
	}
	w.see(c.fin(server))
	w.see(c.fin(client))
	if l := w.last(); !l.End || len(w.all) != 2 || w.f.Stats().TLS != 1 || w.f.Stats().Followed != 0 {
		t.Errorf("%+v, %+v", l, w.f.Stats())
	}

	// Refused by an alert; and plain IRC on the port of TLS.
	w = newWire(t)
	w.open(c)
	c.said = [2]uint32{}
	w.talk(c, up(hello), down("\x15\x03\x01\x00\x02\x02\x28"))
	if s := w.f.Stats(); len(w.all) != 0 || s.Followed != 0 || s.LetGo.Other != 1 {
		t.Errorf("refused: %d told, %+v", len(w.all), s)
	}
	if got, want := heardOn(t, 6697, person()), heardInOrder(t, person()); got != want {
		t.Errorf("plain: %+v, want %+v", got, want)
	}
}

func heardOn(t *testing.T, port uint16, turns []turn) summary {
	w := newWire(t)
	c := dial("fd00::1", "2001:db8::7", 1049, port)
	w.open(c)
	w.talk(c, turns...)
	return w.last().sum
}

// IRC is found on any port, those of SMB included.
func TestAnyPort(t *testing.T) {
	for _, port := range []uint16{80, 139, 443, 445, 4915, 6667} {
		if got, want := heardOn(t, port, bot()), heardInOrder(t, bot()); got != want {
			t.Errorf("port %d: %+v, want %+v", port, got, want)
		}
	}
}

// Equal addresses in different realms are different hosts.
func TestRealms(t *testing.T) {
	w := newWire(t)
	a, b := dial("10.0.0.1", botServer, 1049, 6667), dial("10.0.0.1", botServer, 1049, 6667)
	a.realm, b.realm = 7, 8
	b.isn = [2]uint32{1 << 30, 1 << 29}
	w.open(a)
	w.open(b)
	for i, turn := range bot() {
		w.talk(a, turn)
		if i < len(person()) {
			w.talk(b, person()[i])
		}
	}
	nicks := map[uint32]string{}
	for _, l := range w.all {
		nicks[l.Realm] = l.sum.nick
	}
	if nicks[7] != "DEU|483920" || nicks[8] != "anna" || len(nicks) != 2 || w.f.Stats().Middle != 0 {
		t.Errorf("%v, %+v", nicks, w.f.Stats())
	}
}
