package capture

import "net/netip"

// Wants is what the detectors look at; a live source need not give more. It may change
// while a source runs.
type Wants struct {
	Home    []netip.Prefix    // of whom sightings are wanted, and whose connections outward
	Realms  bool              // VLANs and tunnels separate hosts of equal addresses
	TCP     []uint16          // watched services
	UDP     []uint16          //
	ARP     bool              // who-has and is-at are watched
	Streams bool              // TCP streams are followed
	SMB     []uint16          // TCP ports on which SMB is spoken; their streams are followed
	IRCTLS  []uint16          // TCP ports on which IRC over TLS is spoken; the same
	Could   func([]byte) bool // whether octets can begin a line of IRC: irc.Could
}

// SourceCounts is what a live source counted of the packets of one address, with those
// that it did not give: repeats, and what was beyond the bound of a source.
type SourceCounts struct {
	Openings uint64 // bare SYNs and requests to watched UDP ports
	Answers  uint64 // SYN-ACKs of watched ports
	Refusals uint64 // RSTs of watched ports, unreachables about them
	Repeats  uint64 // not given: the same as just before
	Held     uint64 // not given: beyond the bound of a source in a window
}

// LiveStats counts what only a live source has.
type LiveStats struct {
	Lost          uint64 // events for which there was no room: rings, or AF_PACKET's drops; with what was damaged in a ring
	Held          uint64 // events beyond the bound of their source
	Repeats       uint64 // events that were the same as just before
	Sightings     uint64 // events given only because their source had not been seen lately
	SightingsHeld uint64 // of such, those put off
	Punted        uint64 // frames taken apart in user space
	PuntsHeld     uint64 // frames beyond the bound for that: not looked at
	StreamsLost   uint64 // connections displaced before their first octets
	SourcesLost   uint64 // counts of a source displaced
	Reordered     uint64 // events of one ring that came after later ones of another had been given
	CPUs          []CPUStats
	Links         []LinkStats
}

// CPUStats counts the events of a receiving CPU, or of a ring.
type CPUStats struct {
	CPU          int
	Events, Lost uint64
}

// LinkStats is an interface as a live source has it.
type LinkStats struct {
	Name    string
	Mode    string // native, generic, af_packet; empty while it is not there
	Role    string // span, router
	Up      bool   // there, set up, and with a carrier as far as its driver knows: packets can come
	Packets uint64 // all that it received
	Octets  uint64
}
