package c2

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestWhoIsJudged(t *testing.T) {
	inside := func(c *Config, _ *Site) { c.Inside = true }
	bot := func(c *chat) { c.registers("DEU|XP|483920", lot, "DEU|XP|483920") }
	person := func(c *chat) { c.registers("alice", "al", "Alice").says("JOIN #tea\r\n") }
	for name, c := range map[string]struct {
		from, to packet.Addr
		tune     func(*Config, *Site)
		does     func(*chat)
		told     bool
	}{
		"home to outside":                {client, herder, nil, bot, true},
		"outside to home":                {herder, client, nil, bot, false},
		"outside to outside":             {herder, addr("192.0.2.9"), nil, bot, false},
		"a bot inside":                   {client, host10(9), nil, bot, false},
		"a bot inside, which is judged":  {client, host10(9), inside, bot, true},
		"a person inside, who is judged": {client, host10(9), inside, person, false},
		"IPv6":                           {addr("fd00::1"), addr("2001:db8::7"), nil, bot, true},
	} {
		t.Run(name, func(t *testing.T) {
			var tune []func(*Config, *Site)
			if c.tune != nil {
				tune = append(tune, c.tune)
			}
			r := newRoom(t, tune...)
			c.does(r.connectTo(c.from, c.to, 4915, unknown))
			r.wait(time.Hour)
			if told := len(r.findings) > 0; told != c.told {
				t.Errorf("told: %q", r.summary())
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	entry := allow.Entry{
		Source: netip.MustParsePrefix("10.1.2.0/24"), Target: netip.MustParsePrefix("198.51.100.7/32"),
		Kinds: []string{"irc.c2"}, Until: start.Add(48 * time.Hour).UTC(),
	}
	list := allow.New([]allow.Entry{entry})
	r := newRoom(t, func(_ *Config, s *Site) { s.Allow = list })
	for range 3 {
		r.connect(4915, unknown).registers("DEU|XP|483920", lot, "DEU|XP|483920").says("JOIN #x key9\r\n").hears(topicScan)
	}
	r.wait(time.Hour)
	r.silent()
	if hits := list.Hits()[0]; hits != 3 || r.judge.Stats().Allowed != 3 {
		t.Errorf("%d hits in three sessions, %+v", hits, r.judge.Stats())
	}
	if _, ok := r.judge.Talking(client, 0); ok {
		t.Error("a session that is allowed is evidence")
	}
	r.connectTo(client, addr("198.51.100.8"), 4915, unknown).registers("DEU|XP|483920", lot, "DEU|XP|483920")
	r.only(alert.Create, alert.High)
	if f := r.findings[0]; f.IRC.Hosts != 1 || weightOf(&f, partCompany) != 0 {
		t.Errorf("what is allowed is company: %+v", f.IRC)
	}
	r.wait(47 * time.Hour)
	r.connect(4915, unknown).registers("DEU|XP|483920", lot, "DEU|XP|483920").hears(topicScan)
	r.last(alert.Update, alert.High)
}

// TestScansThatAreAllowedAreNoIRC: an entry of another kind does not cover it.
func TestScansThatAreAllowedAreNoIRC(t *testing.T) {
	r := newRoom(t, allowing(allow.Entry{Source: netip.MustParsePrefix("10.0.0.0/8"), Kinds: []string{"scan.fast"}}))
	r.connect(4915, unknown).registers("alice", "al", "Alice")
	r.only(alert.Create, alert.Low)
}

// TestTLS: of a server that is new it is told that nothing more is known; it is never a bot,
// whatever comes together.
func TestTLS(t *testing.T) {
	r := newRoom(t, func(c *Config, _ *Site) { c.Bot = 1 })
	for i := range 12 {
		r.connectTo(host10(i), herder, 6697, Known{Novel: true, Listed: "abuse"}).tls()
	}
	for i := range 12 {
		f := r.of(i)
		if !f.IRC.TLS || f.IRC.Bot || f.Severity != alert.Low || f.Confidence > 20 || f.IRC.Score < f.IRC.Threshold {
			t.Errorf("%+v", f)
		}
		if want := "company listed novel"; weightOf(f, partCompany) == 0 || weightOf(f, partListed) == 0 || f.IRC.Hosts != 12 {
			t.Errorf("%d hosts, parts %v, want %s", f.IRC.Hosts, partNamesOf(f), want)
		}
	}
	if len(r.findings) != 13 {
		t.Errorf("want twelve episodes, the first told again at ten hosts, got %q", r.summary())
	}
	want := "10.0.0.0 speaks TLS with 198.51.100.7:6697, a port of IRC; a blocklist names the server, and nothing of what is said there is known"
	if r.findings[0].Message != want {
		t.Errorf("%s, want\n%s", r.findings[0].Message, want)
	}
	r = newRoom(t)
	r.connect(6697, known).tls()
	r.connect(443, unknown).tls()
	r.silent()
}

func TestNovelty(t *testing.T) {
	for name, c := range map[string]struct {
		known Known
		told  bool
		parts float64
	}{
		"never seen":           {Known{Novel: true}, true, 2},
		"first seen just now":  {Known{First: start}, true, 2},
		"first seen yesterday": {Known{First: start.Add(-24 * time.Hour)}, false, 0},
		"learning":             {Known{Learning: true, First: start.Add(-24 * time.Hour)}, true, 1},
		"known":                {known, false, 0},
		"nothing is known":     {Known{}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.connect(6667, c.known).registers("alice", "al", "Alice")
			if told := len(r.findings) == 1; told != c.told || told && weightOf(&r.findings[0], partNovel) != c.parts {
				t.Errorf("%q", r.summary())
			}
		})
	}
}

// TestServerStaysNewForItsSession: that it was entered somewhere makes it no older.
func TestServerStaysNewForItsSession(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown).introduces("alice", "al", "Alice")
	c.known = known
	c.welcomed("alice")
	r.only(alert.Create, alert.Low)
}

// TestConfidence: less where it rests on the server being new while all are.
func TestConfidence(t *testing.T) {
	of := func(k Known, nick, after string) int {
		r := newRoom(t)
		r.connect(4915, k).says("PASS x\r\n").registers(nick, lot, nick).hears(after)
		return r.judge.Open()[0].Confidence
	}
	learning := Known{Learning: true}
	for name, c := range map[string]struct{ low, high, got int }{
		"a person":                    {10, 45, of(unknown, "alice", "")},
		"a shape and what goes along": {75, 94, of(unknown, "DEU|XP|483920", "")},
		"the same while learning":     {75, 94, of(learning, "DEU|XP|483920", "")},
		"by novelty while learning":   {65, 74, of(learning, "damn-0262937047", "")},
		"orders":                      {95, 100, of(unknown, "alice", topicScan)},
		"orders while learning":       {95, 100, of(learning, "alice", topicScan)},
	} {
		if c.got < c.low || c.got > c.high {
			t.Errorf("%s: %d, want %d to %d", name, c.got, c.low, c.high)
		}
	}
}

// TestListed: the evidence names the lists as they are known where findings are made.
func TestListed(t *testing.T) {
	at := alert.Listing{List: "abuse", Entry: "198.51.100.0/24"}
	for name, c := range map[string]struct {
		lists func(packet.Addr) []alert.Listing
		want  alert.Listing
	}{
		"with entries": {func(packet.Addr) []alert.Listing { return []alert.Listing{at} }, at},
		"gone since":   {func(packet.Addr) []alert.Listing { return nil }, alert.Listing{List: "abuse"}},
		"not asked":    {nil, alert.Listing{List: "abuse"}},
	} {
		r := newRoom(t, func(_ *Config, s *Site) { s.Listed = c.lists })
		r.connect(6667, Known{Listed: "abuse"}).registers("alice", "al", "Alice")
		if f := r.only(alert.Create, alert.Low); len(f.IRC.Listed) != 1 || f.IRC.Listed[0] != c.want {
			t.Errorf("%s: %+v", name, f.IRC.Listed)
		}
	}
}
