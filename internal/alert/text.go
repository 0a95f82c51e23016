package alert

import (
	"fmt"
	"io"
	"time"
)

// stamp is RFC 3339 in UTC with milliseconds, always with the date: a sample's time goes
// into the search of a NAT or DHCP log as it stands.
const stamp = "2006-01-02T15:04:05.000Z"

// triedShown is how many targets that did not answer are shown; those that did are
// candidate victims and shown all.
const triedShown = 4

// Text writes findings for people: a row of a table each, and under it the sentence,
// the evidence and what to do, one labelled line for each.
type Text struct {
	w      io.Writer
	color  bool
	headed bool
	buf    []byte
}

// NewText writes to w; color puts the severity in ANSI colours, for terminals.
func NewText(w io.Writer, color bool) *Text {
	return &Text{w: w, color: color}
}

// Write writes f at once, before the first one also the table's head.
func (t *Text) Write(f *Finding) error {
	t.buf = t.buf[:0]
	if !t.headed {
		t.printf("%-24s  %-8s  %4s  %7s  %8s  %8s  %-9s  %-6s  %-7s  %s\n",
			"TIME", "SEVERITY", "SURE", "FOR", "TARGETS", "ANSWERED", "KIND", "STEP", "SERVICE", "SOURCE")
	}
	t.row(f)
	t.line("", "%s", clean(f.Message))
	t.when(f)
	if f.Scan != nil {
		t.scan(f.Scan, f.Kind)
	}
	t.where(f)
	if f.Scan != nil {
		t.samples(f.Scan)
	}
	if f.Remedy != "" {
		t.line("do", "%s", clean(f.Remedy))
	}
	t.line("episode", "%s, record %d (%s)", clean(f.Episode), f.Sequence, clean(f.UID))
	if _, err := t.w.Write(t.buf); err != nil {
		return fmt.Errorf("write finding %s: %w", clean(f.UID), err)
	}
	t.headed = true
	return nil
}

func (t *Text) printf(format string, args ...any) {
	t.buf = fmt.Appendf(t.buf, format, args...)
}

// line writes one indented line with its label.
func (t *Text) line(label, format string, args ...any) {
	if label == "" {
		t.printf("    ")
	} else {
		t.printf("    %-9s ", label)
	}
	t.printf(format, args...)
	t.buf = append(t.buf, '\n')
}

func (t *Text) row(f *Finding) {
	targets, answered, service := "-", "-", "-"
	if s := f.Scan; s != nil {
		targets, answered, service = atLeast(s.Targets, s.LowerBound), atLeast(s.Answered, s.LowerBound), clean(s.Service)
	}
	t.printf("%-24s  %s  %3d%%  %7s  %8s  %8s  %-9s  %-6s  %-7s  %s\n",
		timeText(f.Time), severityText(f.Severity, t.color), f.confidence(), spanText(f.LastSeen.Sub(f.FirstSeen)),
		targets, answered, clean(string(f.Kind)), f.Activity, service, addrText(f.Source.IP))
}

func (t *Text) when(f *Finding) {
	t.printf("    %-9s %s, latest %s", "since", timeText(f.FirstSeen), timeText(f.LastSeen))
	if s := f.Scan; s != nil {
		t.printf("; %s contacts, %g/s", atLeast(s.Contacts, s.LowerBound), digits3(s.RatePerS))
	}
	t.buf = append(t.buf, '\n')
}

// scan writes why: the outcomes, the score and, where it matters, how far to trust them.
func (t *Text) scan(s *Scan, k Kind) {
	t.line("outcomes", "%d dark, %d refused, %d silent, %d answered, %d waiting", s.Dark, s.Refused, s.Silent, s.Answered, s.Waiting)
	unit := ""
	if k == ScanFast {
		unit = " targets"
	}
	p := s.Parts
	t.line("score", "%.2f (dark %.2f, refused %.2f, silent %.2f, answered %.2f, novelty %.2f); threshold %g%s",
		cents(s.Score), cents(p.Dark), cents(p.Refused), cents(p.Silent), cents(p.Answered), cents(p.Novelty), cents(s.Threshold), unit)
	if c := caution(s); c != "" {
		t.line("caution", "%s", c)
	}
}

// caution says in words what lowers the trust in the counts, empty if nothing does.
func caution(s *Scan) string {
	var out string
	switch s.Visibility {
	case VisibilityOK:
	case VisibilityDrops:
		out = "the sensor lost packets"
	case VisibilityOneWay:
		out = "the mirror shows one direction only: answers may be missing"
	case VisibilityLearning:
		out = "the sensor is still learning which addresses are in use"
	default:
		out = "visibility " + clean(string(s.Visibility))
	}
	if !s.LowerBound {
		return out
	}
	if out != "" {
		out += "; "
	}
	return out + "counts are lower bounds"
}

func (t *Text) where(f *Finding) {
	side := "outside"
	if f.Source.Home {
		side = "home"
	}
	t.printf("    %-9s %s", "where", side)
	if f.Source.Hostname != "" {
		t.printf(", host %s", clean(f.Source.Hostname))
	}
	if mac := macText(f.Source.MAC); mac != "" {
		t.printf(", mac %s", mac)
	}
	if s := f.Scan; s != nil && s.Interface != "" {
		t.printf(", interface %s", clean(s.Interface))
	}
	if s := f.Scan; s != nil && s.VLAN != 0 {
		t.printf(", vlan %d", s.VLAN)
	}
	if f.Sensor != "" {
		t.printf(", sensor %s", clean(f.Sensor))
	}
	t.buf = append(t.buf, '\n')
}

// samples writes the candidate victims first.
func (t *Text) samples(s *Scan) {
	answers := s.Answers[:min(len(s.Answers), MaxSamples)]
	for i := range answers {
		t.sample("answered", &answers[i])
	}
	tried := s.Samples[:min(len(s.Samples), triedShown)]
	for i := range tried {
		t.sample("tried", &tried[i])
	}
}

func (t *Text) sample(label string, s *Sample) {
	if s.Port == 0 { // ARP and neighbour discovery have no ports
		t.line(label, "%s (at %s)", addrText(s.IP), timeText(s.Time))
		return
	}
	t.line(label, "%s (from port %d at %s)", hostPort(s.IP, s.Port), s.SrcPort, timeText(s.Time))
}

func timeText(t time.Time) string { return t.UTC().Format(stamp) }
