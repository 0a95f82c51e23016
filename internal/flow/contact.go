// Package flow knows who met whom and how it ended. It holds no thresholds: whether a
// contact is worth an alert is decided behind it.
package flow

import "github.com/wormwatch/wormwatch/internal/packet"

// Outcome is how a contact stands.
type Outcome uint8

const (
	// Opened: asked, no answer yet. Exactly one per trial, the first Contact of it.
	Opened Outcome = iota
	// Answered: SYN-ACK, UDP answer or ARP reply from the target.
	Answered
	// Refused: RST or ICMP unreachable, and no other port of the group answered.
	Refused
	// Silent: nothing came back within the answer timeout.
	Silent
	// Lost: the trial was given up unanswered because the table of half-open slots was
	// full; what came of it is not known.
	Lost
)

// Facts are what was known about the pair and its target when the trial was opened, or
// learned since.
type Facts uint16

const (
	// First: source and target had not met in this group within the memory.
	First Facts = 1 << iota
	// Known: they had met, and the target answered the latest time.
	Known
	// Again: they had met, and the target never answered.
	Again
	// Alive: the target was seen alive within the memory.
	Alive
	// Dark: the target is a home address that nobody was seen to use within the memory,
	// or that is configured as dark. It counts at once; if it then answers or refuses by
	// itself, the outcome says so and the engine takes the weight back.
	Dark
	// Learning: the sensor has not watched long enough to call an address dark.
	Learning
	// SourceHome and TargetHome: inside networks.home.
	SourceHome
	TargetHome
	// Revised: an earlier Contact of the same trial said Refused, and is replaced.
	Revised
	// Proxied: the target's prefix answers for addresses that nobody uses (SYN proxy,
	// WAN optimiser): an answer tells nothing.
	Proxied
	// Relayed: the refusal came from a router, not from the target.
	Relayed
	// WentOn: the source went on (ACK, data) as one does after an answer, but none was
	// seen. Many of them, from many sources, show a mirror of one direction only.
	WentOn
	// SourceAlive: the source is a home address that was seen alive, so it is not forged by
	// somebody who makes addresses up.
	SourceAlive
	// DarkGiven: Dark by configuration (networks.dark), not learned.
	DarkGiven
)

// Contact is one step of a trial: the meeting of a source and a target in a service
// group. Steps of a trial come in order of time: Opened, perhaps Refused, and last
// Answered, Silent or Lost, unless Refused stood to the end.
type Contact struct {
	Time     packet.Time // of this step; for Silent the deadline
	OpenedAt packet.Time // of the first packet of the trial
	Source   packet.Addr
	Target   packet.Addr
	Realm    uint32 // VLAN or tunnel id where networks.realms separates them, else 0
	SrcPort  uint16 // of the first packet
	Port     uint16 // target's port that this step is about; 0 for ARP
	VLAN     uint16
	Iface    uint16
	MAC      [6]byte // source's link address, zero where unknown
	Group    uint8   // index into the services; the last one is ARP
	Outcome  Outcome
	Facts    Facts
}

// Has reports whether all of f hold.
func (c *Contact) Has(f Facts) bool { return c.Facts&f == f }
