package incident

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// finding returns one as a detector tells it.
func (l *lab) finding(k alert.Kind, tune func(*alert.Finding)) *alert.Finding {
	f := &alert.Finding{
		Kind: k, Activity: alert.Create, Severity: alert.High, Episode: "episode of " + string(k),
		Time: l.now.UTC(), FirstSeen: l.now.Add(-2 * time.Second).UTC(), LastSeen: l.now.UTC(),
		Source:  alert.Endpoint{IP: bot.Netip(), MAC: "02:00:00:00:00:05", Home: true},
		Message: "10.0.0.5 did " + string(k), Techniques: []string{"T1595.001"},
	}
	tune(f)
	return f
}

func scanned(f *alert.Finding) {
	f.Scan = &alert.Scan{Service: "smb", Ports: []uint16{139, 445}, Targets: 20, Visibility: alert.VisibilityLearning}
}

func botted(f *alert.Finding) {
	f.IRC = &alert.IRC{Server: netip.MustParseAddr("198.51.100.7"), Port: 4915, Bot: true}
}

func crossed(f *alert.Finding) { f.Edge = &alert.Edge{Peers: 1, Answered: 1} }

func TestEvidenceOfFindings(t *testing.T) {
	for name, tc := range map[string]struct {
		kind   alert.Kind
		tune   func(*alert.Finding)
		want   Kind
		strong bool
		none   bool
	}{
		"fast":         {alert.ScanFast, scanned, Scan, true, false},
		"slow":         {alert.ScanSlow, scanned, Scan, true, false},
		"updated":      {alert.ScanSlow, func(f *alert.Finding) { scanned(f); f.Activity = alert.Update }, Scan, true, false},
		"over":         {alert.ScanSlow, func(f *alert.Finding) { scanned(f); f.Activity = alert.Close }, 0, false, true},
		"a bot":        {alert.IRCC2, botted, IRC, true, false},
		"a person":     {alert.IRCC2, func(f *alert.Finding) { botted(f); f.IRC.Bot = false }, IRC, false, false},
		"egress":       {alert.NetBIOSEgress, crossed, Edge, false, false},
		"look-ups":     {alert.NetBIOSEgress, func(f *alert.Finding) { crossed(f); f.Edge.Lookups = true }, 0, false, true},
		"gravely":      {alert.NetBIOSEgress, func(f *alert.Finding) { crossed(f); f.Edge.Knock = &alert.Knock{Telling: []string{"ADMIN$"}} }, Edge, true, false},
		"where":        {alert.NetBIOSEgress, func(f *alert.Finding) { crossed(f); f.Edge.HomeDefault = true }, Edge, false, false},
		"new":          {alert.FirstSeen, func(f *alert.Finding) { f.Novelty = &alert.Novelty{} }, 0, false, true},
		"ingress":      {alert.NetBIOSIngress, crossed, 0, false, true}, // is about the one outside
		"its own kind": {alert.HostCompromised, func(f *alert.Finding) { f.Incident = &alert.Incident{} }, 0, false, true},
		"nobody":       {alert.ScanFast, func(f *alert.Finding) { scanned(f); f.Source.IP = netip.Addr{} }, 0, false, true},
	} {
		l := newLab(t)
		f := l.finding(tc.kind, tc.tune)
		ev, ok := evidenceOf(f)
		if ok == tc.none || ok && (ev.Kind != tc.want || ev.Strong != tc.strong) {
			t.Errorf("%s: %+v, %v", name, ev, ok)
		}
		if ok && (ev.Time != start || ev.Host != bot || ev.MAC != [6]byte{2, 0, 0, 0, 0, 5} || ev.UID != f.Episode ||
			ev.Event != string(tc.kind) || ev.Message != f.Message || !slices.Equal(ev.Techniques, f.Techniques)) {
			t.Errorf("%s: %+v", name, ev)
		}
		if l.out = l.Finding(f, l.out); (l.Stats().Hosts == 0) != tc.none {
			t.Errorf("%s: %+v", name, l.Stats())
		}
	}
}

