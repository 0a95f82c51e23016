package office

import "encoding/binary"

const (
	ethernet = 14
	bare     = ethernet + 20 + 20 // octets of a TCP segment without data

	fin, syn, psh, ack = 0x01, 0x02, 0x08, 0x10
)

type endpoint struct {
	addr uint32
	port uint16
}

// session is one TCP connection, or, on port 53, a UDP exchange.
type session struct {
	client, server endpoint
	length, sent   int // packets
}

// open returns a new session between a host and a server that it might talk to.
func (g *generator) open() session {
	port := [...]uint16{443, 443, 443, 443, 80, 80, 53, 445}[g.rng.IntN(8)]
	// A server has one service; file and name servers are inside.
	n := g.rng.IntN(servers)
	server := endpoint{10<<24 | 2<<16 | uint32(port&0xff)<<8 | uint32(n%20+1), port}
	if port == 443 || port == 80 {
		server.addr = 93<<24 | uint32(n)<<8 | uint32(port&0xff)
	}
	s := session{
		client: endpoint{inside(g.rng.IntN(hosts)), uint16(32768 + g.rng.IntN(28000))},
		server: server,
		length: 8 + g.rng.IntN(25), // one packet in twenty is a SYN
	}
	if port == 53 {
		s.length = 2
	}
	return s
}

// advance returns the session's next frame.
func (s *session) advance(g *generator) []byte {
	i := s.sent
	s.sent++
	if s.server.port == 53 {
		if i%2 == 0 {
			return g.datagram(s.client, s.server, 40)
		}
		return g.datagram(s.server, s.client, 120)
	}
	switch {
	case i == 0:
		return g.segment(s.client, s.server, syn, 0)
	case i == 1:
		return g.segment(s.server, s.client, syn|ack, 0)
	case i == 2:
		return g.segment(s.client, s.server, ack, 0)
	case i == s.length-2:
		return g.segment(s.client, s.server, fin|ack, 0)
	case i == s.length-1:
		return g.segment(s.server, s.client, fin|ack, 0)
	case i%5 == 0:
		return g.segment(s.client, s.server, ack, 0)
	}
	// Many segments are small and some are full: the average comes out at g.payload.
	payload := min(int(g.rng.ExpFloat64()*float64(g.payload)*1.13), maxFrame-bare)
	if i%5 == 1 {
		return g.segment(s.client, s.server, psh|ack, payload)
	}
	return g.segment(s.server, s.client, psh|ack, payload)
}

// segment builds a TCP segment with n octets of data.
func (g *generator) segment(from, to endpoint, flags byte, n int) []byte {
	b := g.ip(from, to, 6, 20+n)
	tcp := b[ethernet+20:]
	binary.BigEndian.PutUint32(tcp[4:], 0x10203040)
	binary.BigEndian.PutUint32(tcp[8:], 0x50607080)
	tcp[12], tcp[13] = 5<<4, flags
	binary.BigEndian.PutUint16(tcp[14:], 64240)
	return b
}

// datagram builds a UDP datagram with n octets of data.
func (g *generator) datagram(from, to endpoint, n int) []byte {
	b := g.ip(from, to, 17, 8+n)
	binary.BigEndian.PutUint16(b[ethernet+20+4:], uint16(8+n))
	return b
}

// ip builds the headers around n octets of protocol proto, and the ports, which stand at
// the same place in TCP and UDP. Checksums are left as offload leaves them.
func (g *generator) ip(from, to endpoint, proto byte, n int) []byte {
	b := g.frame[:ethernet+20+n]
	be := binary.BigEndian
	copy(b, "\x02\x00\x02\x00")
	be.PutUint16(b[4:], uint16(to.addr))
	copy(b[6:], "\x02\x00\x02\x00")
	be.PutUint16(b[10:], uint16(from.addr))
	be.PutUint16(b[12:], 0x0800)
	ip := b[ethernet:]
	ip[0], ip[1] = 0x45, 0
	be.PutUint16(ip[2:], uint16(20+n))
	be.PutUint32(ip[4:], 0x00004000)
	ip[8], ip[9] = 64, proto
	be.PutUint32(ip[12:], from.addr)
	be.PutUint32(ip[16:], to.addr)
	be.PutUint16(ip[20:], from.port)
	be.PutUint16(ip[22:], to.port)
	return b
}
