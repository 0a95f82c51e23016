package afpacket

import "golang.org/x/net/bpf"

const (
	ipv4Len = 20
	ipv6Len = 40
	tcpLen  = 20
	udpLen  = 8

	protoTCP = 6
	protoUDP = 17
)

var one, zero = code{constant(1)}, code{constant(0)}

// ipv4 leaves X = octets of the header, and the cells filled in. Of a packet in fragments
// only the first has ports, and the parser knows how much of them.
func (f *filter) ipv4() code {
	at := f.header
	return parts(
		code{half(at + 6)},
		choose(bpf.JumpBitsSet, 0x1fff, f.rest(), nil),
		when(bpf.JumpBitsSet, 0x2000, whole),
		code{octet(at)},
		when(bpf.JumpLessThan, 0x45, whole), when(bpf.JumpGreaterThan, 0x4f, whole),
		code{half(at + 2)},
		when(bpf.JumpEqual, 0, whole), // the card is to cut it up, and knows the length
		code{keepIn(cellTotal), octet(at + 9), keepIn(cellProtocol), word(at + 16)},
		near4(),
		code{keepIn(cellNear), bpf.LoadMemShift{Off: at}},
	)
}

// near4 says by a destination whether it is one by which the hosts of a link find each
// other: the limited broadcast, UPnP, or a group of the link (RFC 5771, 4).
func near4() code {
	groups := parts(code{shr(8)}, choose(bpf.JumpEqual, 0xe00000, one, zero))
	return choose(bpf.JumpEqual, 0xffffffff, one, choose(bpf.JumpEqual, 0xeffffffa, one, groups))
}

// ipv6 is ipv4's twin. A payload length of zero is a jumbogram, or left to the card.
func (f *filter) ipv6() code {
	at := f.header
	return parts(
		code{length()}, when(bpf.JumpLessThan, at+ipv6Len, whole),
		code{octet(at)},
		when(bpf.JumpLessThan, 0x60, whole), when(bpf.JumpGreaterThan, 0x6f, whole),
		code{half(at + 4)},
		when(bpf.JumpEqual, 0, whole),
		code{add(ipv6Len), keepIn(cellTotal), octet(at + 6), keepIn(cellProtocol), half(at + 24)},
		choose(bpf.JumpEqual, 0xff02, one, zero),
		code{keepIn(cellNear), bpf.LoadConstant{Dst: bpf.RegX, Val: ipv6Len}},
	)
}

// transport takes what follows the IP header, whose length is X.
func (f *filter) transport() code {
	return parts(
		code{fetch(cellProtocol)},
		choose(bpf.JumpEqual, protoTCP, f.segment(), choose(bpf.JumpEqual, protoUDP, f.datagram(),
			parts(search(protocols, whole), f.rest()))),
	)
}

// datagram takes UDP. Beside the watched ports it keeps what hosts say that say little:
// to the link, and to or from well-known ports but QUIC's, such as those of DNS and DHCP.
func (f *filter) datagram() code {
	at := f.header
	const wellKnown, quic = 1024, 443
	service := parts(
		choose(bpf.JumpGreaterOrEqual, wellKnown, nil, choose(bpf.JumpEqual, quic, nil, code{bpf.RetConstant{Val: headSnap}})),
	)
	c := parts(
		reaches(at+udpLen),
		code{halfX(at + 2)}, search(tunnels, whole), search(f.udp, headSnap), service,
		code{halfX(at)}, search(f.udp, headSnap), service,
		code{fetch(cellNear)}, when(bpf.JumpEqual, 1, headSnap),
	)
	if f.header > 0 {
		c = parts(c, code{word(0)}, when(bpf.JumpEqual, 0xffffffff, headSnap))
	}
	return parts(c, f.rest())
}
