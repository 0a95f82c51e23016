package c2

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/irc"
)

const lot = "ghmfeirsfnw" // a user name drawn by lot

// cases are clients, and what they come to where nothing else is known.
var cases = []struct {
	name             string
	port             uint16
	known            Known
	nick, user, real string
	before, after    string // what the client says before it registers, and when it is welcomed
	hears            string // then
	bot              bool
	score            float64
	parts            string
}{
	// People. On the server that everybody knows they are nobody's business.
	{name: "alice on a known server", port: 6667, known: known, nick: "alice", user: "alice", real: "Alice L.", after: "JOIN #tea\r\n"},
	{
		name: "alice on a new server", port: 6667, known: unknown, nick: "alice", user: "alice", real: "Alice L.",
		score: 2, parts: "novel",
	},
	{
		name: "a guest on a web port", port: 8000, known: unknown, nick: "Guest12345", user: "kiwi", real: "[https://kiwiirc.com] hexchat",
		after: "JOIN #help\r\n", score: 5.5, parts: "nick_shape port novel",
	},
	{
		name: "a bouncer on an odd port, with a password and a secret channel", port: 31337, known: unknown,
		nick: "hans19840912", user: "hans", real: "hans19840912", before: "PASS hans/net:secret\r\n", after: "JOIN #staff hunter2\r\n",
		score: 9.5, parts: "nick_shape port novel keyed_channel password",
	},
	{
		name: "somebody whose friends say update and scan", port: 6667, known: unknown, nick: "marc123", user: "marc", real: "Marc",
		after: "JOIN #tea\r\n", hears: ":bob!b@c PRIVMSG #tea :please scan page 4 again\r\n:bob!b@c PRIVMSG #tea :.update\r\n",
		score: 2, parts: "novel",
	},
	{
		name: "a gamer's clan", port: 6667, known: unknown, nick: "[DE]Hans", user: "hans", real: "Hans",
		score: 3.5, parts: "nick_shape novel",
	},
	// Bots by their names: what two of port, novel and key make certain.
	{
		name: "country and system", port: 4915, known: unknown, nick: "DEU|XP|483920", user: lot, real: "DEU|XP|483920",
		bot: true, score: 12, parts: "nick_shape port novel",
	},
	{
		name: "the same while the sensor is learning", port: 4915, known: Known{Learning: true}, nick: "DEU|XP|483920", user: "x", real: "x",
		bot: true, score: 11, parts: "nick_shape port novel",
	},
	{
		name: "[USA]2K", port: 6667, known: unknown, nick: "[USA]2K-0291837", user: lot, real: "[USA]2K-0291837",
		bot: true, score: 10, parts: "nick_shape novel",
	},
	{
		name: "fields", port: 443, known: known, nick: "USA|00|XP|SP2|3847291", user: lot, real: "USA|00|XP|SP2|3847291", after: "JOIN #x key9\r\n",
		bot: true, score: 12, parts: "nick_shape port keyed_channel",
	},
	{
		name: "[XP]", port: 4915, known: unknown, nick: "[XP]-4839201", user: lot, real: "[XP]-4839201",
		bot: true, score: 12, parts: "nick_shape port novel",
	},
	{
		name: "SDbot", port: 4915, known: unknown, nick: "sdbot-1fk3", user: lot, real: "sdbot-1fk3",
		bot: true, score: 10, parts: "nick_shape port novel",
	},
	{
		name: "damn", port: 4915, known: unknown, nick: "damn-0262937047", user: lot, real: "damn-0262937047",
		bot: true, score: 10.5, parts: "nick_shape port novel",
	},
	{
		name: "damn on a usual port of a known server", port: 6667, known: known, nick: "damn-0262937047", user: lot, real: "damn-0262937047",
	},
	// Two names drawn by lot are not enough by themselves: people have odd names, too. With
	// a real name that repeats the nick, on an odd port of a new server with a keyed channel,
	// all that programs do is there at once.
	{
		name: "names by lot", port: 4915, known: unknown, nick: "xlvkqz", user: lot, real: "xlvkqz", after: "JOIN #x key9\r\n",
		bot: true, score: 10.5, parts: "nick_shape port novel keyed_channel",
	},
	{
		name: "names by lot with a real name", port: 4915, known: unknown, nick: "xlvkqz", user: lot, real: "Xaver L.", after: "JOIN #x key9\r\n",
		score: 9.5, parts: "nick_shape port novel keyed_channel",
	},
	{
		name: "names by lot on a known server", port: 4915, known: known, nick: "xlvkqz", user: lot, real: "xlvkqz", after: "JOIN #x key9\r\n",
	},
	// Bots by what they are told and what they tell.
	{
		name: "orders to an ordinary name", port: 6667, known: unknown, nick: "alice", user: "alice", real: "Alice L.", after: "JOIN #x\r\n",
		hears: ":irc.example.net 332 alice #x :.advscan netapi 100 5 0 -r -b\r\n", bot: true, score: 11, parts: "orders novel",
	},
	{
		name: "orders on a known server behind a password", port: 6667, known: known, nick: "alice", user: "alice", real: "Alice L.", before: "PASS x\r\n",
		after: "JOIN #x\r\n", hears: ":irc.example.net 332 alice #x :.advscan netapi 100 5 0 -r -b\r\n", bot: true, score: 10, parts: "orders password",
	},
	{
		name: "orders alone", port: 6667, known: known, nick: "alice", user: "alice", real: "Alice L.", after: "JOIN #x\r\n",
		hears: ":irc.example.net 332 alice #x :.advscan netapi 100 5 0 -r -b\r\n",
	},
	{
		name: "reports", port: 6667, known: unknown, nick: "alice", user: "alice", real: "Alice L.",
		after: "JOIN #x\r\nPRIVMSG #x :[SCAN]: Random Port Scan started on 10.20.x.x:445\r\n", bot: true, score: 11, parts: "reports novel",
	},
	// A blocklist adds; by itself it has a person told of, even on a server that is known.
	{
		name: "a listed server", port: 6667, known: Known{First: known.First, Listed: "abuse"}, nick: "alice", user: "alice", real: "Alice L.",
		score: 4, parts: "listed",
	},
}