// Look-ups never count, also when they are about to be told for the third time, and an
// answer among them does.
func TestLookupsNeverCount(t *testing.T) {
	l := newLab(t)
	l.scan(bot)
	asked := l.finding(alert.NetBIOSEgress, func(f *alert.Finding) { crossed(f); f.Edge.Lookups = true })
	for range 3 {
		l.out = l.Finding(asked, l.out)
		asked.Activity = alert.Update
	}
	l.none()
	asked.Edge.Lookups = false
	l.out = l.Finding(asked, l.out)
	l.one(bot, alert.Create)
}

func TestTheChain(t *testing.T) {
	l := newLab(t)
	f := l.finding(alert.IRCC2, botted)
	l.out = l.Finding(f, l.out)
	l.wait(31 * time.Second)
	l.out = l.Finding(l.finding(alert.ScanFast, scanned), l.out)
	c := l.one(bot, alert.Create)
	if want := "10.0.0.5 is compromised: at 14:13:18 UTC it registered, as bots do, with the IRC server 198.51.100.7:4915, " +
		"31 s later it swept 20 hosts on port 445"; c.Message != want {
		t.Errorf("%s\nwant\n%s", c.Message, want)
	}
	if want := "Isolate 10.0.0.5 (02:00:00:00:00:05) at its switch port now, and rebuild it. " +
		"Block 198.51.100.7:4915 at the edge, and look who else talks to it."; c.Remedy != want {
		t.Errorf("%s\nwant\n%s", c.Remedy, want)
	}
	if !slices.Equal(c.Techniques, []string{"T1595.001"}) {
		t.Errorf("%v", c.Techniques)
	}
	l.wait(30 * time.Hour) // the first Close, and the day stands in the message
	if c := l.one(bot, alert.Close); !strings.Contains(c.Message, "on 2026-09-21 14:13:18 UTC") {
		t.Errorf("%s", c.Message)
	}
}

// Each kind has its phrase, with and without the other one.
func TestPhrases(t *testing.T) {
	peer := addr("198.51.100.7")
	for _, tc := range []struct {
		kind   Kind
		strong bool
		event  string
		peer   packet.Addr
		want   string
	}{
		{Scan, true, "scan.fast", packet.Addr{}, "it swept by ARP"},
		{Watched, false, "watched", packet.Addr{}, "it began to look like a scanner"},
		{IRC, true, "irc.c2", packet.Addr{}, "it registered, as bots do, with an IRC server"},
		{IRC, false, "irc.c2", addr("2001:db8::7"), "it spoke with the IRC server [2001:db8::7]:0"},
		{Edge, false, "netbios.egress", packet.Addr{}, "it spoke SMB with hosts outside"},
		{Edge, false, "netbios.ingress", peer, "it answered 198.51.100.7 on SMB, from outside"},
		{Edge, false, "netbios.ingress", packet.Addr{}, "it answered SMB from outside"},
		{Listed, false, "listed", peer, "it met 198.51.100.7, which a blocklist names"},
		{Novel, false, "novel", packet.Addr{}, "it connected to a port that nobody here had used outward before"},
		{Novel, false, "novel", peer, "it connected to 198.51.100.7:0, on a port that nobody here had used outward before"},
		{Infection, true, "infection", peer, "198.51.100.7 infected it"},
	} {
		m := momentOf(&Evidence{Kind: tc.kind, Strong: tc.strong, Event: tc.event, Peer: tc.peer})
		if got := m.phrase(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

// What came off the wire is kept raw and written escaped.
func TestForeignOctets(t *testing.T) {
	l := newLab(t)
	ev := l.piece(bot, IRC, true)
	ev.Message = "\x1b[31m joined \x00\xff\r\n" + strings.Repeat("\u202e", 200)
	l.out = l.Note(ev, l.out)
	l.scan(bot)
	l.one(bot, alert.Create) // validated
}
