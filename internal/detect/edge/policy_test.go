package edge

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/smb"
)

func TestAllowed(t *testing.T) {
	permit := func(source, target, kind string) func(*Config, *flow.Config, *Site) {
		return func(_ *Config, _ *flow.Config, s *Site) {
			e := allow.Entry{Source: netip.MustParsePrefix(source), Kinds: []string{kind}, Reason: "test"}
			if target != "" {
				e.Target = netip.MustParsePrefix(target)
			}
			s.Allow = allow.New([]allow.Entry{e})
		}
	}
	for name, tc := range map[string]struct {
		tune func(*Config, *flow.Config, *Site)
		told int
	}{
		"the source":            {permit("10.0.0.5/32", "", "netbios.egress"), 0},
		"towards this target":   {permit("10.0.0.0/8", "192.0.0.0/2", "netbios.egress"), 0},
		"towards another":       {permit("10.0.0.0/8", "198.1.0.0/24", "netbios.egress"), 1},
		"the other direction":   {permit("10.0.0.5/32", "", "netbios.ingress"), 1},
		"what does not matter":  {permit("10.0.0.5/32", "", "scan.fast"), 1},
		"somebody else":         {permit("10.0.0.6/32", "", "netbios.egress"), 1},
		"look-ups are included": {permit("10.0.0.5/32", "", "netbios.egress"), 0},
	} {
		l := newLab(t, tc.tune)
		l.meet(host, stranger)
		for i := range 20 {
			l.ask(host, outside(i))
		}
		if fs := l.take(); len(fs) != tc.told {
			t.Errorf("%s: %v", name, summary(fs))
		}
		if hits := l.site.Allow.Hits()[0]; (hits == 21) != (tc.told == 0) || hits != 21 && hits != 0 {
			t.Errorf("%s: %d hits", name, hits)
		}
	}
}

// What goes to a target that is allowed stands in no evidence about the others.
func TestAllowedOctetsDoNotCount(t *testing.T) {
	l := newLab(t, func(_ *Config, _ *flow.Config, s *Site) {
		s.Allow = allow.New([]allow.Entry{{Source: netip.MustParsePrefix("10.0.0.0/8"), Target: netip.MustParsePrefix("198.0.0.7/32"), Reason: "partner"}})
	})
	l.meet(host, outside(7))
	l.none()
	l.meet(host, stranger)
	l.one(alert.NetBIOSEgress, alert.Create, alert.Low)
	l.event(tcp(host, outside(7), 40000, 445, packet.ACK, 100))
	l.event(tcp(outside(7), host, 445, 40000, packet.ACK, 100))
	l.found = l.Knock(heard(host, outside(7), l.now, smb.Knock{Trees: smb.TreeAdmin, Granted: smb.TreeAdmin}), l.found)
	l.none()
	if d := l.Open()[0].Edge; d.Bytes != 0 || d.Contacts != 1 || d.Knock != nil {
		t.Errorf("%+v", d)
	}
}

func TestListed(t *testing.T) {
	l := newLab(t, func(_ *Config, _ *flow.Config, s *Site) {
		s.Listed = func(a packet.Addr) []alert.Listing {
			if a == stranger || a == outside(2) {
				return []alert.Listing{{List: "worms", Entry: "203.0.113.9"}}
			}
			return nil
		}
	})
	l.meet(host, outside(1))
	l.meet(host, stranger)
	l.meet(host, outside(2))
	l.meet(stranger, host)
	for _, f := range l.Open() {
		if len(f.Edge.Listed) != 1 || f.Edge.Listed[0].List != "worms" {
			t.Errorf("%s: %+v", f.Kind, f.Edge.Listed)
		}
	}
}

func heard(src, dst packet.Addr, now packet.Time, k smb.Knock) *Heard {
	return &Heard{Time: now, Source: src, Target: dst, Knock: k, End: true}
}

func TestWhatTheKnockWasForRaisesTheSeverity(t *testing.T) {
	for name, tc := range map[string]struct {
		knock smb.Knock
		grave bool
	}{
		"a share":         {smb.Knock{Trees: smb.TreeIPC | smb.TreeOther, LogonOK: true}, false},
		"an admin share":  {smb.Knock{Trees: smb.TreeAdmin, Granted: smb.TreeAdmin}, true},
		"service control": {smb.Knock{Trees: smb.TreeIPC, Pipes: smb.ControlPipes}, true},
		"guessing":        {smb.Knock{LogonFailures: 20, Reasons: smb.Secrets}, true},
		"a wrong letter":  {smb.Knock{LogonFailures: 1, Reasons: smb.Secrets}, false},
	} {
		for _, dir := range []struct {
			src, dst packet.Addr
			kind     alert.Kind
			base     alert.Severity
		}{{host, stranger, alert.NetBIOSEgress, alert.Low}, {stranger, host, alert.NetBIOSIngress, alert.Medium}} {
			l := newLab(t)
			h := heard(dir.src, dir.dst, l.now, tc.knock)
			l.found = l.Knock(h, l.found)
			l.none() // nothing is told of them yet
			l.meet(dir.src, dir.dst)
			l.one(dir.kind, alert.Create, dir.base)
			h.Time = l.now
			l.found = l.Knock(h, l.found)
			if !tc.grave {
				l.none()
				continue
			}
			f := l.one(dir.kind, alert.Update, dir.base+1)
			if f.Edge.Knock == nil || len(f.Edge.Knock.Telling) == 0 || f.Edge.Knock.Hosts != 1 || !strings.Contains(f.Message, f.Edge.Knock.Telling[0]) {
				t.Errorf("%s: %+v, %s", name, f.Edge.Knock, f.Message)
			}
			l.found = l.Knock(h, l.found)
			l.none() // once is enough
		}
	}
}

// Name look-ups are no conversation: what is said on one that was never seen to be answered
// is not theirs.
func TestAKnockIsNotOfTheLookups(t *testing.T) {
	l := newLab(t)
	for i := range 10 {
		l.ask(host, outside(i))
	}
	l.one(alert.NetBIOSEgress, alert.Create, alert.Low)
	l.found = l.Knock(heard(host, stranger, l.now, smb.Knock{Trees: smb.TreeAdmin, Granted: smb.TreeAdmin}), l.found)
	l.none()
}
