package stream

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

var oneOfMany = *dial("10.0.0.0", "198.51.100.0", 1, 6667)

// halfOpen lets the n-th of many connections say one octet.
func (w *wire) halfOpen(n int, octet string) {
	c := oneOfMany
	c.ports[client] = uint16(n)
	binary.BigEndian.PutUint16(c.ends[client][14:], uint16(n>>8))
	binary.BigEndian.PutUint16(c.ends[server][14:], uint16(n))
	c.isn[client] = uint32(n)
	w.see(c.at(client, 0, packet.SYN, ""))
	w.see(c.at(client, 0, packet.ACK, octet))
}

// A million half-open connections, each with one octet that could be of IRC, take no more
// memory than there is, and displace nobody who was recognised.
func TestFlood(t *testing.T) {
	w := newWire(t)
	var sessions []*conn
	for i := range 20 {
		c := dial(fmt.Sprintf("10.1.0.%d", i), botServer, 1049, 6667)
		w.open(c)
		turns := person()
		if i%2 == 0 {
			turns = bot()
		}
		w.talk(c, turns...)
		sessions = append(sessions, c)
	}
	told := len(w.all)
	const many = 1_000_000
	for n := range many {
		w.halfOpen(n, "N")
	}
	s := w.f.Stats()
	if len(w.all) != told || s.RecognisedLost != 0 || s.Recognised != len(sessions) || s.UndecidedLost < many-64 {
		t.Fatalf("%d told since, %+v", len(w.all)-told, s)
	}
	check(t, w)
	for i, c := range sessions {
		w.talk(c, down(":irc.example.net NOTICE x :still here\r\n:anna!y@z JOIN #after\r\n"))
		if l := w.last(); l.Client != c.ends[client] || !strings.Contains(l.sum.channels, "#after") {
			t.Errorf("session %d is not followed any more: %+v", i, l)
		}
	}
}

// Where recognised sessions are more than there is room for, those with orders stay, and
// of the others the one goes that has been silent for longest. Newcomers always have room.
func TestDisplaced(t *testing.T) {
	w := newWire(t)
	room := w.f.slab.most
	ends := func() (ids []uint64) {
		for i := range w.all {
			if w.all[i].End {
				ids = append(ids, w.all[i].ID)
			}
		}
		return ids
	}
	var conns []*conn
	for i := range room {
		c := dial(fmt.Sprintf("10.1.0.%d", i), botServer, 1049, 6667)
		w.open(c)
		turns := person()
		if i == 0 {
			turns = bot()
		}
		w.talk(c, turns...)
		conns = append(conns, c)
	}
	w.talk(conns[1], up("PRIVMSG #garden :I am not idle\r\n"))
	for i := range 3 {
		c := dial(fmt.Sprintf("10.2.0.%d", i), botServer, 1049, 6667)
		w.open(c)
		w.talk(c, person()...)
		if l := w.last(); l.End || l.Client != c.ends[client] {
			t.Fatalf("the newcomer is not followed: %+v", l)
		}
	}
	// The first has orders, the second was heard of lately.
	if got := fmt.Sprint(ends()); got != "[3 4 5]" || w.f.Stats().RecognisedLost != 3 {
		t.Errorf("%s went", got)
	}
	for n := range 200 {
		w.halfOpen(n, "NICK x\r\n")
	}
	if s := w.f.Stats(); len(ends()) != 3 || s.Recognised != room || s.UndecidedLost == 0 {
		t.Errorf("%+v", s)
	}
	check(t, w)
}

// What a Talk leads to is what it was until the next call, also if the conversation had
// to make room in the same call.
func TestTalkOutlivesItsConversation(t *testing.T) {
	w := newWire(t)
	var out []Talk
	for i := range 40 {
		c := dial(fmt.Sprintf("10.1.0.%d", i), botServer, 1049, 6667)
		w.open(c)
		w.talk(c, bot()[1])
	}
	// All end by silence, and the same call takes a slot for another one.
	c := dial("10.9.0.1", botServer, 1, 6667)
	s := c.says(client, "NICK newcomer\r\nUSER n 0 * :n\r\n")
	s.ev.Time = w.now.Add(72 * time.Hour)
	out = w.f.Observe(&s.ev, s.data, out)
	if len(out) < 40 {
		t.Fatalf("%d told", len(out))
	}
	for i := range out[:40] {
		if got := out[i].IRC.Nick(); !out[i].End || got != "DEU|483920" {
			t.Fatalf("the %d. that ended is called %q", i, got)
		}
	}
}

// Connections that were let go make room for those that are at their start.
func TestOpeningsBesideManyLetGo(t *testing.T) {
	w := newWire(t)
	for n := range 5000 {
		w.halfOpen(n, "G")
		if n%10 == 0 {
			w.see(dial("10.9.0.1", botServer, uint16(n), 6667).at(client, 0, packet.SYN, ""))
		}
	}
	// 500 in 128 sets of 8: by chance a set in fifty has more to hold.
	if s := w.f.Stats(); s.LetGo.HTTP != 5000 || s.OpeningsLost > 40 || s.Openings < 460 {
		t.Errorf("%+v", s)
	}
	check(t, w)
}

// Many connections at their start displace each other, those that were answered last.
func TestOpeningsFull(t *testing.T) {
	w := newWire(t)
	answered := dial("10.9.0.1", botServer, 1, 6667)
	w.open(answered)
	for n := range 20_000 {
		c := dial("10.0.0.0", "198.51.100.0", uint16(n), 445)
		binary.BigEndian.PutUint16(c.ends[server][14:], uint16(n))
		w.see(c.at(client, 0, packet.SYN, ""))
	}
	if s := w.f.Stats(); s.Openings != 1024 || s.OpeningsLost != 20_001-1024 {
		t.Errorf("%+v", s)
	}
	w.talk(answered, person()...)
	if l := w.last(); l.sum.facts&(irc.Middle|irc.Registered) != irc.Registered {
		t.Errorf("%+v", l.sum)
	}
	check(t, w)
}
