package alert

import (
	"fmt"
	"io"
	"strings"
)

// stamp is RFC 3339 in UTC with milliseconds, always with the date: a sample's time goes
// into the search of a NAT or DHCP log as it stands.
const stamp = "2006-01-02T15:04:05.000Z"

// treeHosts is how many hosts the tree at the end of a text has room for.
const treeHosts = 1024

// Text writes findings for people: a row of a table each, and under it the sentence,
// the evidence and what to do, one labelled line for each. At the end stands who infected
// whom.
type Text struct {
	w      io.Writer
	color  bool
	headed bool
	buf    []byte
	tree   *Tree
}

// NewText writes to w; color puts the severity in ANSI colours, for terminals.
func NewText(w io.Writer, color bool) *Text {
	return &Text{w: w, color: color, tree: NewTree(treeHosts)}
}

// Close writes the tree of who infected whom, if any host was found compromised. It
// leaves the writer open.
func (t *Text) Close() error {
	if !t.tree.Grown() {
		return nil
	}
	if _, err := io.WriteString(t.w, "\nWho infected whom:\n"); err != nil {
		return fmt.Errorf("write tree: %w", err)
	}
	return t.tree.Write(t.w)
}

// columns are the widths of the table; the longest kind is novelty.first_seen.
const columns = "%-24s  %-8s  %4s  %7s  %8s  %8s  %-18s  %-6s  %-8s  %s\n"

// Write writes f at once, before the first one also the table's head.
func (t *Text) Write(f *Finding) error {
	t.buf = t.buf[:0]
	if !t.headed {
		t.printf(columns, "TIME", "SEVERITY", "SURE", "FOR", "TARGETS", "ANSWERED", "KIND", "STEP", "SERVICE", "SOURCE")
	}
	t.row(f)
	t.line("", "%s", clean(f.Message))
	t.when(f)
	t.why(f)
	sight := sightOf(f)
	if c := sight.caution(); c != "" {
		t.line("caution", "%s", c)
	}
	t.where(f, &sight)
	t.samples(f)
	if f.Remedy != "" {
		t.line("do", "%s", clean(f.Remedy))
	}
	t.line("episode", "%s, record %d (%s)", clean(f.Episode), f.Sequence, clean(f.UID))
	if _, err := t.w.Write(t.buf); err != nil {
		return fmt.Errorf("write finding %s: %w", clean(f.UID), err)
	}
	t.headed = true
	t.tree.Add(f)
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
	switch {
	case f.Scan != nil:
		s := f.Scan
		targets, answered, service = atLeast(s.Targets, s.LowerBound), atLeast(s.Answered, s.LowerBound), clean(s.Service)
	case f.Edge != nil:
		e := f.Edge
		targets, answered, service = atLeast(e.Peers, e.LowerBound), atLeast(e.Answered, e.LowerBound), strings.Join(cleanAll(e.Services), ",")
	case f.IRC != nil:
		service = "irc"
	}
	t.printf(columns,
		timeText(f.Time), severityText(f.Severity, t.color), fmt.Sprintf("%3d%%", f.confidence()),
		spanText(f.LastSeen.Sub(f.FirstSeen)),
		targets, answered, clean(string(f.Kind)), f.Activity, service, addrText(f.Source.IP))
}

func (t *Text) when(f *Finding) {
	t.printf("    %-9s %s, latest %s", "since", timeText(f.FirstSeen), timeText(f.LastSeen))
	switch {
	case f.Scan != nil:
		t.printf("; %s, %g/s", countAtLeast(f.Scan.Contacts, f.Scan.LowerBound, "contact"), digits3(f.Scan.RatePerS))
	case f.Edge != nil:
		t.printf("; %s", countAtLeast(f.Edge.Contacts, f.Edge.LowerBound, "contact"))
	case f.IRC != nil && f.IRC.Open:
		t.printf("; the session is open")
	case f.IRC != nil:
		t.printf("; the session is over")
	}
	t.buf = append(t.buf, '\n')
}

// why writes what the finding rests on, in numbers.
func (t *Text) why(f *Finding) {
	switch {
	case f.Scan != nil:
		t.scan(f.Scan, f.Kind)
	case f.IRC != nil:
		t.irc(f.IRC)
	case f.Edge != nil:
		t.edge(f.Edge)
	case f.Incident != nil:
		t.incident(f.Incident)
	case f.Novelty != nil:
		t.novelty(f.Novelty)
	}
}

// where says where in the network the source is, and where the sensor saw it.
func (t *Text) where(f *Finding, s *sight) {
	t.printf("    %-9s %s", "where", sideText(f.Source.Home))
	if f.Source.Hostname != "" {
		t.printf(", host %s", clean(f.Source.Hostname))
	}
	if mac := macText(f.Source.MAC); mac != "" {
		t.printf(", mac %s", mac)
	}
	if s.iface != "" {
		t.printf(", interface %s", clean(s.iface))
	}
	if s.vlan != 0 {
		t.printf(", vlan %d", s.vlan)
	}
	if f.Sensor != "" {
		t.printf(", sensor %s", clean(f.Sensor))
	}
	t.buf = append(t.buf, '\n')
}
