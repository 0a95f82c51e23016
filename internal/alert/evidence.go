package alert

import (
	"net/netip"
	"time"
)

// Knock is what a source said to those that answered it on SMB: what the knock was for.
type Knock struct {
	Hosts         int      // targets of which the first octets were seen
	Dialects      []string // as SMB 3.1.1
	Trees         []string // as ADMIN$
	Pipes         []string // as svcctl
	LogonFailures int
	Encrypted     int      // targets with which it went on encrypted: what it did there is not known
	Telling       []string // what to look at first, in words
}

// Listing is an entry of a blocklist that names a host.
type Listing struct {
	List  string // its name
	Entry string // address or prefix, empty where it is not known
}

// Part is one part of a score.
type Part struct {
	Name   string // as nick_shape
	Weight float64
	Why    string // in words
}

// IRC is why, for irc.c2. Strings are as they were on the wire: the encodings escape them.
type IRC struct {
	Server     netip.Addr
	Port       uint16
	ServerName string // as it calls itself, empty where unknown
	Nick       string
	User       string
	Real       string   // real name
	Channels   []string // joined, or tried
	Keyed      []string // those of them with a key
	Orders     []string // command verbs, as advscan
	Lines      []IRCLine
	TLS        bool // nothing of what is said can be known
	Answered   bool // the server answered as IRC servers do
	Open       bool // the session goes on
	Bot        bool // else a person, for all that is known
	Novel      bool // the server was never seen before
	Hosts      int  // home hosts that the server has, of those remembered
	Score      float64
	Threshold  float64
	Parts      []Part
	Listed     []Listing // blocklists that name the server
	Visibility Visibility
	Interface  string
	VLAN       uint16
}

// IRCLine is a telling line of a session.
type IRCLine struct {
	Time   time.Time
	Server bool // the server's, else the client's
	Text   string
}

// Counted is what the kernel counted of a source's packets on the wire since it took note
// of it, with those that it did not hand over.
type Counted struct {
	Openings uint64 // bare SYNs, and requests to watched UDP ports
	Answers  uint64 // by the source: SYN-ACKs of watched ports
	Refusals uint64 // by the source: RSTs of watched ports, unreachables about them
	Repeats  uint64 // not handed over: the same as just before
	Held     uint64 // not handed over: beyond the bound of a source (capture.per_source)
}

// Edge is why, for netbios.egress and netbios.ingress.
type Edge struct {
	Services    []string // groups, ascending
	Ports       []uint16 // ascending
	Contacts    int
	Peers       int    // distinct, at the other side of the edge
	Answered    int    // of them
	Bytes       uint64 // of payload, both ways
	LowerBound  bool
	Lookups     bool     // nothing but name look-ups (137/udp), as Windows does on its own
	HomeDefault bool     // networks.home is only the default
	Samples     []Sample // up to MaxSamples, latest first met last
	Answers     []Sample // those of them that answered
	Knock       *Knock
	Listed      []Listing
	Visibility  Visibility
	Interface   string
	VLAN        uint16
}

// Incident is why, for host.compromised.
type Incident struct {
	Timeline   []Moment // in order of time
	Omitted    int      // moments that are no longer kept
	InfectedBy *Infection
	Infected   []Infection
	Kinds      []string // of evidence, independent of each other: scan, irc, edge, listed, novel, infection
}

// Moment is one step on the way.
type Moment struct {
	Time    time.Time
	Kind    string // of the finding, or watched, listed, novel, infection
	Episode string // finding_info.uid of the finding, empty where there is none
	Message string
}

// Infection is a meeting that ended badly.
type Infection struct {
	Host       netip.Addr    // the other one
	Time       time.Time     // of contact
	Delay      time.Duration // from contact to the first packet of the victim's own sweep
	Port       uint16
	Bytes      uint64 // of payload that went to the victim
	CalledBack uint16 // port on which the victim called back, 0 if it did not
	Protocol   string // of that call: tcp or udp
}

// Novelty is why, for novelty.first_seen.
type Novelty struct {
	Items []NovelItem // latest last
	Count int
}

// NovelItem is something that was never seen before.
type NovelItem struct {
	Time    time.Time
	What    string // service, irc_server, target
	IP      netip.Addr
	Port    uint16
	Service string
}
