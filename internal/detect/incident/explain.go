package incident

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
)

// message tells the chain in one sentence.
func (i *incident) message(f *alert.Finding) string {
	var s strings.Builder
	if f.Activity == alert.Close {
		s.WriteString("Over: ")
	}
	fmt.Fprintf(&s, "%s is compromised: ", f.Source.IP)
	var before *moment
	for _, m := range i.chain() {
		at := m.time.UTC()
		switch {
		case before != nil && m.time.Sub(before.time) < time.Second:
			s.WriteString(", at the same time ")
		case before != nil:
			fmt.Fprintf(&s, ", %s later ", span(m.time.Sub(before.time)))
		case f.Time.Sub(at) < 24*time.Hour:
			fmt.Fprintf(&s, "at %s UTC ", at.Format(time.TimeOnly))
		default:
			fmt.Fprintf(&s, "on %s UTC ", at.Format(time.DateTime))
		}
		s.WriteString(m.phrase())
		before = m
	}
	if i.nInfected > 0 {
		fmt.Fprintf(&s, "; it infected %s", i.victimsText())
	}
	return s.String()
}

// chain returns the moment of each family that tells most, the first strong one or else the
// first, in order of time.
func (i *incident) chain() (chain []*moment) {
	var best [families]*moment
	for n := range i.line.moments[:i.line.n] {
		m := &i.line.moments[n]
		if b := best[m.family]; b == nil || m.strong && !b.strong {
			best[m.family] = m
		}
	}
	for n := range i.line.moments[:i.line.n] {
		if m := &i.line.moments[n]; best[m.family] == m {
			chain = append(chain, m)
		}
	}
	return chain
}

// phrase is a moment in the chain.
func (m *moment) phrase() string {
	peer := func(known, unknown string) string {
		if m.peer.IsZero() {
			return unknown
		}
		return fmt.Sprintf(known, m.peer)
	}
	switch m.family {
	case sweeps:
		return m.sweepPhrase()
	case ircs:
		server := "an IRC server"
		if !m.peer.IsZero() {
			server = "the IRC server " + netip.AddrPortFrom(m.peer.Netip(), m.port).String()
		}
		if m.strong {
			return "it registered, as bots do, with " + server
		}
		return "it spoke with " + server
	case edges:
		if m.event.String() == string(alert.NetBIOSIngress) {
			return peer("it answered %s on SMB, from outside", "it answered SMB from outside")
		}
		return "it spoke SMB with hosts outside"
	case listings:
		return peer("it met %s, which a blocklist names", "it met a host that a blocklist names")
	case novelties:
		if m.peer.IsZero() {
			return "it connected to a port that nobody here had used outward before"
		}
		return fmt.Sprintf("it connected to %s, on a port that nobody here had used outward before",
			netip.AddrPortFrom(m.peer.Netip(), m.port))
	}
	return peer("%s infected it", "it was infected")
}

func (m *moment) sweepPhrase() string {
	if !m.strong {
		return "it began to look like a scanner"
	}
	where := "by ARP"
	if m.port != 0 {
		where = fmt.Sprintf("on port %d", m.port)
	}
	if m.count == 0 {
		return "it swept " + where
	}
	return fmt.Sprintf("it swept %d hosts %s", m.count, where)
}

// remedy says what to do now.
func (i *incident) remedy(f *alert.Finding) string {
	var s strings.Builder
	fmt.Fprintf(&s, "Isolate %s", f.Source.IP)
	if f.Source.MAC != "" {
		fmt.Fprintf(&s, " (%s)", f.Source.MAC)
	}
	s.WriteString(" at its switch port now, and rebuild it.")
	if servers := i.servers(); len(servers) > 0 {
		fmt.Fprintf(&s, " Block %s at the edge, and look who else talks to it.", strings.Join(servers, ", "))
	}
	if !i.by.other.IsZero() {
		fmt.Fprintf(&s, " Look at %s, which infected it.", i.by.other)
	}
	if i.nInfected > 0 {
		fmt.Fprintf(&s, " Then do the same with %s, which it infected.", i.victimsText())
	}
	return s.String()
}

// servers returns the IRC servers of the timeline.
func (i *incident) servers() (list []string) {
	for n := range i.line.moments[:i.line.n] {
		m := &i.line.moments[n]
		if m.family != ircs || m.peer.IsZero() {
			continue
		}
		if s := netip.AddrPortFrom(m.peer.Netip(), m.port).String(); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// victimsText names the first few that the host infected.
func (i *incident) victimsText() string {
	const named = 5
	n := min(int(i.nInfected), named)
	list := make([]string, n)
	for v := range n {
		list[v] = i.infected[v].other.String()
	}
	if rest := int(i.nInfected) + int(i.infectedLost) - n; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), rest)
	}
	return strings.Join(list, ", ")
}

// span leaves out tenths of a second: between two detectors they tell nothing.
func span(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return episode.Span(d)
}
