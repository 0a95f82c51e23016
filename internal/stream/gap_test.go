package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// lost has the server say something that is not captured.
func (c *conn) lost(text string) { c.said[server] += uint32(len(text)) }

const (
	order = ":op!o@example.org PRIVMSG #garden :.download http://example.org/x.exe 1\r\n"
	chit  = ":bert!b@h.example PRIVMSG #garden :what a day\r\n"
)

func gardener(w *wire) *conn {
	c := dial("10.0.0.1", botServer, 1049, 6667)
	w.open(c)
	w.talk(c, person()...)
	return c
}

// Octets that the mirror lost do not stop a session: what came behind them is read when
// the time is up, from the next line on.
func TestGapThatNobodyFills(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	whole := chit + order
	c.lost(whole[:20])
	w.talk(c, down(whole[20:]))
	since := w.now
	if w.last().sum.orders != "" {
		t.Fatal("read on too early")
	}
	w.wait(10*time.Second - time.Nanosecond)
	if w.last().sum.orders != "" {
		t.Fatal("read on too early")
	}
	w.wait(time.Hour)
	if l := w.last(); l.sum.orders != "download" || l.Time != since.Add(10*time.Second) || w.f.Stats().Gaps != 1 {
		t.Errorf("%v %+v, %+v", l.Time.UTC(), l.sum, w.f.Stats())
	}
	w.talk(c, down(":anna!~anna@h JOIN #after\r\n"))
	if l := w.last(); !strings.Contains(l.sum.channels, "#after") {
		t.Errorf("%+v", l.sum)
	}
}

// The rest of a line that was cut in two by a gap is not taken for a line, wherever it is
// cut again.
func TestRestOfALineBehindAGap(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	c.lost(":anna!~anna@h PRIVMSG #garden :look what he says: ")
	w.talk(c, down(order[:9]))
	w.wait(time.Minute)
	w.talk(c, down(order[9:11]), down(order[11:len(order)-2]), down("\r\n:anna!~anna@h JOIN #after\r\n"))
	w.talk(c, down("the rest of "), down(order), down(":anna!~anna@h JOIN #behind\r\n"))
	if l := w.last(); l.sum.orders != "" || !strings.Contains(l.sum.channels, "#after") || !strings.Contains(l.sum.channels, "#behind") {
		t.Errorf("%+v", l.sum)
	}
	c.lost("one that begins ")
	w.talk(c, down("and goes on "))
	w.wait(time.Minute)
	w.talk(c, down(order))
	if l := w.last(); l.sum.orders != "" || w.f.Stats().Gaps != 2 {
		t.Errorf("%+v", l.sum)
	}
}

// A gap with more behind it than the window holds is not waited for.
func TestGapBeforeAFullWindow(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	c.lost(chit)
	w.talk(c, down(chit+order+strings.Repeat(chit, 50)), down(":anna!~anna@h JOIN #after\r\n"))
	if l := w.last(); l.sum.orders != "download" || !strings.Contains(l.sum.channels, "#after") || w.f.Stats().Gaps != 1 {
		t.Errorf("%+v, %+v", l.sum, w.f.Stats())
	}
}

// More is lost than the window holds: two segments in a row say where the stream is now;
// one alone may be forged, and is not believed until time is up.
func TestGapBeyondTheWindow(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	c.lost(strings.Repeat("x", 40_000))
	w.talk(c, down(chit), down("rest of a line\r\n"+order))
	if l := w.last(); l.sum.orders != "download" || w.f.Stats().Gaps != 1 || w.f.Stats().Beyond != uint64(len(chit)) {
		t.Errorf("%+v, %+v", l.sum, w.f.Stats())
	}

	w = newWire(t)
	c = gardener(w)
	w.see(c.at(server, int(c.said[server])+90_000, packet.ACK, chit))
	w.see(c.at(server, int(c.said[server])+reach+90_000, packet.ACK, chit))
	w.talk(c, down(order))
	w.wait(time.Minute)
	w.talk(c, down(":anna!~anna@h JOIN #after\r\n"))
	if l := w.last(); l.sum.orders != "download" || !strings.Contains(l.sum.channels, "#after") || w.f.Stats().Gaps != 0 {
		t.Errorf("forged: %+v, %+v", l.sum, w.f.Stats())
	}

	w = newWire(t)
	c = gardener(w)
	c.lost(strings.Repeat("x", 40_000))
	w.talk(c, down(chit))
	w.wait(time.Minute)
	w.talk(c, down("\r\n"+order))
	if l := w.last(); l.sum.orders != "download" || w.f.Stats().Gaps != 1 {
		t.Errorf("after a while: %+v, %+v", l.sum, w.f.Stats())
	}
}

// A gap that ends within a line which is too long for the session does not swallow the
// lines behind it.
func TestGapInALineWithoutEnd(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	w.talk(c, down(strings.Repeat("y", 3000)))
	c.lost("the end of it\r\n")
	w.talk(c, down("rest of another\n"+order))
	w.wait(time.Minute)
	if l := w.last(); l.sum.orders != "download" {
		t.Errorf("%+v", l.sum)
	}
}

// Of a capture that holds only the start of each frame, the gaps are there at once.
func TestCutCapture(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	s := c.says(server, order+chit)
	s.data = s.data[:len(order)+9]
	s.ev.Held = uint16(len(s.data))
	w.see(s)
	headers := c.says(server, chit)
	headers.data, headers.ev.Held = nil, 0
	w.see(headers)
	w.talk(c, down(":anna!~anna@h JOIN #garden\r\n"), down(":anna!~anna@h JOIN #after\r\n"))
	if l := w.last(); l.sum.orders != "download" || !strings.Contains(l.sum.channels, "#after") || w.f.Stats().Gaps != 2 {
		t.Errorf("%+v, %+v", l.sum, w.f.Stats())
	}
}

// The start of a connection that was lost is made up for by its lines.
func TestStartThatWasLost(t *testing.T) {
	for name, lost := range map[string]int{"a little": 100, "more than the window": 5000} {
		w := newWire(t)
		c := dial("10.0.0.1", botServer, 1049, 6667)
		w.open(c)
		c.lost(strings.Repeat("x", lost))
		w.talk(c, bot()[4], bot()[6], bot()[8])
		w.wait(time.Minute)
		if l := w.last(); l.sum.facts&irc.Middle == 0 || l.sum.orders != "advscan download" || w.f.Stats().Gaps == 0 {
			t.Errorf("%s: %+v, %+v", name, l.sum, w.f.Stats())
		}
	}
}

// Where copies of an octet disagree the first counts, as it does for most receivers.
func TestDisagreement(t *testing.T) {
	w := newWire(t)
	c := gardener(w)
	at, lie := int(c.said[server]), strings.Replace(order, ".download", ":xownload", 1)
	w.see(c.at(server, at+40, packet.ACK, order[40:]))
	w.see(c.at(server, at+30, packet.ACK, lie[30:]))
	w.see(c.at(server, at+10, packet.ACK, lie[10:30]))
	w.see(c.at(server, at, packet.ACK, order))
	if n := w.f.Stats().Disagreed; n != 2 {
		t.Fatalf("%d octets disagreed, want 2", n)
	}
	c.said[server] += uint32(len(order))
	w.talk(c, down(":anna!~anna@h JOIN #after\r\n"))
	if l := w.last(); l.sum.orders != "" || l.sum.facts&irc.Ordered != 0 || !strings.Contains(l.sum.channels, "#after") {
		t.Errorf("the second copy counted: %+v", l.sum)
	}
}