func TestPeopleAndBots(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			chat := r.connect(c.port, c.known)
			if c.before != "" {
				chat.says(c.before)
			}
			chat.registers(c.nick, c.user, c.real)
			for _, text := range []string{c.after, c.hears} {
				chat.feed(text == c.hears, text)
			}
			if c.parts == "" {
				r.silent()
				return
			}
			f := &r.judge.Open()[0]
			severity := map[bool]alert.Severity{true: alert.High, false: alert.Low}[c.bot]
			if f.Severity != severity || f.IRC.Bot != c.bot || f.IRC.Score != c.score {
				t.Errorf("severity %d, bot %v, score %g: %+v", f.Severity, f.IRC.Bot, f.IRC.Score, f.IRC.Parts)
			}
			if got := strings.Join(partNamesOf(f), " "); got != c.parts {
				t.Errorf("parts %s, want %s", got, c.parts)
			}
			sum := 0.0
			for _, p := range f.IRC.Parts {
				if sum += p.Weight; p.Why == "" || p.Weight <= 0 {
					t.Errorf("part %+v", p)
				}
			}
			if sum != f.IRC.Score {
				t.Errorf("the parts come to %g, the score is %g", sum, f.IRC.Score)
			}
		})
	}
}

// TestNoWeakPartMakesABot: ordinary people show all that is not telling in itself, and
// stay below; whatever was said to them is needed besides.
func TestNoWeakPartMakesABot(t *testing.T) {
	w := DefaultConfig().Weights
	points := func(nick string) float64 { return w.NickShape * shapeOf(nick, nick, nick).points() / shapeMost }
	weak := w.Port + w.Novel + w.Keyed + w.Password
	for _, nick := range ordinary {
		if sum := points(nick) + weak; sum >= DefaultConfig().Bot {
			t.Errorf("%s: %g", nick, sum)
		}
	}
	for name, x := range map[string]float64{
		"orders": w.Orders, "reports": w.Reports, "nick_shape": w.NickShape, "company_alike": w.CompanyAlike, "listed": w.Listed,
	} {
		if x >= DefaultConfig().Bot {
			t.Errorf("%s alone makes a bot", name)
		}
	}
	if w.Unanswered+weak >= DefaultConfig().Bot {
		t.Error("a dead server makes a bot of anybody")
	}
}

// TestCircumstancesMakeNoBot: a person may meet all of them at once.
func TestCircumstancesMakeNoBot(t *testing.T) {
	r := newRoom(t, func(c *Config, _ *Site) { c.Bot = 9 })
	k := unknown
	k.Listed = "abuse"
	for i, nick := range []string{"joris", "martha"} {
		c := r.connectTo(addr(fmt.Sprintf("10.1.2.%d", i)), addr("198.51.100.7"), 4915, k)
		c.says("PASS x\r\n").registers(nick, nick, nick+" L.").says("JOIN #garden roses\r\n").hears(":" + nick + "!x@y JOIN #garden\r\n")
	}
	for _, f := range r.findings {
		if f.IRC.Bot || f.Severity != alert.Low {
			t.Errorf("%s", f.Message)
		}
	}
	if f := r.findings[len(r.findings)-1]; f.IRC.Score < 9 {
		t.Errorf("score %g: what is tested does not come about", f.IRC.Score)
	}
}

