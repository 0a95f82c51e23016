package packet

// ICMP (RFC 792), ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861) messages.
const (
	icmpUnreachable  = 3
	icmpFragNeeded   = 4 // code: path MTU discovery, no refusal
	icmp6Unreachable = 1
	icmp6Solicit     = 135
	icmp6Advertise   = 136

	icmpLen     = 8
	ndLen       = 24
	ndHops      = 255 // neighbour discovery from farther away is forged
	icmpTypeLen = 2   // type and code
)

func (p *parser) icmp() step {
	b := p.rest()
	p.ev.Kind = KindICMP
	if len(b) < icmpTypeLen {
		return p.icmpShort(icmpTypeLen)
	}
	if b[0] == icmpUnreachable && b[1] != icmpFragNeeded {
		return p.unreachable(b)
	}
	return step(OK)
}

func (p *parser) icmpv6() step {
	b := p.rest()
	p.ev.Kind = KindICMP
	if len(b) < icmpTypeLen {
		return p.icmpShort(icmpTypeLen)
	}
	switch b[0] {
	case icmp6Unreachable:
		return p.unreachable(b)
	case icmp6Solicit, icmp6Advertise:
		return p.neighbour(b)
	}
	return step(OK)
}

// icmpShort leaves a message whose first n octets are not all there without what they
// say, unless the packet never had them.
func (p *parser) icmpShort(n int) step {
	if p.short(n) == step(Malformed) {
		return step(Malformed)
	}
	p.ev.Flags |= FlagCut
	return step(OK)
}

// neighbour reads a solicitation or advertisement as what ARP would have said. A probe
// for duplicates has the sender ::.
func (p *parser) neighbour(b []byte) step {
	if p.hops != ndHops || b[1] != 0 {
		return step(OK)
	}
	if len(b) < ndLen {
		return p.icmpShort(ndLen)
	}
	target := AddrFrom16(b[8:])
	if target.Is4() {
		return step(Malformed)
	}
	if b[0] == icmp6Solicit {
		p.ev.Kind, p.ev.Dst = KindARPRequest, target
	} else {
		p.ev.Kind, p.ev.Src = KindARPReply, target
	}
	return step(OK)
}

// unreachable turns round the packet that a destination unreachable quotes.
func (p *parser) unreachable(b []byte) step {
	if len(b) < icmpLen {
		return p.icmpShort(icmpLen)
	}
	ev := p.ev
	var q quote
	if !q.read(b[icmpLen:], p.v6) {
		if p.off+len(b) < p.end {
			ev.Flags |= FlagCut
		}
		return step(OK)
	}
	if q.later || q.src != ev.Dst {
		return step(OK)
	}
	if q.dst != ev.Src {
		ev.Flags |= FlagRelayed
	}
	ev.Kind, ev.Src, ev.Dst, ev.Proto = KindUnreachable, q.dst, q.src, q.proto
	switch {
	case q.cut:
		ev.Flags |= FlagCut
	case q.proto == ProtoTCP || q.proto == ProtoUDP:
		ev.SrcPort, ev.DstPort = q.dport, q.sport
	}
	return step(OK)
}

// quote is the start of a packet as an ICMP error carries it.
type quote struct {
	src, dst     Addr
	sport, dport uint16
	proto        uint8
	later        bool // a later fragment: what it belonged to is unknown
	cut          bool // ends before the ports
}

// read reports whether b holds the IP header of a quote.
func (q *quote) read(b []byte, v6 bool) bool {
	if v6 {
		return q.read6(b)
	}
	if len(b) < ipv4Len {
		return false
	}
	header := int(b[0]&0xf) * 4
	if b[0]>>4 != 4 || header < ipv4Len {
		return false
	}
	q.src, q.dst = AddrFrom4(b[12:]), AddrFrom4(b[16:])
	q.proto, q.later = b[9], be16(b[6:])&0x1fff != 0
	q.ports(b, header)
	return true
}

func (q *quote) read6(b []byte) bool {
	if len(b) < ipv6Len || b[0]>>4 != 6 {
		return false
	}
	q.src, q.dst, q.proto = AddrFrom16(b[8:]), AddrFrom16(b[24:]), b[6]
	if q.dst.Is4() {
		return false
	}
	at := ipv6Len
	for range maxExts {
		if !isExtension(q.proto) {
			q.ports(b, at)
			return true
		}
		if len(b) < at+8 {
			return false // it may be a later fragment
		}
		if q.proto == protoFragment {
			q.later = be16(b[at+2:])&0xfff8 != 0
		}
		q.proto, at = b[at], at+extensionLen(q.proto, b[at:])
		if q.later {
			return true
		}
	}
	return false
}

func (q *quote) ports(b []byte, at int) {
	if q.proto != ProtoTCP && q.proto != ProtoUDP {
		return
	}
	if len(b) < at+4 {
		q.cut = true
		return
	}
	q.sport, q.dport = be16(b[at:]), be16(b[at+2:])
}
