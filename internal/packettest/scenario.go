package packettest

import (
	"net/netip"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Start is when scenarios begin: the worm's own week, 2006-09-04 08:00 UTC.
const Start = packet.Time(1157356800 * int64(time.Second))

// Scenario is a capture in the making: a clock, and the frames so far.
type Scenario struct {
	Now     packet.Time
	Records []Record
}

// NewScenario returns an empty one that begins at Start.
func NewScenario() *Scenario { return &Scenario{Now: Start} }

// Wait lets time pass.
func (s *Scenario) Wait(d time.Duration) { s.Now = s.Now.Add(d) }

// Send adds packets as Ethernet frames, filled up to the shortest length, a
// microsecond apart.
func (s *Scenario) Send(packets ...Packet) {
	for _, p := range packets {
		s.Frame(Pad(Ethernet(p)))
	}
}

// Frame adds a frame as it is.
func (s *Scenario) Frame(frame []byte) {
	s.Records = append(s.Records, Record{Time: s.Now, Frame: frame})
	s.Wait(time.Microsecond)
}

// Sweep sends a SYN from src to the port of n addresses from first on, one each gap;
// nobody answers.
func (s *Scenario) Sweep(src, first string, n int, port uint16, gap time.Duration) {
	dst := netip.MustParseAddr(first)
	for i := range n {
		at := s.Now
		s.Send(TCP(src, dst.String(), uint16(1024+i%60000), port, packet.SYN))
		s.Now = at.Add(gap)
		dst = dst.Next()
	}
}

// ARPSweep asks for the link addresses of n hosts from first on, one each gap.
func (s *Scenario) ARPSweep(src, first string, n int, gap time.Duration) {
	dst := netip.MustParseAddr(first)
	for range n {
		at := s.Now
		s.Frame(Pad(EthernetFrom(SrcMAC, Broadcast, ARP(ARPRequest, src, dst.String()))))
		s.Now = at.Add(gap)
		dst = dst.Next()
	}
}

// Session is a TCP connection that is accepted: handshake, a line each way, close.
func (s *Scenario) Session(client, server string, sport, dport uint16) {
	up := func(flags uint8, b ...byte) { s.Send(TCP(client, server, sport, dport, flags, b...)) }
	down := func(flags uint8, b ...byte) { s.Send(TCP(server, client, dport, sport, flags, b...)) }
	up(packet.SYN)
	down(packet.SYN | packet.ACK)
	up(packet.ACK)
	up(packet.ACK|packet.PSH, []byte("ask\r\n")...)
	down(packet.ACK|packet.PSH, []byte("answer\r\n")...)
	up(packet.ACK | packet.FIN)
	down(packet.ACK | packet.FIN)
	up(packet.ACK)
}

// Refused is a SYN and the RST that comes back.
func (s *Scenario) Refused(client, server string, sport, dport uint16) {
	s.Send(TCP(client, server, sport, dport, packet.SYN),
		TCP(server, client, dport, sport, packet.RST|packet.ACK))
}

// Rejected is a SYN and the host unreachable that a router sends back.
func (s *Scenario) Rejected(router, client, server string, sport, dport uint16) {
	syn := TCP(client, server, sport, dport, packet.SYN)
	code := uint8(1)
	if syn.EtherType == EtherIPv6 {
		code = 3
	}
	s.Send(syn, Unreachable(router, client, code, syn, 0))
}

// NBNS returns a name service datagram, a node status request or the answer to one
// (RFC 1002, 4.2.17, 4.2.18).
func NBNS(src, dst string, sport, dport uint16, response bool) Packet {
	body := slices.Concat([]byte{0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, 'C', 'K'},
		slices.Repeat([]byte{'A'}, 30), []byte{0, 0, 0x21, 0, 1})
	if response {
		body[2] = 0x84
	}
	return UDP(src, dst, sport, dport, body...)
}
