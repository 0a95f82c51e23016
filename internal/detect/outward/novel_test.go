package outward

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestPortThatNobodyUsed(t *testing.T) {
	l := newLab(t)
	l.connect(worm, server, 4915)
	want := incident.Evidence{
		Time: l.now, Host: worm, Kind: incident.Novel, Event: "novel", Peer: server, Port: 4915,
		Message: "10.0.0.5 connected to 203.0.113.9:4915: TCP port 4915, which no home host was ever seen to use outward before",
	}
	if got := l.told(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v", got)
	}
	l.wait(10 * time.Minute)
	l.connect(worm, outside(1), 4915)
	l.says() // told within the hour
	l.connect(inside(6), server, 4915)
	l.says("10.0.0.6 connected to 203.0.113.9:4915: TCP port 4915, which no home host was seen to use outward before 2026-09-21 14:14 UTC")
	l.wait(day)
	l.connect(inside(7), server, 4915)
	l.says() // it is not new any more
	l.connect(inside(7), outside(2), 4915)
	l.says() // hosts visit new servers every day
	l.wait(61 * day)
	l.connect(inside(7), server, 4915)
	l.says("10.0.0.7 connected to 203.0.113.9:4915: TCP port 4915, which no home host was ever seen to use outward before")
}

func TestNothingIsNewWhileLearning(t *testing.T) {
	l := newLab(t, alerting, func(c *novelty.Config, _ *Site, _ *flow.Config) { c.Learning = 2 * time.Hour })
	l.connect(worm, server, 80)
	l.try(worm, server, 0, 445)
	if sight, _ := l.talk(worm, server, 6667); !sight.Learning || !sight.New {
		t.Errorf("%+v", sight)
	}
	for range 121 {
		l.wait(time.Minute)
		l.connect(worm, server, 80)
	}
	l.connect(inside(6), server, 80) // known since it learned
	l.says()
	if fs, lines := l.take(); len(fs) > 0 {
		t.Errorf("%q", lines)
	}
	l.connect(worm, server, 81)
	if got := l.told(); len(got) != 1 || got[0].Port != 81 {
		t.Errorf("%+v", got)
	}
}

// An answer that nobody asked for neither accuses a host nor makes a port known.
func TestUnaskedAnswers(t *testing.T) {
	l := newLab(t)
	l.answer(worm, server, 4915)
	l.syn(worm, server, 4916)
	l.answer(worm, server, 4915)
	l.answer(worm, outside(1), 4916)
	l.answer(inside(6), server, 4916)
	l.packet(server, worm, 4916, 40001, packet.SYN|packet.ACK)
	l.answer(outside(2), server, 4916)
	l.answer(worm, inside(6), 4916)
	l.says()
	if s, n := l.Stats(), l.store.Stats().Entries; s.Unasked != 5 || n != 0 {
		t.Errorf("%+v, %d entries", s, n)
	}
	l.wait(3 * time.Minute)
	l.answer(worm, server, 4916)
	if got := l.told(); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	l.syn(worm, server, 4917)
	l.wait(3*time.Minute + time.Second) // nobody waits for so long
	l.answer(worm, server, 4917)
	l.says()
}

func TestIPv6(t *testing.T) {
	l := newLab(t)
	home, far := addr("fd00::5"), addr("2001:db8::9")
	l.listing("2001:db8::/32")
	l.connect(home, far, 4915)
	l.says("fd00::5 tried [2001:db8::9]:4915, which the blocklist feed (2001:db8::/32) names",
		"fd00::5 connected to [2001:db8::9]:4915: TCP port 4915, which no home host was ever seen to use outward before")
}

// A host that talks with others on ports of their choice, as games do, is told of a few
// times an hour.
func TestPeerToPeerIsHeldBack(t *testing.T) {
	l := newLab(t)
	for i := range 200 {
		l.connect(worm, outside(i), uint16(20000+i))
		l.wait(10 * time.Second)
	}
	if n := len(l.told()); n != mostNovelty {
		t.Errorf("%d pieces of evidence", n)
	}
	if s := l.Stats(); s.Held != 200-mostNovelty {
		t.Errorf("%+v", s)
	}
}

