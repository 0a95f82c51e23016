package c2

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestFlood: a hundred thousand hosts that register with as many servers, and many with
// one, stay within the tables; what had to go is counted, and a bot outlasts people.
func TestFlood(t *testing.T) {
	for name, flood := range map[string]struct {
		hosts  int
		server func(i int) packet.Addr
	}{
		"as many servers": {100_000, func(i int) packet.Addr { return packet.AddrFrom4([]byte{192, byte(i >> 16), byte(i >> 8), byte(i)}) }},
		"one server":      {20_000, func(int) packet.Addr { return herder }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			var out []alert.Finding
			bot := r.connectTo(client, addr("203.0.113.1"), 4915, unknown).registers("DEU|XP|483920", lot, "DEU|XP|483920")
			for i := range flood.hosts {
				c := r.connectTo(packet.AddrFrom4([]byte{10, byte(1 + i>>16), byte(i >> 8), byte(i)}), flood.server(i), 6667, unknown)
				c.irc.Feed(r.now, false, []byte("NICK alice\r\nUSER a 0 0 :a\r\nJOIN #a,#b\r\n"))
				c.irc.Feed(r.now, true, []byte(":s 001 alice :hi\r\n"))
				r.now = r.now.Add(time.Millisecond)
				c.talk.Time, c.talk.IRC = r.now, &c.irc
				out = r.judge.Observe(&c.talk, unknown, out[:0])
			}
			s := r.judge.Stats()
			if s.Open != 1024 || s.Episodes != 256 || r.judge.places.Used() > 1024 {
				t.Errorf("%+v, %d places", s, r.judge.places.Used())
			}
			if s.SessionsLost == 0 || s.EpisodesLost == 0 || s.PlacesLost+s.MembersLost == 0 || s.Sessions != uint64(flood.hosts)+1 {
				t.Errorf("what was lost is not counted: %+v", s)
			}
			if _, ok := r.judge.Talking(client, 0); !ok {
				t.Error("the bot was displaced by people")
			}
			before := len(r.findings)
			if bot.says("JOIN #x\r\n").hears(topicScan); len(r.findings) != before+1 {
				t.Errorf("%q", r.summary())
			}
		})
	}
}

// TestNothingNewAllocatesNothing: a talk that changes nothing, and time that passes.
func TestNothingNewAllocatesNothing(t *testing.T) {
	for name, c := range map[string]*chat{
		"a bot":               newRoom(t).connect(4915, unknown).registers("DEU|XP|483920", lot, "x").says("JOIN #x key\r\n").hears(topicScan),
		"a person":            newRoom(t).connect(6667, unknown).registers("alice", "al", "x").says("JOIN #x key\r\n"),
		"on a known server":   newRoom(t).connect(6667, known).registers("alice", "al", "x").says("JOIN #x key\r\n"),
		"on a listed server":  newRoom(t).connect(6667, Known{Listed: "abuse"}).registers("alice", "al", "x"),
		"of which no more is": newRoom(t).connect(6697, unknown).tls(),
	} {
		out := make([]alert.Finding, 0, 8)
		c.wait(time.Minute)
		if n := testing.AllocsPerRun(100, func() {
			c.now = c.now.Add(time.Millisecond)
			c.talk.Time = c.now
			out = c.judge.Observe(&c.talk, c.known, out[:0])
			out = c.judge.Advance(c.now, out)
		}); n != 0 || len(out) != 0 {
			t.Errorf("%s: %g allocations, %d findings", name, n, len(out))
		}
	}
}

// tiny makes the tables far too small.
func tiny(c *Config, _ *Site) { c.Tables = Tables{16, 16, 16} }

// check holds that so many sessions wait in the queue, in order.
func (q *queue) check(t *rapid.T, waiting int) {
	n, due := 0, packet.Time(0)
	for s := q.first(); s != nil && n <= waiting; n++ {
		if !s.link.in || s.due < due {
			t.Fatalf("session %d waits %v until %d, behind one until %d", s.id, s.link.in, s.due, due)
		}
		due = s.due
		if s.link.behind == end {
			s = nil
		} else {
			s = q.at(s.link.behind)
		}
	}
	if n != waiting || n != q.n {
		t.Fatalf("%d wait, %d are linked, %d are counted", waiting, n, q.n)
	}
}

// check holds what has to hold between the tables.
func (j *Judge) check(t *rapid.T) {
	waiting := map[bool]int{}
	for slot := range j.sessions.Cap() {
		if _, s := j.sessions.At(slot); s != nil {
			if int(s.slot) != slot {
				t.Fatalf("session %d is in slot %d, and says %d", s.id, slot, s.slot)
			}
			if s.link.in {
				waiting[s.hasty]++
			}
		}
	}
	j.hasty.check(t, waiting[true])
	j.waiting.check(t, waiting[false])
	j.episodes.Each(func(h *host, e *evidence) {
		open := 0
		for slot := range j.sessions.Cap() {
			if _, s := j.sessions.At(slot); s != nil && s.host == *h && s.episode == e.Created {
				open++
			}
		}
		if open != e.open {
			t.Fatalf("%d sessions of %s are open, %d are counted", open, h.addr, e.open)
		}
	})
}

