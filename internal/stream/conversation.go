package stream

import (
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// conversation is a connection that is read.
type conversation struct {
	head
	sides [2]window
	irc   irc.Session
	smb   smb.Session
}

// head is what every conversation has.
type head struct {
	id                     uint64
	hash                   uint64
	began, last            packet.Time // last octets
	holed                  packet.Time // octets are missing since then, if it is in the chain of those
	client, server         packet.Addr
	clientPort, serverPort uint16
	vlan, iface            uint16
	realm                  uint32
	reborn                 uint32 // where a stream starts if a SYN seen since was true
	sibling                int32  // next slot with the same place in the index, plus one
	cell                   uint16
	mac                    [6]byte
	proto                  Proto
	class                  class
	segments               uint8 // with octets, until it was recognised
	facts                  facts
}

type facts uint16

const (
	middle      facts = 1 << iota // its start was not seen
	heard                         // the client was
	changed                       // since it was told of
	waiting                       // in the chain of those that miss octets
	clientHello                   // TLS
	serverHello
	reopened // reborn is valid
	asked    // the SYN was the client's, not the answer to one
	taken    // the server was seen, if only as it took the connection
)

func (c *conversation) has(f facts) bool { return c.facts&f != 0 }

// class is what a conversation is worth: when room is needed the lowest goes first, and of
// those in one class the one that has said nothing for longest.
type class uint8

const (
	undecided class = iota
	closing         // recognised, one side has said all it will
	minor           // SMB or TLS
	chat            // IRC
	ordered         // IRC in which orders were seen
	classes
)

// worth returns the class that c belongs to now.
func (c *conversation) worth() class {
	var w class
	switch {
	case c.proto == SMB && c.smb.Verdict() == smb.SMB, c.proto == TLS && c.has(clientHello) && c.has(serverHello):
		w = minor
	case c.proto == IRC && c.irc.Verdict() == irc.IRC && c.irc.Facts()&irc.Ordered != 0:
		w = ordered
	case c.proto == IRC && c.irc.Verdict() == irc.IRC:
		w = chat
	default:
		return undecided
	}
	if c.sides[client].ended || c.sides[server].ended {
		return closing
	}
	return w
}

// is reports whether s is a segment of c.
func (c *conversation) is(s *segment) bool {
	ev := s.ev
	if c.hash != s.hash || c.realm != s.realm {
		return false
	}
	return c.client == ev.Src && c.clientPort == ev.SrcPort && c.server == ev.Dst && c.serverPort == ev.DstPort ||
		c.client == ev.Dst && c.clientPort == ev.DstPort && c.server == ev.Src && c.serverPort == ev.SrcPort
}

// from returns which side sent a segment of c.
func (c *conversation) from(ev *packet.Event) side {
	if c.client == ev.Src && c.clientPort == ev.SrcPort {
		return client
	}
	return server
}

// start makes c the conversation that s belongs to, of which nothing is known yet.
func (c *conversation) start(s *segment, from side) {
	ev := s.ev
	c.head = head{
		hash: s.hash, cell: s.cell, realm: s.realm, vlan: ev.VLAN, iface: ev.Iface,
		client: ev.Src, clientPort: ev.SrcPort, server: ev.Dst, serverPort: ev.DstPort,
	}
	if from == server {
		c.client, c.clientPort, c.server, c.serverPort = ev.Dst, ev.DstPort, ev.Src, ev.SrcPort
	}
	c.sides[client].reset()
	c.sides[server].reset()
}

// meet notes that the server is there, and where the client is, when it is heard for the
// first time.
func (c *conversation) meet(ev *packet.Event, from side) {
	switch {
	case from == server:
		c.facts |= taken
	case !c.has(heard):
		c.mac, c.vlan, c.iface = ev.SrcMAC, ev.VLAN, ev.Iface
		c.facts |= heard
	}
}

// begin has the session of proto begin.
func (c *conversation) begin(proto Proto) {
	c.proto = proto
	switch proto {
	case IRC:
		c.irc.Start(c.has(middle))
	case SMB:
		c.smb = smb.Session{}
	}
}