func TestServer(t *testing.T) {
	l := newLab(t)
	l.listing("203.0.113.0/24")
	sight, listed := l.talk(worm, server, 4915)
	if !sight.New || sight.Last != 0 || sight.First != start || listed != "feed" {
		t.Errorf("%+v, %q", sight, listed)
	}
	l.wait(time.Hour)
	if sight, _ = l.talk(inside(6), server, 4915); !sight.New || sight.Last != start || sight.Count != 2 {
		t.Errorf("%+v", sight)
	}
	l.wait(day)
	if sight, listed = l.talk(worm, server, 4915); sight.New || listed != "feed" {
		t.Errorf("%+v, %q", sight, listed)
	}
	if sight, listed = l.talk(worm, outside(1), 6667); !sight.New || listed != "" {
		t.Errorf("%+v, %q", sight, listed)
	}
	// A server at home, and a client outside, are none of this.
	for _, c := range [][2]packet.Addr{{worm, inside(6)}, {server, outside(1)}, {server, worm}} {
		if sight, listed = l.talk(c[0], c[1], 6667); sight != (novelty.Sight{}) || listed != "" {
			t.Errorf("%+v, %q", sight, listed)
		}
	}
	if got := l.store.Stats().Entries; got != 2 {
		t.Errorf("%d entries", got)
	}
}