// TestTablesAgree after whatever comes, in tables that are far too small.
func TestTablesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRoom(t, tiny)
		var chats []*chat
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2:
				i, port := rapid.IntRange(0, 40).Draw(t, "host"), rapid.SampledFrom([]uint16{6667, 4915}).Draw(t, "port")
				chats = append(chats, r.connectTo(host10(i), herder, port, rapid.SampledFrom([]Known{unknown, known}).Draw(t, "known")))
			case 3:
				r.wait(time.Duration(rapid.IntRange(0, 30*3600).Draw(t, "seconds")) * time.Second)
			default:
				if len(chats) == 0 {
					continue
				}
				i := rapid.IntRange(0, len(chats)-1).Draw(t, "chat")
				c := chats[i]
				switch rapid.IntRange(0, 4).Draw(t, "does") {
				case 0:
					c.introduces(rapid.SampledFrom([]string{"alice", "DEU|XP|483920", "USA|XP|102938"}).Draw(t, "nick"), "u", "r")
				case 1:
					c.welcomed("alice")
				case 2:
					c.says("JOIN #x key\r\n")
				case 3:
					c.hears(topicScan)
				case 4:
					c.ends()
					chats = append(chats[:i], chats[i+1:]...)
				}
			}
			r.judge.check(t)
		}
	})
}

// FuzzSession: whatever is said, findings can be written (found checks it), the score is
// the sum of its parts, and the tables agree.
func FuzzSession(f *testing.F) {
	f.Add("NICK alice\r\nUSER a 0 0 :a\r\n", ":s 001 alice :hi\r\n", "", uint16(6667))
	f.Add("NICK DEU|XP|483920\r\nUSER x 0 0 :DEU|XP|483920\r\nJOIN #x k\r\n", topicScan, "NICK DEU|XP|102938\r\n", uint16(4915))
	f.Add("NICK \x1b[2Jx\r\nUSER \x1b]0;y\x07 0 0 :\x9b\xff\u202e\r\n", ":\x1b[31m 001 \x1b[2Jx :\x00\r\n", "JOIN #\x1b[2J \x07\r\n", uint16(80))
	f.Add("PASS x\nNICK "+strings.Repeat("A|9-", 60)+"\nUSER\n", "ERROR :no\r\n", "USER a\n", uint16(0))
	f.Fuzz(func(t *testing.T, up, down, more string, port uint16) {
		r := newRoom(t, tiny)
		c := r.connect(port, unknown)
		for i, text := range []string{up, down, more} {
			_, changed := c.irc.Feed(r.now, i == 1, []byte(text))
			if changed && c.irc.Verdict() == irc.IRC {
				c.observe()
			}
		}
		r.wait(time.Minute)
		c.ends()
		r.wait(48 * time.Hour)
		for i := range r.findings {
			sum := 0.0
			for _, p := range r.findings[i].IRC.Parts {
				sum += p.Weight
			}
			if d := sum - r.findings[i].IRC.Score; d > 1e-9 || d < -1e-9 {
				t.Errorf("the parts come to %g: %+v", sum, r.findings[i].IRC)
			}
		}
		if n := len(r.findings); n > 0 && r.findings[n-1].Activity != alert.Close {
			t.Errorf("the episode is not closed: %q", r.summary())
		}
	})
}

// TestHostileNames reach the finding as they are, and the message in a sane length.
func TestHostileNames(t *testing.T) {
	nick := "\x1b[2J\x07" + strings.Repeat("é", 200)
	r := newRoom(t)
	r.connect(6667, unknown).introduces(nick, strings.Repeat("u", 400), strings.Repeat("r", 400)).
		hears(fmt.Sprintf(":%s 001 %s :hi\r\n", strings.Repeat("s", 300), "x"))
	r.wait(time.Minute)
	f := r.last(alert.Create, alert.Low)
	if len(f.Message) > 400 || len(f.Remedy) > 400 {
		t.Errorf("%d octets: %q", len(f.Message), f.Message)
	}
	r = newRoom(t)
	r.connect(6667, unknown).registers("\x1b[2Jx", "u", "r")
	if f := r.last(alert.Create, alert.Low); f.IRC.Nick != "\x1b[2Jx" || !strings.Contains(f.Message, "\x1b[2Jx") {
		t.Errorf("%q, %q", f.IRC.Nick, f.Message)
	}
}
