package packet

// PPP protocol numbers.
const (
	pppIPv4   = 0x0021
	pppVJComp = 0x002d // compressed TCP (RFC 1144), both forms
	pppVJ     = 0x002f
	pppIPv6   = 0x0057
	pppMPLS   = 0x0281
	pppMPLSMC = 0x0283
	pppComp   = 0x00fd // compressed or encrypted datagram
)

// pppoe takes the header of a PPPoE session (RFC 2516).
func (p *parser) pppoe() step {
	b := p.rest()
	if len(b) < 6 {
		return p.short(6)
	}
	if b[0] != 0x11 { // version and type
		return step(Malformed)
	}
	if b[1] != 0 { // not session data
		return step(NotIP)
	}
	p.off += 6
	p.bound(int(be16(b[4:])))
	return stepPPP
}

// ppp takes a PPP protocol field, behind address and control octets where the link did
// not negotiate them away (RFC 1661, RFC 1662), or a Cisco HDLC header.
func (p *parser) ppp() step {
	b := p.rest()
	if len(b) < 2 {
		return p.short(2)
	}
	switch [2]byte(b) {
	case [2]byte{0xff, 0x03}:
		p.off += 2
		b = b[2:]
	case [2]byte{0x0f, 0x00}, [2]byte{0x8f, 0x00}: // Cisco HDLC: unicast, multicast
		if len(b) < 4 {
			return p.short(4)
		}
		p.off += 4
		return p.etherType(be16(b[2:]))
	}
	if len(b) < 1 {
		return p.short(1)
	}
	if b[0]&1 != 0 { // compressed to one octet
		p.off++
		return p.pppProtocol(uint16(b[0]))
	}
	if len(b) < 2 {
		return p.short(2)
	}
	p.off += 2
	return p.pppProtocol(be16(b))
}

func (p *parser) pppProtocol(n uint16) step {
	switch n {
	case pppIPv4:
		return stepIPv4
	case pppIPv6:
		return stepIPv6
	case pppMPLS, pppMPLSMC:
		return stepMPLS
	case pppVJ, pppVJComp, pppComp:
		return step(Unsupported)
	}
	return step(NotIP)
}
