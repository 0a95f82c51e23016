package detect

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// say makes a finding of an episode as it stands and appends it to out.
func (e *Engine) say(ep *sweep, a alert.Activity, now packet.Time, out []alert.Finding) []alert.Finding {
	ep.Sequence++
	e.stats.Findings++
	f := e.finding(ep, a, now)
	ep.told |= ep.knock.Kinds()
	return append(out, f)
}

// finding is an episode as it stands.
func (e *Engine) finding(ep *sweep, a alert.Activity, now packet.Time) alert.Finding {
	d := e.look(ep)
	f := ep.Finding(a, now)
	f.Kind = ep.key.kind.alert()
	f.Sensor, f.Realm = e.site.Sensor, ep.key.source.realm
	f.Source = alert.Endpoint{IP: ep.key.source.addr.Netip(), MAC: packet.MACText(ep.mac), Home: ep.home}
	f.Techniques = e.techniques(ep)
	f.Analytic, f.Version = string(f.Kind), Version
	f.Scan = e.scan(ep, d)
	f.Episode, f.UID = ep.Identify(e.site.Sensor, ep.key.source.addr.String(), fmt.Sprint(ep.key.source.realm),
		e.groups[ep.key.source.group].name, string(f.Kind))
	f.Confidence = confidence(ep, f.Scan)
	f.Message, f.Remedy = message(&f, ep), remedy(&f, e.ports(ep))
	return f
}

// Open returns the open episodes as they stand, in order of their start: how far those
// have grown of which no record is due yet.
func (e *Engine) Open() []alert.Finding {
	var fs []alert.Finding
	e.sweeps.Each(func(_ *sweepKey, ep *sweep) {
		now := *ep
		fs = append(fs, e.finding(&now, alert.Update, now.Last))
	})
	slices.SortFunc(fs, func(a, b alert.Finding) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Episode, b.Episode))
	})
	return fs
}

// look brings what the dossier knows of the source into the episode, which outlives it.
func (e *Engine) look(ep *sweep) *dossier {
	d := e.dossier(keyHash(e.seed, &ep.key.source), &ep.key.source, false)
	if d != nil {
		ep.mac, ep.vlan, ep.iface = d.mac, d.vlan, d.iface
		ep.heard(&d.knock)
		ep.ports |= d.ports
	}
	return d
}

func (e *Engine) techniques(ep *sweep) []string {
	g := &e.groups[ep.key.source.group]
	switch {
	case !ep.home:
		return []string{"T1595.001"}
	case g.arp || g.nbns && !ep.triedTCP(g):
		return []string{"T1018"}
	}
	return []string{"T1046"}
}

// triedTCP reports whether any TCP port of the group was tried.
func (ep *sweep) triedTCP(g *group) bool { return ep.ports&(1<<min(len(g.tcp), 63)-1) != 0 }

// scan gathers the evidence.
func (e *Engine) scan(ep *sweep, d *dossier) *alert.Scan {
	t := &ep.books.total
	s := &alert.Scan{
		Service:  e.groups[ep.key.source.group].name,
		Ports:    e.ports(ep),
		Contacts: int(t.contacts), Targets: int(t.targets),
		Dark: int(t.dark), Refused: int(t.refused), Silent: int(t.silent), Answered: int(t.answered),
		Waiting:    max(0, int(t.targets)-int(t.decided())),
		WindowMS:   ep.Last.Sub(ep.First).Milliseconds(),
		Threshold:  e.threshold(ep),
		Score:      ep.books.parts.score(),
		Parts:      ep.books.parts.alert(),
		LowerBound: e.sight.lost != 0 && e.sight.lost >= ep.First,
		Visibility: e.sight.word(&flow.Contact{Target: ep.target(d), Facts: ep.facts}, ep.First),
		Interface:  e.interfaceName(ep.iface),
		VLAN:       ep.vlan,
	}
	if seconds := ep.Last.Sub(ep.First).Seconds(); seconds > 0 {
		s.RatePerS = float64(t.targets-min(1, t.targets)) / seconds
	}
	s.Knock = ep.knock.Alert()
	if !ep.home && e.site.Listed != nil {
		s.Listed = e.site.Listed(ep.key.source.addr)
	}
	if e.site.Counted != nil {
		if s.Counted = e.site.Counted(ep.key.source.addr); s.Counted != nil && s.Counted.Held > 0 {
			s.LowerBound = true
		}
	}
	if d != nil {
		s.Samples, s.Answers = d.samples(ep)
	}
	return s
}

func (e *Engine) threshold(ep *sweep) float64 {
	switch {
	case ep.key.kind == slow:
		return e.cfg.Slow.Score
	case ep.proof == byNovelty:
		return float64(e.cfg.Fast.NovelTargets)
	}
	return float64(e.cfg.Fast.Targets)
}

func (e *Engine) interfaceName(i uint16) string {
	if e.site.Interface == nil {
		return ""
	}
	return e.site.Interface(i)
}

// ports returns those ports of the group that were tried, ascending.
func (e *Engine) ports(ep *sweep) []uint16 {
	g := &e.groups[ep.key.source.group]
	ports := []uint16{}
	for i, p := range slices.Concat(g.tcp, g.udp) {
		if ep.ports&(1<<min(i, 63)) != 0 {
			ports = append(ports, p)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

func (ep *sweep) target(d *dossier) packet.Addr {
	if d == nil || d.size() == 0 {
		return packet.Addr{}
	}
	return d.at(0).target
}

// samples returns the latest targets of the episode, the latest met last, and those that
// answered.
func (d *dossier) samples(ep *sweep) (all, answers []alert.Sample) {
	for i := min(d.size(), alert.MaxSamples) - 1; i >= 0; i-- {
		if m := d.at(i); m.opened >= ep.First {
			all = append(all, m.sample())
		}
	}
	for i := range min(d.nAnswer, answersKept) {
		m := &d.answers[(d.nAnswer-min(d.nAnswer, answersKept)+i)%answersKept]
		if m.opened >= ep.First {
			answers = append(answers, m.sample())
		}
	}
	return all, answers
}

func (m *meeting) sample() alert.Sample {
	return alert.Sample{IP: m.target.Netip(), Port: m.port, SrcPort: m.srcPort, Time: m.opened.UTC()}
}

func (p *parts) alert() alert.ScoreParts {
	return alert.ScoreParts{
		Dark:    float64(p[partDark]),
		Refused: float64(p[partRefused]), Silent: float64(p[partSilent]),
		Answered: float64(p[partAnswered]), Novelty: float64(p[partNovelty]),
	}
}

// confidence is how sure the rules are, 0-100: by what the finding rests on, less while the
// sensor is learning or sees only part of it.
func confidence(ep *sweep, s *alert.Scan) int {
	c := map[proof]int{byDark: 95, byFailures: 85, byNovelty: 65}[ep.proof]
	if ep.key.kind == fast && ep.proof == byFailures && ep.books.total.dark*2 >= ep.books.total.targets {
		c = 98
	}
	switch s.Visibility {
	case alert.VisibilityLearning:
		c -= 10
	case alert.VisibilityDrops, alert.VisibilityOneWay:
		c -= 20
	}
	return c
}
