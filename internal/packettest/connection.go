package packettest

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Connection is a TCP connection in a scenario, with sequence numbers that are right.
type Connection struct {
	s              *Scenario
	client, server string
	sport, dport   uint16
	up, down       uint32 // next sequence numbers
}

// Connect adds a handshake and returns the connection. The sequence number of either side
// wraps soon, as one in a thousand does.
func (s *Scenario) Connect(client, server string, sport, dport uint16) *Connection {
	c := &Connection{s, client, server, sport, dport, 0xfffffff0, 0xffffff80}
	c.Up(packet.SYN, "")
	c.Down(packet.SYN|packet.ACK, "")
	c.Up(packet.ACK, "")
	return c
}

// Up adds a segment of the client, with these flags.
func (c *Connection) Up(flags uint8, payload string) {
	c.s.Send(Segment(c.client, c.server, c.sport, c.dport, flags, c.up, []byte(payload)...))
	c.up += octets(flags, payload)
}

// Down adds a segment of the server, with these flags.
func (c *Connection) Down(flags uint8, payload string) {
	c.s.Send(Segment(c.server, c.client, c.dport, c.sport, flags, c.down, []byte(payload)...))
	c.down += octets(flags, payload)
}

// Says has the client say something.
func (c *Connection) Says(payload string) { c.Up(packet.PSH|packet.ACK, payload) }

// Hears has the server say something.
func (c *Connection) Hears(payload string) { c.Down(packet.PSH|packet.ACK, payload) }

// Close ends the connection, a moment later.
func (c *Connection) Close() {
	c.s.Wait(time.Millisecond)
	c.Up(packet.FIN|packet.ACK, "")
	c.Down(packet.FIN|packet.ACK, "")
	c.Up(packet.ACK, "")
}

// octets is how much sequence space a segment takes (RFC 9293, 3.4).
func octets(flags uint8, payload string) uint32 {
	n := uint32(len(payload))
	if flags&packet.SYN != 0 {
		n++
	}
	if flags&packet.FIN != 0 {
		n++
	}
	return n
}
