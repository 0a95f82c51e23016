package packet

import "encoding/binary"

// IP protocol numbers of headers that others follow.
const (
	protoHopByHop    = 0
	protoIPv4        = 4
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoAH          = 51
	protoDestination = 60
	protoMobility    = 135
	protoMPLS        = 137
	protoHIP         = 139
	protoShim6       = 140
)

const (
	ipv4Len = 20
	ipv6Len = 40
	maxExts = 8 // extension headers of one packet
)

// ip takes a packet that tells its version itself.
func (p *parser) ip() step {
	b := p.rest()
	if len(b) < 1 {
		return p.short(1)
	}
	switch b[0] >> 4 {
	case 4:
		return stepIPv4
	case 6:
		return stepIPv6
	}
	return step(NotIP)
}

// ipv4 takes an IPv4 header with its options (RFC 791).
func (p *parser) ipv4() step {
	b := p.rest()
	if len(b) < ipv4Len {
		return p.short(ipv4Len)
	}
	header, total := int(b[0]&0xf)*4, int(be16(b[2:]))
	if total != 0 {
		p.bound(total)
	} // else the card was to cut it up (TSO), and knows the length from the frame
	if b[0]>>4 != 4 || header < ipv4Len || p.size() < header {
		return step(Malformed)
	}
	ev := p.ev
	dst := be32(b[16:])
	ev.Src.set4(be32(b[12:]))
	ev.Dst.set4(dst)
	if dst>>28 == 0xe || dst == 0xffffffff {
		ev.Flags |= FlagGroup
	}
	p.off += header
	p.v6 = false
	if frag := be16(b[6:]) & 0x3fff; frag != 0 {
		return p.fragment(b[9], frag&0x1fff, frag&0x2000 != 0)
	}
	return p.protocol(b[9])
}

// ipv6 takes an IPv6 header (RFC 8200). A payload length of zero is a jumbogram or
// left to the card, the frame knows then.
func (p *parser) ipv6() step {
	b := p.rest()
	if len(b) < ipv6Len {
		return p.short(ipv6Len)
	}
	if b[0]>>4 != 6 {
		return step(Malformed)
	}
	if n := int(be16(b[4:])); n != 0 {
		p.bound(ipv6Len + n)
	}
	ev := p.ev
	ev.Src, ev.Dst = AddrFrom16(b[8:]), AddrFrom16(b[24:])
	if ev.Src.Is4() || ev.Dst.Is4() { // mapped: never on the wire (RFC 4942, 2.2)
		return step(Malformed)
	}
	if b[24] == 0xff {
		ev.Flags |= FlagGroup
	}
	p.off += ipv6Len
	p.v6, p.hops = true, b[7]
	return p.protocol(b[6])
}

// protocol tells what follows an IP or extension header by its number.
func (p *parser) protocol(proto uint8) step {
	p.ev.Proto = proto
	if proto == ProtoTCP { // nearly always: kept small, so that it is inlined
		return stepTCP
	}
	return p.rarer(proto)
}

func (p *parser) rarer(proto uint8) step {
	switch proto {
	case ProtoUDP:
		return stepUDP
	case protoIPv4:
		return p.enter(stepIPv4, 0)
	case protoIPv6:
		return p.enter(stepIPv6, 0)
	case protoGRE:
		return stepGRE
	case protoMPLS:
		return stepMPLS
	case protoAH:
		return stepExtension
	}
	if p.v6 {
		return p.protocol6(proto)
	}
	if proto == ProtoICMP {
		return stepICMP
	}
	return step(OK)
}

// protocol6 knows the numbers that mean something in IPv6 only.
func (p *parser) protocol6(proto uint8) step {
	if proto == ProtoICMPv6 {
		return stepICMPv6
	}
	if isExtension(proto) {
		return stepExtension
	}
	return step(OK)
}

func isExtension(proto uint8) bool {
	switch proto {
	case protoHopByHop, protoRouting, protoFragment, protoAH, protoDestination,
		protoMobility, protoHIP, protoShim6:
		return true
	}
	return false
}

// extensionLen returns the length of an extension header that starts with the two
// octets of b; the authentication header counts in words of four (RFC 4302).
func extensionLen(proto uint8, b []byte) int {
	switch proto {
	case protoFragment:
		return 8
	case protoAH:
		return (int(b[1]) + 2) * 4
	}
	return (int(b[1]) + 1) * 8
}

// extension takes one IPv6 extension header, or the authentication header of either
// version. Addresses are known by now: a cut one still leaves the sender.
func (p *parser) extension() step {
	if p.exts++; p.exts > maxExts {
		return step(TooDeep)
	}
	b, proto := p.rest(), p.ev.Proto
	if len(b) < 8 { // none is shorter
		if p.short(8) == step(Malformed) {
			return step(Malformed)
		}
		p.ev.Flags |= FlagCut
		return step(OK)
	}
	n := extensionLen(proto, b)
	if p.size() < n && !p.partial {
		return step(Malformed)
	}
	p.off += n
	if proto == protoFragment {
		if frag := be16(b[2:]); frag&0xfff9 != 0 {
			return p.fragment(b[0], frag>>3, frag&1 != 0)
		}
	}
	return p.protocol(b[0])
}

// fragment takes a fragment of a packet of the given protocol: offset in units of
// eight octets, and whether more follow.
func (p *parser) fragment(proto uint8, offset uint16, more bool) step {
	if offset != 0 {
		p.ev.Proto = proto
		return step(OK)
	}
	if more {
		p.ev.Flags |= FlagFragment
		p.partial = true
	}
	return p.protocol(proto)
}

// set4 makes an IPv4 address of a, whose octets are zero so far. One store of eight
// octets, so that who reads them soon after does not wait for smaller ones to join.
func (a *Addr) set4(v uint32) {
	binary.BigEndian.PutUint64(a[8:], 0xffff<<32|uint64(v))
}
