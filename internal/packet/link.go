package packet

import (
	"encoding/binary"
	"strconv"
)

// Link is a link-layer header type by its number in capture files (pcap-linktype(7)).
type Link uint16

// Link types that Parse takes.
const (
	LinkNull     Link = 0   // BSD loopback, address family in the byte order of the host
	LinkEthernet Link = 1   //
	LinkPPP      Link = 9   // with or without address and control octets
	LinkRawBSD   Link = 12  // raw IP, as most BSDs number it
	LinkRawOpen  Link = 14  // raw IP, as OpenBSD numbers it
	LinkPPPHDLC  Link = 50  // PPP in HDLC-like framing, or Cisco HDLC
	LinkRaw      Link = 101 // IPv4 or IPv6 by the version field
	LinkLoop     Link = 108 // OpenBSD loopback, address family in network byte order
	LinkSLL      Link = 113 // Linux "any" device, cooked
	LinkIPv4     Link = 228 //
	LinkIPv6     Link = 229 //
	LinkNFLOG    Link = 239 // netfilter log
	LinkSLL2     Link = 276 // Linux cooked, second version
)

// String returns the name of l, or its number where Parse does not know it.
func (l Link) String() string {
	switch l {
	case LinkNull:
		return "NULL"
	case LinkEthernet:
		return "Ethernet"
	case LinkPPP:
		return "PPP"
	case LinkRawBSD, LinkRawOpen, LinkRaw:
		return "raw IP"
	case LinkPPPHDLC:
		return "PPP in HDLC"
	case LinkLoop:
		return "LOOP"
	case LinkSLL:
		return "Linux cooked"
	case LinkIPv4:
		return "raw IPv4"
	case LinkIPv6:
		return "raw IPv6"
	case LinkNFLOG:
		return "NFLOG"
	case LinkSLL2:
		return "Linux cooked v2"
	}
	return "link type " + strconv.Itoa(int(l))
}

// Supported reports whether Parse knows the link type.
func (l Link) Supported() bool { return l.first() != step(Unsupported) }

// first returns the step that takes the link-layer header.
func (l Link) first() step {
	switch l {
	case LinkEthernet:
		return stepEthernet
	case LinkRaw, LinkRawBSD, LinkRawOpen:
		return stepIP
	case LinkIPv4:
		return stepIPv4
	case LinkIPv6:
		return stepIPv6
	case LinkSLL:
		return stepSLL
	case LinkSLL2:
		return stepSLL2
	case LinkNull, LinkLoop:
		return stepNull
	case LinkPPP, LinkPPPHDLC:
		return stepPPP
	case LinkNFLOG:
		return stepNFLOG
	}
	return step(Unsupported)
}

// null takes the address family of a loopback capture. Families are small numbers, so
// the half that is zero tells the byte order: AF_INET is 2 everywhere, AF_INET6 is 10,
// 24, 28 or 30 by the system.
func (p *parser) null() step {
	b := p.rest()
	if len(b) < 4 {
		return p.short(4)
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = be32(b)
	}
	p.off += 4
	if family > 0xffff { // no family: some systems write an EtherType
		return p.etherType(be16(b[2:]))
	}
	switch family {
	case 2:
		return stepIPv4
	case 10, 24, 28, 30:
		return stepIPv6
	}
	return step(NotIP)
}

// Linux cooked headers (pcap LINKTYPE_LINUX_SLL and _SLL2).
const (
	sllLen   = 16
	sll2Len  = 20
	arpEther = 1 // ARPHRD_ETHER

	sllBroadcast = 1 // packet types: to us 0, to others 3, from us 4
	sllMulticast = 2

	sllLLC = 4 // of the "protocols" that are no EtherType, the one that can hold IP
)

func (p *parser) sll() step {
	b := p.rest()
	if len(b) < sllLen {
		return p.short(sllLen)
	}
	p.off += sllLen
	return p.cooked(be16(b), be16(b[2:]), be16(b[4:]), b[6:14], be16(b[14:]))
}

func (p *parser) sll2() step {
	b := p.rest()
	if len(b) < sll2Len {
		return p.short(sll2Len)
	}
	p.off += sll2Len
	return p.cooked(uint16(b[10]), be16(b[8:]), uint16(b[11]), b[12:20], be16(b))
}

// cooked takes what both Linux headers say: packet type, ARPHRD type, length of the
// sender's link address, that address (8 octets, filled up) and the protocol.
func (p *parser) cooked(kind, hardware, addrLen uint16, addr []byte, protocol uint16) step {
	if kind == sllBroadcast || kind == sllMulticast {
		p.ev.Flags |= FlagGroup
	}
	if hardware == arpEther && addrLen == 6 {
		p.ev.SrcMAC = [6]byte(addr)
	}
	if protocol == sllLLC {
		return stepLLC
	}
	return p.etherType(protocol)
}

// NFLOG: a 4-octet header, then attributes with lengths and types in the byte order of
// the host (pcap LINKTYPE_NFLOG, linux/netfilter/nfnetlink_log.h).
const (
	nflogHeader    = 4
	nflogHWAddr    = 8 // NFULA_HWADDR: length, padding, address of 8 octets
	nflogPayload   = 9 // NFULA_PAYLOAD
	maxNFLOGFields = 32
)

func (p *parser) nflog() step {
	if len(p.rest()) < nflogHeader {
		return p.short(nflogHeader)
	}
	p.off += nflogHeader
	for range maxNFLOGFields {
		b := p.rest()
		if len(b) < 4 {
			return p.short(4)
		}
		size, kind := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
		if kind > 0xff { // types are small: the host was big-endian
			size, kind = be16(b), be16(b[2:])
		}
		switch {
		case size < 4:
			return step(Malformed)
		case kind == nflogPayload:
			p.bound(int(size))
			p.off += 4
			return stepIP
		case kind == nflogHWAddr && len(b) >= 14 && size >= 14 && be16(b[4:]) == 6:
			p.ev.SrcMAC = [6]byte(b[8:14])
		}
		p.off += (int(size) + 3) &^ 3
	}
	return step(Malformed)
}
