package alert

import (
	"slices"
	"strings"
)

// triedShown is how many targets that did not answer are shown; those that did are
// candidate victims and shown all.
const triedShown = 4

// scan writes why: the outcomes and the score.
func (t *Text) scan(s *Scan, k Kind) {
	t.line("outcomes", "%d dark, %d refused, %d silent, %d answered, %d waiting", s.Dark, s.Refused, s.Silent, s.Answered, s.Waiting)
	unit := ""
	if k == ScanFast {
		unit = " targets"
	}
	p := s.Parts
	t.line("score", "%.2f (dark %.2f, refused %.2f, silent %.2f, answered %.2f, novelty %.2f); threshold %g%s",
		cents(s.Score), cents(p.Dark), cents(p.Refused), cents(p.Silent), cents(p.Answered), cents(p.Novelty), cents(s.Threshold), unit)
	t.knock(s.Knock)
	t.listed("the source", s.Listed)
}

// samples writes the candidate victims first.
func (t *Text) samples(f *Finding) {
	var answers, tried []Sample
	switch {
	case f.Scan != nil:
		answers, tried = f.Scan.Answers, f.Scan.Samples
	case f.Edge != nil:
		answers, tried = f.Edge.Answers, f.Edge.Samples
	}
	answers = answers[:min(len(answers), MaxSamples)]
	for i := range answers {
		t.sample("answered", &answers[i])
	}
	left := triedShown
	for i := range tried {
		if left > 0 && !slices.ContainsFunc(answers, tried[i].same) {
			t.sample("tried", &tried[i])
			left--
		}
	}
}

// same reports whether both are of one trial.
func (s *Sample) same(o Sample) bool {
	return s.IP == o.IP && s.Port == o.Port && s.SrcPort == o.SrcPort && s.Time.Equal(o.Time)
}

func (t *Text) sample(label string, s *Sample) {
	if s.Port == 0 { // ARP and neighbour discovery have no ports
		t.line(label, "%s (at %s)", addrText(s.IP), timeText(s.Time))
		return
	}
	t.line(label, "%s (from port %d at %s)", hostPort(s.IP, s.Port), s.SrcPort, timeText(s.Time))
}

// sight is how, and how well, the sensor saw what a finding rests on.
type sight struct {
	visibility  Visibility
	bound       bool // counts are lower bounds
	homeDefault bool
	tls         bool
	iface       string
	vlan        uint16
}

func sightOf(f *Finding) sight {
	switch {
	case f.Scan != nil:
		s := f.Scan
		return sight{visibility: s.Visibility, bound: s.LowerBound, iface: s.Interface, vlan: s.VLAN}
	case f.IRC != nil:
		i := f.IRC
		return sight{visibility: i.Visibility, tls: i.TLS, iface: i.Interface, vlan: i.VLAN}
	case f.Edge != nil:
		e := f.Edge
		return sight{visibility: e.Visibility, bound: e.LowerBound, homeDefault: e.HomeDefault, iface: e.Interface, vlan: e.VLAN}
	}
	return sight{visibility: VisibilityOK}
}

// caution says in words what lowers the trust in a finding, empty if nothing does.
func (s *sight) caution() string {
	var out []string
	switch s.visibility {
	case VisibilityOK:
	case VisibilityDrops:
		out = append(out, "the sensor lost packets")
	case VisibilityOneWay:
		out = append(out, "the mirror shows one direction only: answers may be missing")
	case VisibilityLearning:
		out = append(out, "the sensor is still learning what is usual here")
	default:
		out = append(out, "visibility "+clean(string(s.visibility)))
	}
	if s.tls {
		out = append(out, "the session is encrypted: what is said is not known, nor whether it is IRC")
	}
	if s.homeDefault {
		out = append(out, "networks.home is only the default: the other side may be a partner's or the site's own")
	}
	if s.bound {
		out = append(out, "counts are lower bounds")
	}
	return strings.Join(out, "; ")
}
