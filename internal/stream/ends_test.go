package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestResets(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	w.open(c)
	w.talk(c, person()...)
	stray := c.rst(server)
	stray.ev.Seq += 1 << 28
	w.see(stray)
	if w.ends() != 0 || w.f.Stats().ResetsDoubted != 1 {
		t.Fatal("a reset out of the blue ended it")
	}
	w.see(c.rst(server))
	if l := w.last(); !l.End || l.Time != w.now || w.f.Stats().Followed != 0 {
		t.Errorf("not ended: %+v", l)
	}
	// A refused one, and one that is reset before it says anything.
	d := dial("10.0.0.1", botServer, 1050, 6667)
	w.see(d.at(client, 0, packet.SYN, ""))
	if w.f.Stats().Openings != 1 {
		t.Fatal("not opened")
	}
	refusal := d.at(server, 0, packet.RST|packet.ACK, "")
	refusal.ev.Seq = 0
	w.see(refusal)
	w.open(d)
	stray = d.rst(server)
	stray.ev.Seq += 1 << 28
	w.see(stray)
	if w.f.Stats().Openings != 1 {
		t.Fatal("a reset out of the blue ended it")
	}
	w.see(d.rst(client))
	if s := w.f.Stats(); s.Openings != 0 {
		t.Errorf("%+v", s)
	}
	// One that has nothing to say, as connect scans do.
	w.open(d)
	w.see(d.fin(server))
	if w.f.Stats().Openings != 1 {
		t.Fatal("the client may still speak")
	}
	w.see(d.fin(client))
	if s := w.f.Stats(); s.Openings != 0 {
		t.Errorf("%+v", s)
	}
}

// The same ends meet again: another SYN is believed when somebody answers it, or speaks on
// it.
func TestAnotherConnectionBetweenTheSameEnds(t *testing.T) {
	for name, answered := range map[string]bool{"answered": true, "half a mirror": false} {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, 6667)
		w.open(c)
		w.talk(c, person()...)
		first := w.last().ID
		again := dial("10.0.0.1", botServer, 1049, 6667)
		again.isn = [2]uint32{c.isn[client] + 70_000, 12345}
		w.see(again.at(client, 0, packet.SYN, ""))
		w.talk(c, up("PRIVMSG #other :still here\r\n"), down(":anna!~anna@h JOIN #other\r\n"))
		if l := w.last(); l.ID != first || l.End || !strings.Contains(l.sum.channels, "#other") {
			t.Fatalf("%s: a SYN alone ended it: %+v", name, l)
		}
		if answered {
			w.see(again.at(server, 0, packet.SYN|packet.ACK, ""))
			if l := w.last(); l.ID != first || !l.End {
				t.Fatalf("%s: not ended: %+v", name, l)
			}
			w.talk(again, bot()...)
		} else {
			w.talk(again, bot()[1])
		}
		if l := w.last(); l.ID == first || l.sum.nick != "DEU|483920" || w.ends() != 1 {
			t.Errorf("%s: %+v", name, l)
		}
		if s := w.f.Stats(); s.Followed != 1 || s.Openings != 0 || s.Gaps != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// The old connection may end in good order after the SYN of the new one.
func TestOldOneEndsLast(t *testing.T) {
	w := newWire(t)
	c, again := dial("10.0.0.1", botServer, 1049, 6667), dial("10.0.0.1", botServer, 1049, 6667)
	again.isn = [2]uint32{c.isn[client] + 70_000, 12345}
	w.open(c)
	w.talk(c, person()...)
	w.see(again.at(client, 0, packet.SYN, ""))
	w.see(c.fin(server))
	forged := c.fin(server)
	forged.ev.Seq += 500
	w.see(forged)
	w.see(c.fin(client))
	if l := w.last(); !l.End || w.f.Stats().Openings != 1 {
		t.Fatalf("%+v, %+v", l, w.f.Stats())
	}
	check(t, w)
	w.see(again.at(server, 0, packet.SYN|packet.ACK, ""))
	w.talk(again, bot()...)
	if l := w.last(); l.sum.orders != "advscan download" || l.sum.facts&irc.Middle != 0 || w.f.openings.Used() != 0 {
		t.Errorf("%+v, %d openings are remembered", l.sum, w.f.openings.Used())
	}
	check(t, w)
}

// A FIN out of the blue is not the end.
func TestForgedFIN(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	w.open(c)
	w.talk(c, person()...)
	for _, d := range []side{client, server} {
		for _, off := range []uint32{1 << 28, ^uint32(1 << 28)} {
			s := c.fin(d)
			s.ev.Seq += off
			w.see(s)
		}
	}
	w.wait(time.Hour)
	if w.ends() != 0 {
		t.Error("ended")
	}
}

// A SYN or SYN-ACK that is not this connection's ends nothing, with or without octets.
func TestForgedSYN(t *testing.T) {
	for _, forge := range []func(c *conn) seg{
		func(c *conn) seg { return c.at(client, 0, packet.SYN, "") },
		func(c *conn) seg { return c.at(client, 0, packet.SYN, "NICK x\r\nUSER x 0 0 :x\r\n") },
		func(c *conn) seg { return c.at(server, 0, packet.SYN|packet.ACK, "") },
		func(c *conn) seg { return c.at(server, 0, packet.SYN, "") },
		func(c *conn) seg { return c.at(server, 0, packet.SYN|packet.ACK|packet.RST, "") },
		func(c *conn) seg { return c.at(client, 0, packet.SYN|packet.FIN, "") },
	} {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, 6667)
		w.open(c)
		turns := bot()
		w.talk(c, turns[:4]...)
		s := forge(c)
		s.ev.Seq += 1 << 30
		w.see(s)
		w.see(s)
		w.talk(c, turns[4:]...)
		check(t, w)
		if l := w.last(); l.End || l.ID != w.all[0].ID || l.sum.orders != "advscan download" {
			t.Errorf("flags %06b, %d octets: %+v", s.ev.TCPFlags, len(s.data), l)
		}
		w.see(c.fin(client))
		w.see(c.fin(server))
		if w.ends() != 1 {
			t.Errorf("flags %06b, %d octets: %d ends", s.ev.TCPFlags, len(s.data), w.ends())
		}
	}
}

