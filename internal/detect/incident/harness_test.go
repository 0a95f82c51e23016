package incident

import (
	"net/netip"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/packet"
)

const start = packet.Time(1_790_000_000 * 1e9)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// inside returns the i-th home address.
func inside(i int) packet.Addr {
	return packet.AddrFrom4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

var bot, worm, other = inside(5), inside(9), inside(7)

// lab is a book with a clock.
type lab struct {
	*Book
	t       alerttest.TB
	now     packet.Time
	out     []alert.Finding
	talking map[packet.Addr]packet.Time // since
}

func newLab(t alerttest.TB, tune ...func(*Config)) *lab {
	cfg := DefaultConfig()
	cfg.Tables = Tables{Hosts: 256, Episodes: 64}
	for _, f := range tune {
		f(&cfg)
	}
	for _, p := range cfg.Validate() {
		t.Fatalf("configuration: %s: %s", p.Key, p.Text)
	}
	l := &lab{t: t, now: start, talking: map[packet.Addr]packet.Time{}}
	l.Book = New(cfg, Site{
		Sensor: "test",
		Home:   func(a packet.Addr) bool { return a.Is4() && a[12] == 10 },
		Talking: func(a packet.Addr, _ uint32) (packet.Time, bool) {
			since, ok := l.talking[a]
			return since, ok
		},
	}, 1)
	return l
}

func (l *lab) wait(d time.Duration) {
	l.now = l.now.Add(d)
	l.out = l.Advance(l.now, l.out)
}

// piece returns a piece of evidence as its detector would have it.
func (l *lab) piece(host packet.Addr, k Kind, strong bool) *Evidence {
	ev := &Evidence{
		Time: l.now, Host: host, Kind: k, Strong: strong,
		Event: [...]string{"scan.slow", "watched", "irc.c2", "netbios.ingress", "listed", "novel", "infection"}[k],
		MAC:   [6]byte{2, 0, 0, 0, 0, host[15]},
	}
	ev.Message = host.String() + " gave evidence: " + ev.Event
	switch k {
	case Scan, IRC, Edge:
		ev.UID = "uid of " + ev.Event
	}
	return ev
}

func (l *lab) note(host packet.Addr, k Kind, strong bool) {
	l.out = l.Note(l.piece(host, k, strong), l.out)
}

func (l *lab) scan(host packet.Addr)    { l.note(host, Scan, true) }
func (l *lab) watched(host packet.Addr) { l.note(host, Watched, false) }
func (l *lab) ircBot(host packet.Addr)  { l.note(host, IRC, true) }
func (l *lab) person(host packet.Addr)  { l.note(host, IRC, false) }
func (l *lab) edge(host packet.Addr)    { l.note(host, Edge, false) }
func (l *lab) listed(host packet.Addr)  { l.note(host, Listed, false) }
func (l *lab) novel(host packet.Addr)   { l.note(host, Novel, false) }

// infected says that a host was infected by another, a minute before its own sweep.
func (l *lab) infected(victim, by packet.Addr, calledBack uint16) {
	l.out = l.Infected(l.now, victim, by, 0, alert.Infection{
		Time: l.now.Add(-time.Minute).UTC(), Delay: time.Minute, Port: 445, Bytes: 600, CalledBack: calledBack, Protocol: "udp",
	}, l.out)
}

// take returns what was found since the last time.
func (l *lab) take() []alert.Finding {
	l.t.Helper()
	fs := l.out
	l.out = nil
	for i := range fs {
		alerttest.Validate(l.t, alert.AppendOCSF(nil, &fs[i], "test"))
	}
	return fs
}

func (l *lab) one(host packet.Addr, a alert.Activity) *alert.Finding {
	l.t.Helper()
	fs := l.take()
	if len(fs) != 1 || fs[0].Activity != a || fs[0].Source.IP != host.Netip() {
		l.t.Fatalf("want one %s of %s, got %v", a, host, summary(fs))
	}
	f := &fs[0]
	if f.Kind != alert.HostCompromised || f.Severity != alert.Critical || !f.Source.Home || f.Incident == nil ||
		f.Confidence < 1 || f.Confidence > 99 || f.Analytic != "host.compromised" || f.Version != "1" {
		l.t.Fatalf("%+v", f)
	}
	return f
}

func (l *lab) none() {
	l.t.Helper()
	if fs := l.take(); len(fs) > 0 {
		l.t.Fatalf("want nothing, got %v", summary(fs))
	}
}

func summary(fs []alert.Finding) (lines []string) {
	for i := range fs {
		lines = append(lines, fs[i].Activity.String()+" "+fs[i].Message)
	}
	return lines
}

func events(f *alert.Finding) (list []string) {
	for _, m := range f.Incident.Timeline {
		list = append(list, m.Kind)
	}
	return list
}
