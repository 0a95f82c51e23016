package edge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestAnsweredAcrossTheEdge(t *testing.T) {
	for name, tc := range map[string]struct {
		tune     func(*Config, *flow.Config, *Site)
		src, dst packet.Addr
		kind     alert.Kind
		severity alert.Severity
	}{
		"from home":                  {func(*Config, *flow.Config, *Site) {}, host, stranger, alert.NetBIOSEgress, alert.Low},
		"from home, by the default":  {atDefault, host, stranger, alert.NetBIOSEgress, alert.Informational},
		"to home":                    {func(*Config, *flow.Config, *Site) {}, stranger, host, alert.NetBIOSIngress, alert.Medium},
		"to home, by the default":    {atDefault, stranger, host, alert.NetBIOSIngress, alert.Medium},
		"by IPv6":                    {func(*Config, *flow.Config, *Site) {}, addr("fd00::5"), addr("2001:db8::9"), alert.NetBIOSEgress, alert.Low},
		"by IPv6, to a home address": {func(*Config, *flow.Config, *Site) {}, addr("2001:db8::9"), addr("fd00::5"), alert.NetBIOSIngress, alert.Medium},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tc.tune)
			l.syn(tc.src, tc.dst)
			l.none()
			l.answer(tc.src, tc.dst)
			f := l.one(tc.kind, alert.Create, tc.severity)
			d := f.Edge
			if d.Peers != 1 || d.Answered != 1 || d.Contacts != 1 || d.LowerBound || d.Lookups ||
				!slices.Equal(d.Services, []string{"smb"}) || !slices.Equal(d.Ports, []uint16{445}) ||
				d.Interface != "span0" || len(d.Samples) != 1 || len(d.Answers) != 1 {
				t.Errorf("%+v", d)
			}
			if s := d.Answers[0]; s.IP != tc.dst.Netip() || s.Port != 445 || s.SrcPort != 40000 || !s.Time.Equal(start.UTC()) {
				t.Errorf("sample %+v", s)
			}
			if f.Source.IP != tc.src.Netip() || f.Source.Home != (tc.kind == alert.NetBIOSEgress) || f.Source.MAC == "" {
				t.Errorf("source %+v", f.Source)
			}
			if !slices.Equal(f.Techniques, []string{"T1021.002"}) || !strings.Contains(f.Remedy, "137-139 and 445") {
				t.Errorf("%v, %s", f.Techniques, f.Remedy)
			}
			if said := strings.Contains(f.Message, "networks.home is only the default"); said != l.site.HomeDefault || d.HomeDefault != said {
				t.Errorf("home default %v, %s", d.HomeDefault, f.Message)
			}
		})
	}
}

func TestSilence(t *testing.T) {
	for name, story := range map[string]func(*lab){
		"nobody answers inside":  func(l *lab) { l.syn(stranger, host); l.wait(time.Minute) },
		"nobody answers outside": func(l *lab) { l.syn(host, stranger); l.wait(time.Minute) },
		"inside":                 func(l *lab) { l.meet(host, inside(6)) },
		"outside, mirrored":      func(l *lab) { l.meet(stranger, outside(8)) },
		"refused": func(l *lab) {
			l.syn(host, stranger)
			l.event(tcp(stranger, host, 445, 40000, packet.RST|packet.ACK, 0))
		},
		"an answer to nobody":     func(l *lab) { l.answer(host, stranger) },
		"a group nobody asked of": func(l *lab) { l.event(udp(host, addr("224.0.0.9"), 137, 137, 50)); l.wait(time.Minute) },
		"another service": func(l *lab) {
			l.event(tcp(host, stranger, 40000, 1801, packet.SYN, 0))
			l.event(tcp(stranger, host, 1801, 40000, packet.SYN|packet.ACK, 0))
		},
		"datagrams": func(l *lab) {
			for i := range 50 {
				l.event(udp(host, outside(i), 138, 138, 200))
				l.event(udp(outside(i), host, 138, 138, 200))
			}
		},
		"nine look-ups": func(l *lab) {
			for i := range 9 {
				l.ask(host, outside(i))
				l.ask(host, outside(i))
			}
		},
		"many look-ups from outside": func(l *lab) {
			for i := range 50 {
				l.ask(stranger, inside(i))
			}
		},
		"many look-ups, but days apart": func(l *lab) {
			for i := range 30 {
				l.ask(host, outside(i))
				l.wait(25 * time.Hour)
			}
		},
		"nine look-ups and as many tries": func(l *lab) {
			for i := range 9 {
				l.ask(host, outside(i))
				l.syn(host, outside(100+i))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, func(_ *Config, fc *flow.Config, _ *Site) {
				fc.Services[1].UDP = []uint16{137, 138}
			})
			story(l)
			l.none()
		})
	}
}