func TestFindings(t *testing.T) {
	l := newLab(t, alerting)
	l.try(worm, server, 0, 445)
	l.try(worm, outside(1), 0, 139) // the service is known of this host by now
	l.wait(time.Minute)
	l.talk(worm, server, 4915)
	l.talk(inside(6), server, 4915) // known by now
	l.wait(time.Minute)
	l.connect(worm, server, 4915)
	l.connect(inside(6), server, 4915)
	for i := range 7 {
		l.connect(worm, server, uint16(5000+i))
	}
	last := l.now
	l.wait(25 * time.Hour)
	l.connect(worm, server, 5000)
	fs, lines := l.take()
	want := []string{
		"Create 10.0.0.5 did what was never seen here before: it tried smb outward, at 203.0.113.9:445",
		"Update 10.0.0.5 did 10 things that were never seen here before, last: it connected to 203.0.113.9:5006, on a port that nobody used outward",
		"Close Over: 10.0.0.5 did nothing more that was never seen before; there were 10 things, last it connected to 203.0.113.9:5006, on a port that nobody used outward",
	}
	if !slices.Equal(lines, want) {
		t.Fatalf("%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	f := fs[1]
	if f.Kind != alert.FirstSeen || f.Severity != alert.Informational || f.Confidence != sureness || f.Source.MAC != "02:00:00:00:00:05" ||
		!f.Source.Home || f.Sensor != "test" || f.Episode != fs[0].Episode || f.UID == fs[0].UID || f.Sequence != 2 ||
		!f.FirstSeen.Equal(start.UTC()) || !f.LastSeen.Equal(last.UTC()) || f.Remedy == "" || f.Version != Version {
		t.Errorf("%+v", f)
	}
	items := []alert.NovelItem{
		{Time: start.UTC(), What: "service", IP: server.Netip(), Port: 445, Service: "smb"},
		{Time: start.Add(time.Minute).UTC(), What: "irc_server", IP: server.Netip(), Port: 4915},
		{Time: last.UTC(), What: "target", IP: server.Netip(), Port: 4915},
	}
	if n := f.Novelty; n.Count != 10 || len(n.Items) != 10 || !slices.Equal(n.Items[:3], items) {
		t.Errorf("%+v", n)
	}
	if c := fs[2]; !c.Time.Equal(last.Add(day).UTC()) {
		t.Errorf("closed at %s", c.Time)
	}
}

func TestItemsOfAFindingAreBounded(t *testing.T) {
	l := newLab(t, alerting)
	for i := range 100 {
		l.connect(worm, server, uint16(5000+i))
	}
	fs, _ := l.take()
	if len(fs) != 3 {
		t.Fatalf("%d findings", len(fs))
	}
	n := fs[2].Novelty
	if n.Count != 100 || len(n.Items) != itemsKept || n.Items[0].Port != 5084 || n.Items[15].Port != 5099 {
		t.Errorf("%+v", n)
	}
}

// No finding unless it is configured, and none of whom it is allowed to.
func TestNoFindings(t *testing.T) {
	entry := allow.Entry{Source: netip.PrefixFrom(worm.Netip(), 32), Kinds: []string{string(alert.FirstSeen)}, Reason: "test"}
	for name, tune := range map[string]func(*novelty.Config, *Site, *flow.Config){
		"not configured": func(*novelty.Config, *Site, *flow.Config) {},
		"allowed": func(c *novelty.Config, s *Site, _ *flow.Config) {
			c.Alert, s.Allow = true, allow.New([]allow.Entry{entry})
		},
	} {
		l := newLab(t, tune)
		l.try(worm, server, 0, 445)
		l.talk(worm, server, 4915)
		l.connect(worm, server, 4915)
		l.wait(48 * time.Hour)
		if fs, lines := l.take(); len(fs) > 0 {
			t.Errorf("%s: %q", name, lines)
		}
		if len(l.told()) != 1 {
			t.Errorf("%s: no evidence", name)
		}
	}
}

// Contacts that are no attempt of a home host to reach outside tell nothing.
func TestOtherContacts(t *testing.T) {
	l := newLab(t, alerting)
	for name, c := range map[string]flow.Contact{
		"inside":       {Facts: flow.SourceHome | flow.TargetHome},
		"from outside": {Facts: flow.TargetHome},
		"answered":     {Facts: flow.SourceHome, Outcome: flow.Answered},
		"lost":         {Facts: flow.SourceHome, Outcome: flow.Lost},
		"ARP":          {Facts: flow.SourceHome, Group: 3},
		"multicast":    {Facts: flow.SourceHome, Target: addr("224.0.0.1")},
	} {
		c.Time, c.Source = l.now, worm
		if c.Target == (packet.Addr{}) {
			c.Target = server
		}
		if l.found = l.Observe(&c, l.found); len(l.found) > 0 || l.store.Stats().Entries > 0 {
			t.Errorf("%s: %+v, %d entries", name, l.found, l.store.Stats().Entries)
		}
	}
}

// More hosts than episodes: each that goes is closed, and is not opened again at once.
func TestEpisodesAreBounded(t *testing.T) {
	l := newLab(t, alerting, func(c *novelty.Config, _ *Site, _ *flow.Config) { c.Tables.Told = 1 << 14 })
	for round := range 3 {
		for i := range 200 {
			l.connect(inside(i), server, uint16(1000+200*round+i))
			l.wait(time.Second)
		}
	}
	open := map[string]int{}
	fs, _ := l.take()
	for _, f := range fs {
		switch f.Activity {
		case alert.Create:
			open[f.Episode]++
		case alert.Close:
			open[f.Episode]--
		}
	}
	begun, left := len(open), 0
	for _, n := range open {
		left += n
	}
	s := l.Stats()
	if begun != 200 || left != s.Episodes || s.Episodes > 16 || s.EpisodesLost != uint64(begun-left) || s.EpisodesHeld < 300 {
		t.Errorf("%d begun, %d left, %+v", begun, left, s)
	}
}

// When time is told changes nothing of what is told.
func TestToldAlikeAtAnyPace(t *testing.T) {
	run := func(tick time.Duration) (out []string) {
		l := newLab(t, alerting)
		for i := range 30 {
			l.connect(inside(i%4), server, uint16(5000+i))
			for left := 2 * time.Hour * time.Duration(i%16); left > 0; left -= min(tick, left) {
				l.wait(min(tick, left))
			}
		}
		fs, lines := l.take()
		for i, f := range fs {
			out = append(out, fmt.Sprint(f.Time, f.UID, lines[i]))
		}
		return out
	}
	want := run(1000 * time.Hour)
	if got := run(7 * time.Minute); !slices.Equal(got, want) || len(want) < 10 {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
