package incident

import (
	"net"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Kind is a kind of evidence.
type Kind uint8

// The kinds of evidence.
const (
	Scan      Kind = iota // a sweep that was told of
	Watched               // a score above the watch score, of which nothing was told
	IRC                   // a session, or an attempt at one
	Edge                  // SMB answered across the edge
	Listed                // a contact with a host that a blocklist names
	Novel                 // a connection to a port that nobody here had used outward before
	Infection             // reached by a sweeper, with payload or a call back, before its own sweep
)

// family is what is independent of all others.
type family uint8

const (
	sweeps family = iota
	ircs
	edges
	listings
	novelties
	infections
	families
)

// names stand in the finding.
var names = [families]string{"scan", "irc", "edge", "listed", "novel", "infection"}

func (k Kind) family() family {
	return [...]family{sweeps, sweeps, ircs, edges, listings, novelties, infections}[k]
}

// Evidence is one piece about one home host.
type Evidence struct {
	Time       packet.Time // when it was found
	Began      packet.Time // first packet where that tells more, else 0; its place in the timeline
	Host       packet.Addr
	Realm      uint32
	Kind       Kind
	Strong     bool
	UID        string   // episode of the finding, empty where there is none
	Event      string   // as in the timeline: kind of the finding, or watched, listed, novel, infection
	Message    string   // one sentence
	Techniques []string // MITRE ATT&CK ids; where there are none, the usual one of the kind
	MAC        [6]byte
	Learning   bool        // while the sensor is
	Peer       packet.Addr // the other one, zero where there are many or none is known
	Port       uint16      // there, 0 where not known
	Count      int         // of peers

	outward bool // most of the sweep's targets are outside (Scan)

	more bool // orders were given (IRC), the victim called back (Infection)
}

// techniques returns those of the evidence, or the one that goes with its kind.
func (ev *Evidence) techniques() []string {
	if len(ev.Techniques) > 0 {
		return ev.Techniques
	}
	return usual[ev.Kind.family()]
}

// usual are MITRE ATT&CK's Network Service Discovery, Application Layer Protocol, SMB/Windows
// Admin Shares and Exploitation of Remote Services. Whom a host met is none.
var usual = [families][]string{
	sweeps: {"T1046"}, ircs: {"T1071"}, edges: {"T1021.002"}, infections: {"T1210"},
}

func (ev *Evidence) strength() float64 {
	if ev.Strong {
		return strong
	}
	return weak
}

// classes are what a family can know more of: a bit that is new to an incident is worth an
// Update, and includes the lesser ones of its kind.
func (ev *Evidence) classes() (set uint8) {
	const first, second, third = 1, 2, 4
	set = first
	switch ev.Kind {
	case Scan:
		set |= second
		if ev.Event == string(alert.ScanFast) {
			set = first | third
		}
	case Edge:
		if ev.Event == string(alert.NetBIOSIngress) {
			set = second
		}
		if ev.Strong {
			set |= third
		}
	case IRC, Infection:
		if ev.Strong {
			set |= second
		}
		if ev.more {
			set |= third
		}
	}
	return set
}

// evidenceOf returns what a finding says about its source. One of novelty says nothing here:
// what of it is evidence is noted by itself, whether findings of novelty are made or not.
func evidenceOf(f *alert.Finding) (ev Evidence, ok bool) {
	if f.Activity == alert.Close || !f.Source.IP.IsValid() {
		return ev, false
	}
	ev = Evidence{
		Time: timeOf(f.Time), Host: packet.AddrFrom(f.Source.IP), Realm: f.Realm,
		UID: f.Episode, Event: string(f.Kind), Message: f.Message, Techniques: f.Techniques,
	}
	if mac, err := net.ParseMAC(f.Source.MAC); err == nil {
		copy(ev.MAC[:], mac)
	}
	switch {
	case f.Scan != nil:
		ev.scan(f)
	case f.IRC != nil:
		ev.irc(f)
	case f.Edge != nil && f.Kind == alert.NetBIOSEgress && !f.Edge.Lookups:
		ev.edge(f)
	default:
		return ev, false
	}
	return ev, true
}

func (ev *Evidence) scan(f *alert.Finding) {
	ev.Kind, ev.Strong, ev.Count = Scan, true, f.Scan.Targets
	ev.Learning = f.Scan.Visibility == alert.VisibilityLearning
	if len(f.Scan.Ports) > 0 {
		ev.Port = f.Scan.Ports[len(f.Scan.Ports)-1]
	}
	if f.Kind == alert.ScanFast { // a slow one began with the first contact that it remembers
		ev.Began = timeOf(f.FirstSeen)
	}
}

func (ev *Evidence) irc(f *alert.Finding) {
	ev.Kind, ev.Strong, ev.more = IRC, f.IRC.Bot && botWithoutLists(f.IRC), len(f.IRC.Orders) > 0
	ev.Learning = f.IRC.Visibility == alert.VisibilityLearning
	ev.Peer, ev.Port, ev.Began = packet.AddrFrom(f.IRC.Server), f.IRC.Port, timeOf(f.FirstSeen)
}

// botWithoutLists reports whether a session is a bot's whatever blocklists say: that a list
// names its server is evidence of its own, and may not count twice.
func botWithoutLists(s *alert.IRC) bool {
	score := s.Score
	for _, p := range s.Parts {
		if p.Name == "listed" {
			score -= p.Weight
		}
	}
	return score >= s.Threshold
}

// edge: while networks.home is only the default, what is outside may be anybody.
func (ev *Evidence) edge(f *alert.Finding) {
	ev.Kind, ev.Count = Edge, f.Edge.Answered
	ev.Strong = !f.Edge.HomeDefault && f.Edge.Knock != nil && len(f.Edge.Knock.Telling) > 0
	ev.Learning = f.Edge.Visibility == alert.VisibilityLearning
}

func timeOf(t time.Time) packet.Time { return packet.Time(t.UnixNano()) }