func TestLookupsAreOneFinding(t *testing.T) {
	for _, tc := range []struct {
		tune     func(*Config, *flow.Config, *Site)
		severity alert.Severity
	}{{func(*Config, *flow.Config, *Site) {}, alert.Low}, {atDefault, alert.Informational}} {
		l := newLab(t, tc.tune)
		l.syn(host, outside(900)) // is not a look-up
		for i := range 9 {
			l.ask(host, outside(i))
		}
		l.none()
		l.ask(host, outside(9))
		f := l.one(alert.NetBIOSEgress, alert.Create, tc.severity)
		if d := f.Edge; !d.Lookups || d.Peers != 10 || d.Contacts != 10 || d.Answered != 0 || len(d.Samples) != 10 ||
			!slices.Equal(d.Services, []string{"nbns"}) || !slices.Equal(d.Ports, []uint16{137}) {
			t.Errorf("%+v", d)
		}
		for i := 10; i < 99; i++ {
			l.ask(host, outside(i))
		}
		l.none()
		for i := 99; i < 140; i++ {
			l.ask(host, outside(i))
		}
		u := l.one(alert.NetBIOSEgress, alert.Update, tc.severity)
		if !u.Edge.Lookups || u.Edge.Peers < 90 || u.Episode != f.Episode || u.UID == f.UID || u.Sequence != 2 {
			t.Errorf("%+v", u)
		}
		l.wait(25 * time.Hour)
		if c := l.one(alert.NetBIOSEgress, alert.Close, tc.severity); c.Episode != f.Episode || !strings.HasPrefix(c.Message, "Over: ") {
			t.Errorf("%+v", c)
		}
	}
}

// An answered look-up counts like any, and what was policy becomes a crossing.
func TestAnAnswerEndsTheLookups(t *testing.T) {
	l := newLab(t)
	l.syn(host, outside(900))
	l.wait(time.Second)
	for i := range 12 {
		l.ask(host, outside(i))
	}
	f := l.one(alert.NetBIOSEgress, alert.Create, alert.Low)
	l.event(udp(host, outside(12), 137, 137, 50))
	l.event(packet.Event{
		Kind: packet.KindUDP, Proto: packet.ProtoUDP, Src: outside(12), Dst: host,
		SrcPort: 137, DstPort: 137, Flags: packet.FlagReply, Payload: 100,
	})
	u := l.one(alert.NetBIOSEgress, alert.Update, alert.Low)
	if d := u.Edge; u.Episode != f.Episode || d.Lookups || d.Answered != 1 || d.Peers != 14 || d.Contacts != 14 ||
		!slices.Equal(d.Services, []string{"nbns", "smb"}) || !u.FirstSeen.Equal(start.UTC()) {
		t.Errorf("%+v, %+v", u, d)
	}
	l.wait(25 * time.Hour)
	if c := l.one(alert.NetBIOSEgress, alert.Close, alert.Low); c.Edge.Bytes != 3*50+50+100 {
		t.Errorf("%d octets", c.Edge.Bytes)
	}
}

func TestToldAtTenfoldGrowth(t *testing.T) {
	l := newLab(t)
	var told []int
	for i := range 1200 {
		l.meet(host, outside(i))
		for _, f := range l.take() {
			told = append(told, i+1)
			if f.Activity == alert.Update != (len(told) > 1) || f.Sequence != len(told) {
				t.Errorf("%v", summary([]alert.Finding{f}))
			}
		}
	}
	// The estimate's standard error is 9%.
	if len(told) != 4 || told[0] != 1 || told[1] != 10 || told[2] < 70 || told[2] > 130 || told[3] < 700 || told[3] > 1200 {
		t.Errorf("told at %v", told)
	}
	for range 1000 { // the same one once more is nothing new; five tries in 5 s are one trial
		l.meet(host, outside(3))
	}
	l.none()
	d := l.Open()[0].Edge
	if d.Contacts != 1200+200 || d.Peers < 1000 || d.Peers > 1400 || d.Answered > d.Peers ||
		len(d.Samples) != 16 || !strings.Contains(l.Open()[0].Message, "about ") {
		t.Errorf("%+v", d)
	}
	if last := d.Answers[15]; last.IP != outside(3).Netip() && last.IP != outside(1199).Netip() {
		t.Errorf("the latest of the samples is %v", last.IP)
	}
}

