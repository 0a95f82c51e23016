package packet

// Bits in the first 16 of a GRE header (RFC 1701, 2784, 2890; version 1: RFC 2637).
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080 // version 1 only
	greVersion  = 0x0007

	maxRoutes = 8 // entries of the routing field
)

// gre takes a GRE header with all its optional fields. What carries nothing that is
// taken apart (keepalives, NHRP, acknowledgements) stays an event of the packet around.
func (p *parser) gre() step {
	b := p.rest()
	if len(b) < 4 {
		return p.short(4)
	}
	flags, proto := be16(b), be16(b[2:])
	switch flags & greVersion {
	case 0:
		return p.gre0(b, flags, proto)
	case 1:
		return p.gre1(b, flags, proto)
	}
	return step(OK)
}

func (p *parser) gre0(b []byte, flags, proto uint16) step {
	next := greNext(flags, proto)
	if next == step(OK) {
		return next
	}
	n := 4
	if flags&(greChecksum|greRouting) != 0 {
		n += 4 // checksum and routing offset come together
	}
	keyAt := n
	if flags&greKey != 0 {
		n += 4
	}
	if flags&greSequence != 0 {
		n += 4
	}
	if len(b) < n {
		return p.short(n)
	}
	var key uint32
	if flags&greKey != 0 {
		key = be32(b[keyAt:])
	}
	p.off += n
	if flags&greRouting != 0 {
		if st := p.greRoutes(); st != step(OK) {
			return st
		}
	}
	return p.enter(next, key)
}

// greNext tells what a version 0 header carries, OK if it is not taken apart.
func greNext(flags, proto uint16) step {
	switch proto {
	case etherIPv4:
		return stepIPv4
	case etherIPv6:
		return stepIPv6
	case etherTEB:
		return stepEthernet
	case etherMPLS, etherMPLSMC:
		return stepMPLS
	case etherPPP:
		return stepPPP
	case etherERSPN:
		if flags&greSequence == 0 { // type I has no header of its own
			return stepEthernet
		}
		return stepERSPAN2
	case etherERSPN3:
		return stepERSPAN3
	}
	return step(OK)
}

// greRoutes skips the source routes of RFC 1701; a NULL entry ends them.
func (p *parser) greRoutes() step {
	for range maxRoutes {
		b := p.rest()
		if len(b) < 4 {
			return p.short(4)
		}
		p.off += 4 + int(b[3])
		if be16(b) == 0 && b[3] == 0 {
			return step(OK)
		}
	}
	return step(TooDeep)
}

// gre1 takes PPTP's GRE. Its key is the length of the payload and the call; the call
// is the tunnel's id.
func (p *parser) gre1(b []byte, flags, proto uint16) step {
	if proto != etherPPP || flags&greKey == 0 {
		return step(Malformed)
	}
	if flags&greSequence == 0 { // an acknowledgement alone
		return step(OK)
	}
	n := 12
	if flags&greAck != 0 {
		n += 4
	}
	if len(b) < n {
		return p.short(n)
	}
	size := int(be16(b[4:]))
	if size == 0 {
		return step(OK)
	}
	p.off += n
	p.bound(size)
	return p.enter(stepPPP, uint32(be16(b[6:])))
}

// ERSPAN headers (draft-foschiano-erspan-03). Both tell the session and the VLAN that
// the mirrored frame came from, which a tag in the frame overrules.
const (
	erspan2Len = 8
	erspan3Len = 12
	erspanSub  = 8 // platform specific sub-header
)

func (p *parser) erspan2() step {
	b := p.rest()
	if len(b) < erspan2Len {
		return p.short(erspan2Len)
	}
	if b[0]>>4 != 1 {
		return step(Unsupported)
	}
	p.off += erspan2Len
	p.erspan(b)
	return stepEthernet
}

func (p *parser) erspan3() step {
	b := p.rest()
	if len(b) < erspan3Len {
		return p.short(erspan3Len)
	}
	if b[0]>>4 != 2 {
		return step(Unsupported)
	}
	p.off += erspan3Len
	if b[11]&1 != 0 {
		p.off += erspanSub
	}
	p.erspan(b)
	switch b[10] >> 2 & 0x1f { // frame type
	case 0:
		return stepEthernet
	case 2:
		return stepIP
	}
	return step(NotIP)
}

func (p *parser) erspan(b []byte) {
	if id := be16(b) & 0xfff; id != 0 {
		p.ev.VLAN = id
	}
	if id := be16(b[2:]) & 0x3ff; id != 0 {
		p.ev.Tunnel = uint32(id)
	}
}