// TestMessage is what is read at 3 a.m.
func TestMessage(t *testing.T) {
	r := newRoom(t)
	c := r.connect(4915, unknown).says("PASS x\r\n").registers("DEU|XP|483920", lot, "DEU|XP|483920")
	f := r.only(alert.Create, alert.High)
	want := "10.1.2.3 is a bot on the IRC server 198.51.100.7:4915 (irc.example.net) as DEU|XP|483920; its nick is made up as bots do it, " +
		"the port is off the usual, the server is new here, it gave a password (score 13.0, a bot from 10)"
	if f.Message != want {
		t.Errorf("message:\n%s, want\n%s", f.Message, want)
	}
	c.says("JOIN #x key9\r\n").hears(":irc.example.net 332 DEU|XP|483920 #x :.advscan netapi 100 5 0 -b\r\n")
	f = r.last(alert.Update, alert.High)
	for _, part := range []string{"10.1.2.3", "198.51.100.7:4915 (irc.example.net)", "DEU|XP|483920 in #x", "orders advscan"} {
		if !strings.Contains(f.Message, part) {
			t.Errorf("%s is not in %q", part, f.Message)
		}
	}
	for _, part := range []string{"Block 198.51.100.7:4915", "Isolate 10.1.2.3 (02:00:00:00:00:01)"} {
		if !strings.Contains(f.Remedy, part) {
			t.Errorf("%s is not in %q", part, f.Remedy)
		}
	}
	if f.Confidence < 95 || !slices.Equal(f.Techniques, []string{"T1071", "T1571"}) || f.IRC.Interface != "span0" || f.IRC.VLAN != 12 {
		t.Errorf("%+v", f)
	}
}

// script is a session whose client and server may be cut and ordered as they like.
type script struct{ nick, user, join, topic string }

// verdict runs a script with its registration in some order and its segments cut at the
// places drawn, and returns how it ends.
func (s *script) verdict(t *rapid.T) string {
	r := newRoom(t)
	c := r.connect(4915, unknown)
	lines := []string{"NICK " + s.nick + "\r\n", "USER " + s.user + " 0 0 :" + s.nick + "\r\n", "PASS x\r\n"}
	up := strings.Join(rapid.Permutation(lines).Draw(t, "order"), "") + s.join
	down := ":irc.example.net 001 " + s.nick + " :Welcome\r\n" + s.topic
	var rest [2]string
	for side := 0; up != "" || down != ""; side = rapid.IntRange(0, 1).Draw(t, "side") {
		text := []*string{&up, &down}[side]
		n := rapid.IntRange(0, len(*text)).Draw(t, "cut")
		rest[side] += (*text)[:n]
		*text = (*text)[n:]
		r.now = r.now.Add(time.Millisecond)
		used, changed := c.irc.Feed(r.now, side == 1, []byte(rest[side]))
		rest[side] = rest[side][used:]
		if changed && c.irc.Verdict() == irc.IRC {
			c.observe()
		}
	}
	r.wait(time.Minute)
	f := r.judge.Open()[0]
	return fmt.Sprintf("%d %v %g %v %v %s %v", f.Severity, f.IRC.Bot, f.IRC.Score, partNamesOf(&f), f.IRC.Orders, f.IRC.Nick, f.IRC.Keyed)
}

// TestVerdictDoesNotDependOnSegments: neither does it on which of NICK, USER and PASS
// comes first, nor on how the two sides interleave.
func TestVerdictDoesNotDependOnSegments(t *testing.T) {
	for want, s := range map[string]*script{
		"4 true 24 [orders nick_shape port novel keyed_channel password] [advscan] DEU|XP|483920 [#x]": {
			"DEU|XP|483920", lot, "JOIN #x key9\r\n", ":irc.example.net 332 DEU|XP|483920 #x :.advscan netapi 100 5 0 -b\r\n",
		},
		"2 false 5 [port novel password] [] alice []": {"alice", "al", "JOIN #tea\r\n", ":irc.example.net 332 alice #tea :tea\r\n"},
	} {
		t.Run(s.nick, rapid.MakeCheck(func(t *rapid.T) {
			if got := s.verdict(t); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}))
	}
}

func TestShapeIsWhatTheNickOfMostWas(t *testing.T) {
	r := newRoom(t)
	c := r.connect(4915, unknown).registers("DEU|XP|483920", "x", "x")
	c.says("NICK alice\r\n").hears(":DEU|XP|483920!x@y NICK :alice\r\n")
	f := r.judge.Open()[0]
	if f.IRC.Nick != "alice" || !f.IRC.Bot || f.IRC.Score != 12 || !strings.Contains(f.IRC.Parts[0].Why, "DEU|XP|483920") {
		t.Errorf("nick %s, score %g: %+v", f.IRC.Nick, f.IRC.Score, f.IRC.Parts)
	}
}