// Tries before and beside the answers count as peers, not as answers, and are no news.
func TestTriesStandInTheEvidence(t *testing.T) {
	l := newLab(t)
	for i := range 8 {
		l.syn(host, outside(i))
		l.wait(10 * time.Second)
	}
	l.none()
	l.meet(host, outside(8))
	f := l.one(alert.NetBIOSEgress, alert.Create, alert.Low)
	if d := f.Edge; d.Peers != 9 || d.Answered != 1 || d.Contacts != 9 || len(d.Samples) != 9 || len(d.Answers) != 1 || !f.FirstSeen.Equal(start.UTC()) {
		t.Errorf("%+v", d)
	}
	for i := range 200 {
		l.syn(host, outside(100+i))
		l.wait(10 * time.Second)
	}
	l.none()
	l.wait(12 * time.Hour)
	l.syn(host, outside(400))
	l.wait(12 * time.Hour) // nobody answered in all this time
	if c := l.one(alert.NetBIOSEgress, alert.Close, alert.Low); c.Edge.Answered != 1 || c.Edge.Contacts != 210 {
		t.Errorf("%+v", c.Edge)
	}
	l.meet(host, outside(1))
	if f := l.one(alert.NetBIOSEgress, alert.Create, alert.Low); f.Edge.Contacts != 1 || f.FirstSeen.Before(start.Add(24*time.Hour).UTC()) {
		t.Errorf("what is over stands in the next one: %+v", f)
	}
}

func TestOctetsKeepAnEpisodeOpen(t *testing.T) {
	l := newLab(t)
	l.meet(host, stranger)
	l.take()
	for range 3 {
		l.wait(20 * time.Hour)
		l.event(tcp(host, stranger, 40000, 445, packet.ACK, 100))
		l.event(tcp(stranger, host, 445, 40000, packet.ACK, 1000))
	}
	for _, ev := range []packet.Event{ // these are nobody's, or somebody else's
		tcp(host, stranger, 40000, 443, packet.ACK, 7),
		tcp(host, inside(9), 40000, 445, packet.ACK, 7),
		tcp(inside(9), stranger, 40000, 445, packet.ACK, 7),
		tcp(stranger, host, 40000, 445, packet.ACK, 7),
		tcp(host, stranger, 40000, 445, packet.ACK, 0),
	} {
		l.event(ev)
	}
	l.none()
	l.wait(23 * time.Hour)
	l.none()
	l.wait(time.Hour)
	f := l.one(alert.NetBIOSEgress, alert.Close, alert.Low)
	if f.Edge.Bytes != 3300 || !f.LastSeen.Equal(f.Time.Add(-24*time.Hour)) {
		t.Errorf("%d octets, last %v, %v", f.Edge.Bytes, f.LastSeen, f.Time)
	}
}

// An episode whose time is up is not kept open by octets that come before anybody told
// the judge so: how often time is told must not matter.
func TestOctetsComeTooLate(t *testing.T) {
	l := newLab(t)
	l.meet(host, stranger)
	l.take()
	l.now = l.now.Add(30 * time.Hour)
	ev := tcp(host, stranger, 40000, 445, packet.ACK, 100)
	ev.Time = l.now
	l.Packet(&ev)
	l.wait(0)
	if f := l.one(alert.NetBIOSEgress, alert.Close, alert.Low); f.Edge.Bytes != 0 {
		t.Errorf("%d octets", f.Edge.Bytes)
	}
}

func TestBothDirectionsAndRealmsAreApart(t *testing.T) {
	l := newLab(t, func(_ *Config, fc *flow.Config, _ *Site) { fc.Networks.Realms = []uint32{7, 8} })
	l.meet(host, stranger)
	l.meet(stranger, host)
	for _, vlan := range []uint16{7, 8, 9} { // 9 is no realm: it is the same host
		l.ev.VLAN = vlan
		l.meet(host, stranger)
	}
	fs := l.take()
	episodes := map[string]bool{}
	for _, f := range fs {
		episodes[f.Episode] = true
	}
	if len(fs) != 4 || len(episodes) != 4 || fs[2].Realm != 7 || fs[3].Realm != 8 {
		t.Errorf("%v", summary(fs))
	}
	l.ev.VLAN = 8
	l.event(tcp(host, stranger, 40000, 445, packet.ACK, 100))
	for _, f := range l.Open() {
		if (f.Edge.Bytes == 100) != (f.Realm == 8) {
			t.Errorf("realm %d has %d octets", f.Realm, f.Edge.Bytes)
		}
	}
}
