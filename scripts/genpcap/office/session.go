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
	length, sent   int    // packets
	up, down       uint32 // sequence numbers, of the client and the server
}

// open returns a new session between a host and a server that it might talk to.
func (g *generator) open() session {
	ports := []uint16{443, 443, 443, 443, 80, 80, 53, 445}
	if g.Web {
		ports = ports[:7]
	}
	port := ports[g.rng.IntN(len(ports))]
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
		up:     g.rng.Uint32(),
		down:   g.rng.Uint32(),
	}
	switch {
	case port == 53:
		s.length = 2
	case g.Web:
		s.length = 8 + g.rng.IntN(125) // about 70 segments, as those of browsers have
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
	up := func(flags byte, n int) []byte { return g.segment(s.client, s.server, &s.up, flags, n) }
	down := func(flags byte, n int) []byte { return g.segment(s.server, s.client, &s.down, flags, n) }
	switch {
	case i == 0:
		return up(syn, 0)
	case i == 1:
		return down(syn|ack, 0)
	case i == 2:
		return up(ack, 0)
	case i == s.length-2:
		return up(fin|ack, 0)
	case i == s.length-1:
		return down(fin|ack, 0)
	case i%5 == 0:
		return up(ack, 0)
	}
	// Many segments are small and some are full: the average comes out at g.payload.
	payload := min(int(g.rng.ExpFloat64()*float64(g.payload)*1.13), maxFrame-bare)
	text := bulk
	if i == 3 || i == 4 {
		text = starts[s.server.port][i-3]
		payload = max(payload, len(text))
	}
	var frame []byte
	if i%5 == 1 || i == 3 {
		frame = up(psh|ack, payload)
	} else {
		frame = down(psh|ack, payload)
	}
	copy(frame[bare:], text)
	return frame
}

// starts are how the client and the server of a service begin; bulk is what follows.
var starts = map[uint16][2]string{
	80: {
		"GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
	},
	443: {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"},
	445: {
		"\x00\x00\x00\x6c\xfeSMB\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"\x00\x00\x00\xf8\xfeSMB\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	},
}

const bulk = "\x8d\x1f\xc3\x70\x9e\x42\xb6\x05\x8d\x1f\xc3\x70\x9e\x42\xb6\x05" +
	"\x8d\x1f\xc3\x70\x9e\x42\xb6\x05\x8d\x1f\xc3\x70\x9e\x42\xb6\x05\x8d\x1f\xc3\x70\x9e\x42\xb6\x05\x8d\x1f\xc3\x70"

// segment builds a TCP segment with n octets of data; seq moves on.
func (g *generator) segment(from, to endpoint, seq *uint32, flags byte, n int) []byte {
	b := g.ip(from, to, 6, 20+n)
	tcp := b[ethernet+20:]
	binary.BigEndian.PutUint32(tcp[4:], *seq)
	*seq += uint32(n)
	if flags&(syn|fin) != 0 {
		*seq++
	}
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