// half keeps one direction.
func half(turns []turn, d side) (kept []turn) {
	for _, t := range turns {
		if t.from == d {
			kept = append(kept, t)
		}
	}
	return kept
}

func TestHalfAMirror(t *testing.T) {
	c := dial("10.0.0.1", botServer, 1049, 6667)
	w := newWire(t)
	w.see(c.at(client, 0, packet.SYN, ""))
	w.talk(c, half(bot(), client)...)
	want := irc.Registered | irc.Keyed | irc.Password | irc.Reported
	if l := w.last(); l.sum.facts != want || l.sum.nick != "DEU|483920" || !l.OneWay {
		t.Errorf("the client alone: %+v, one way %v", l.sum, l.OneWay)
	}
	w.see(c.fin(client))
	closed := w.now
	w.wait(time.Hour)
	if l := w.last(); !l.End || l.Time != closed.Add(linger) {
		t.Errorf("not ended %v after the only FIN that will come: %+v", linger, l.Talk)
	}

	w = newWire(t)
	w.see(c.at(server, 0, packet.SYN|packet.ACK, ""))
	c.said[server] = 0
	w.talk(c, half(bot(), server)...)
	if l := w.last(); l.sum.facts&irc.Ordered == 0 || l.sum.orders != "advscan download" || l.Client != c.ends[client] {
		t.Errorf("the server alone: %+v", l.sum)
	}

	w = newWire(t)
	c = dial("10.0.0.1", botServer, 1049, 6667)
	w.open(c)
	w.talk(c, bot()[1])
	if l := w.last(); l.OneWay {
		t.Error("a server that took the connection was not seen")
	}
}

// Servers of bots say little: their first lines are as good as others.
func TestTheServerAloneSaysLittle(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 4915)
	w.see(c.at(server, 0, packet.SYN|packet.ACK, ""))
	w.talk(c, down(":c2 001 DEU|483920 :hi\r\n"), down(":c2 332 DEU|483920 #x :.advscan dcom135 200 3 0 -r\r\n"))
	if l := w.last(); l.sum.orders != "advscan" || l.sum.nick != "DEU|483920" {
		t.Errorf("%+v", l.sum)
	}
}

// Who connects and says nothing fetches what others said: a log.
func TestLogWithoutARequest(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 2000)
	w.open(c)
	w.talk(c, down(strings.Repeat(":a!b@c PRIVMSG #d :.advscan dcom135 200 3 0 -r\r\n", 100)))
	if s := w.f.Stats(); len(w.all) != 0 || s.Followed != 0 {
		t.Errorf("%d told, %+v", len(w.all), s)
	}
}

// A session that falls silent ends at its deadline, not when somebody looks.
func TestIdle(t *testing.T) {
	w := newWire(t)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	w.open(c)
	w.talk(c, person()...)
	last := w.now
	w.wait(48*time.Hour - time.Nanosecond)
	if w.ends() != 0 {
		t.Fatal("ended too early")
	}
	w.wait(30 * 24 * time.Hour)
	if l := w.last(); !l.End || l.Time != last.Add(48*time.Hour) || w.f.Stats().Followed != 0 {
		t.Errorf("%+v", l.Talk)
	}
}

// What never shows what it is goes after Config.Decide.
func TestUndecided(t *testing.T) {
	w := newWire(t)
	mute := dial("10.0.0.1", botServer, 1, 6667)
	w.open(mute)
	slow := dial("10.0.0.1", botServer, 2, 6667)
	w.open(slow)
	w.talk(slow, up("N"))
	long := dial("10.0.0.1", botServer, 3, 6667)
	w.open(long)
	w.talk(long, up(strings.Repeat("PING :x\r\n", 228)))
	if s := w.f.Stats(); s.Openings != 1 || s.Followed != 1 || s.Undecided != 1 {
		t.Fatalf("%+v", s)
	}
	w.wait(12 * time.Minute)
	for i := range w.f.openings.Cap() { // each new connection sees to a few old ones
		c := dial("10.0.0.2", botServer, uint16(1+i), 6667)
		w.see(c.at(client, 0, packet.SYN, ""))
		w.see(c.at(client, 0, packet.FIN, ""))
	}
	if s := w.f.Stats(); s.Openings != 0 || s.Followed != 0 || s.OpeningsSilent != 1 || s.Undecided != 2 || len(w.all) != 0 {
		t.Errorf("%+v", s)
	}
}
