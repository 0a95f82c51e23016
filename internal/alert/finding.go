// Package alert is the contract with those who read findings: what a finding is, and
// how it is written (OCSF JSON lines, text for people).
package alert

import (
	"net/netip"
	"time"
)

// Kind names what was found; it is metadata.event_code.
type Kind string

// The kinds.
const (
	ScanFast        Kind = "scan.fast"
	ScanSlow        Kind = "scan.slow"
	IRCC2           Kind = "irc.c2"
	NetBIOSEgress   Kind = "netbios.egress"
	NetBIOSIngress  Kind = "netbios.ingress"
	HostCompromised Kind = "host.compromised"
	FirstSeen       Kind = "novelty.first_seen"

	Test Kind = "test" // nothing was found: see TestFinding
)

// Kinds are all of them that something is found by: a test is none.
var Kinds = []Kind{ScanFast, ScanSlow, IRCC2, NetBIOSEgress, NetBIOSIngress, HostCompromised, FirstSeen}

// Activity is the step of an episode (OCSF activity_id).
type Activity uint8

// The activities.
const (
	Create Activity = 1
	Update Activity = 2
	Close  Activity = 3
)

// Severity is OCSF severity_id.
type Severity uint8

// The severities.
const (
	Informational Severity = 1
	Low           Severity = 2
	Medium        Severity = 3
	High          Severity = 4
	Critical      Severity = 5
)

// Visibility says how well the sensor saw what the finding rests on.
type Visibility string

// The visibilities, worst first where several hold.
const (
	VisibilityDrops    Visibility = "drops"
	VisibilityOneWay   Visibility = "one_way"
	VisibilityLearning Visibility = "learning"
	VisibilityOK       Visibility = "ok"
)

// Finding is one record: a step of an episode. Times are packet time, UTC.
type Finding struct {
	Kind       Kind
	Activity   Activity
	Severity   Severity
	Confidence int    // 0-100
	UID        string // of this record, unchanged on redelivery
	Episode    string // shared by Create, Updates and Close
	Sequence   int    // of the record in its episode, from 1

	Time      time.Time // when it was judged
	FirstSeen time.Time // first packet of the episode
	LastSeen  time.Time // latest packet of the episode

	Sensor     string // sensor.name
	Source     Endpoint
	Realm      uint32   // VLAN or tunnel id where networks.realms separates hosts, else 0; not written
	Message    string   // one sentence that an analyst can act on
	Remedy     string   // what to do now
	Techniques []string // MITRE ATT&CK ids, as T1046
	Analytic   string   // name of the detector
	Version    string   // version of the detector

	// The evidence: the one that the kind has.
	Scan     *Scan     // scan.fast, scan.slow
	IRC      *IRC      // irc.c2
	Edge     *Edge     // netbios.egress, netbios.ingress
	Incident *Incident // host.compromised
	Novelty  *Novelty  // novelty.first_seen
}

// Endpoint is who did it.
type Endpoint struct {
	IP       netip.Addr
	MAC      string // aa:bb:cc:dd:ee:ff, empty where unknown
	Hostname string // as the host told it (DHCP), empty where unknown
	Home     bool   // inside networks.home
}

// MaxSamples is how many targets of either sort a finding names.
const MaxSamples = 16

// Scan is why, for scans. Strings may hold what was read off the wire: the encodings
// escape them.
type Scan struct {
	Service    string
	Ports      []uint16 // ports of the group that were tried, ascending
	Contacts   int      // trials, repeats included
	Targets    int      // distinct
	Dark       int
	Refused    int
	Silent     int
	Answered   int
	Waiting    int     // targets whose time to answer has not run out
	WindowMS   int64   // time that the counts cover
	Threshold  float64 // targets for fast, score for slow
	Score      float64
	Parts      ScoreParts
	RatePerS   float64
	LowerBound bool
	Visibility Visibility
	Samples    []Sample // up to MaxSamples, latest first met last
	Answers    []Sample // up to MaxSamples: the candidate victims
	Interface  string
	VLAN       uint16
	Knock      *Knock    // what was said to those that answered; nil if nothing was seen of it
	Listed     []Listing // blocklists that name the source
	Counted    *Counted  // by the kernel; nil for a recording
}

// ScoreParts is what each kind of outcome adds to the score.
type ScoreParts struct {
	Dark     float64
	Refused  float64
	Silent   float64
	Answered float64
	Novelty  float64
}

// Sample is one target.
type Sample struct {
	IP      netip.Addr
	Port    uint16
	SrcPort uint16
	Time    time.Time
}
