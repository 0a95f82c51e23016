package incident

import (
	"net/netip"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// sweep is a finding about a home host that swept targets of which these are samples.
func (l *lab) sweep(host packet.Addr, targets ...string) {
	f := l.told(host, alert.ScanFast)
	f.Scan = &alert.Scan{Service: "smb", Ports: []uint16{445}, Targets: 20}
	for _, t := range targets {
		f.Scan.Samples = append(f.Scan.Samples, alert.Sample{IP: netip.MustParseAddr(t), Port: 445, Time: l.now.UTC()})
	}
	l.out = l.Finding(&f, l.out)
}

func (l *lab) told(host packet.Addr, k alert.Kind) alert.Finding {
	return alert.Finding{
		Kind: k, Activity: alert.Create, Severity: alert.High, Time: l.now.UTC(), FirstSeen: l.now.UTC(), LastSeen: l.now.UTC(),
		Source: alert.Endpoint{IP: host.Netip(), Home: true}, Message: string(k), Episode: "uid of " + string(k),
	}
}

// answered is evidence that a home host was answered on SMB by one outside.
func (l *lab) answered(host packet.Addr, strong bool) {
	ev := l.piece(host, Edge, strong)
	ev.Event = string(alert.NetBIOSEgress)
	l.out = l.Note(ev, l.out)
}

// An answer that a sweep outward got is a packet of the sweep, and no second witness.
func TestAnswersToASweepOutwardAreNoEvidenceBeside(t *testing.T) {
	outside := []string{"203.0.113.1", "203.0.113.2", "10.0.0.77"}
	for name, tc := range map[string]struct {
		story func(*lab)
		told  bool
	}{
		"answered, then told of as a sweep outward": {func(l *lab) { l.answered(worm, false); l.sweep(worm, outside...) }, false},
		"a sweep outward, then answered":            {func(l *lab) { l.sweep(worm, outside...); l.answered(worm, false) }, false},
		"what was said is more than sharing files":  {func(l *lab) { l.sweep(worm, outside...); l.answered(worm, true) }, true},
		"answers one from outside itself":           {func(l *lab) { l.sweep(worm, outside...); l.edge(worm) }, true},
		"a sweep at home, and a server outside":     {func(l *lab) { l.answered(worm, false); l.sweep(worm, "10.0.0.1", "10.0.0.2") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			tc.story(l)
			if told := len(l.take()) > 0; told != tc.told {
				t.Errorf("told %v, want %v", told, tc.told)
			}
		})
	}
}

// That a blocklist names a server counts once: as itself, and not in the score of a session
// there as well.
func TestABlocklistCountsOnce(t *testing.T) {
	session := func(l *lab, parts ...alert.Part) {
		f := l.told(bot, alert.IRCC2)
		f.IRC = &alert.IRC{Server: netip.MustParseAddr("198.51.100.7"), Port: 4915, Bot: true, Threshold: 10, Parts: parts}
		for _, p := range parts {
			f.IRC.Score += p.Weight
		}
		l.out = l.Finding(&f, l.out)
		l.listed(bot)
	}
	l := newLab(t)
	session(l, alert.Part{Name: "nick_shape", Weight: 8}, alert.Part{Name: "listed", Weight: 4})
	if fs := l.take(); len(fs) > 0 {
		t.Errorf("a bot by the list, and the list: %v", summary(fs))
	}
	l = newLab(t)
	session(l, alert.Part{Name: "orders", Weight: 9}, alert.Part{Name: "port", Weight: 2}, alert.Part{Name: "listed", Weight: 4})
	l.one(bot, alert.Create)
}
