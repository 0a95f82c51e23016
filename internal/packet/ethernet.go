package packet

// EtherTypes (IEEE 802 numbers).
const (
	etherIPv4   = 0x0800
	etherARP    = 0x0806
	etherERSPN3 = 0x22eb // ERSPAN III, only in GRE
	etherTEB    = 0x6558 // transparent Ethernet bridging: a whole frame follows
	etherVLAN   = 0x8100
	etherPPP    = 0x880b
	etherIPv6   = 0x86dd
	etherMPLS   = 0x8847
	etherMPLSMC = 0x8848
	etherPPPoE  = 0x8864 // session stage
	etherQinQ   = 0x88a8 // 802.1ad
	etherERSPN  = 0x88be // ERSPAN I and II, only in GRE
	etherVNTag  = 0x8926
	etherQinQ91 = 0x9100 // 802.1ad before it was one
)

const (
	ethernetLen = 14
	maxTags     = 3
	maxLength   = 1500 // up to here the type field is an 802.3 length
)

// ethernet takes a frame's addresses.
func (p *parser) ethernet() step {
	b := p.rest()
	if len(b) < ethernetLen {
		return p.short(ethernetLen)
	}
	p.ev.SrcMAC = [6]byte(b[6:12])
	if b[0]&1 != 0 {
		p.ev.Flags |= FlagGroup
	}
	p.off += ethernetLen
	p.tags = 0
	t := be16(b[12:])
	if t == etherIPv4 { // nearly always: spares a call
		return stepIPv4
	}
	return p.typeOrLength(t)
}

// typeOrLength tells what follows by the field before it, as Ethernet has it.
func (p *parser) typeOrLength(t uint16) step {
	if t > maxLength {
		return p.etherType(t)
	}
	if n := int(t); n < p.size() { // else left to the headers behind it
		p.bound(n)
	}
	return stepLLC
}

// etherType tells what follows by its EtherType.
func (p *parser) etherType(t uint16) step {
	switch t {
	case etherIPv4:
		return stepIPv4
	case etherIPv6:
		return stepIPv6
	case etherARP:
		return stepARP
	case etherVLAN, etherQinQ, etherQinQ91:
		return stepVLAN
	case etherVNTag:
		return stepVNTag
	case etherMPLS, etherMPLSMC:
		return stepMPLS
	case etherPPPoE:
		return stepPPPoE
	}
	return step(NotIP)
}

// llc takes an 802.2 header: SNAP (RFC 1042), or IP by its own access point.
func (p *parser) llc() step {
	b := p.rest()
	if len(b) < 3 {
		return p.short(3)
	}
	switch [3]byte(b) {
	case [3]byte{0x06, 0x06, 0x03}:
		p.off += 3
		return stepIPv4
	case [3]byte{0xaa, 0xaa, 0x03}:
	default:
		return step(NotIP)
	}
	if len(b) < 8 {
		return p.short(8)
	}
	// Encapsulated Ethernet, or the same as bridges mark it (802.1H).
	if oui := [3]byte(b[3:]); oui != [3]byte{} && oui != [3]byte{0, 0, 0xf8} {
		return step(NotIP)
	}
	p.off += 8
	return p.etherType(be16(b[6:]))
}

// vlan takes one 802.1Q tag. The innermost id counts; id 0 is a priority, not a VLAN.
func (p *parser) vlan() step {
	b := p.rest()
	if len(b) < 4 {
		return p.short(4)
	}
	if p.tags++; p.tags > maxTags {
		return step(TooDeep)
	}
	if id := be16(b) & 0xfff; id != 0 {
		p.ev.VLAN = id
	}
	p.off += 4
	return p.typeOrLength(be16(b[2:]))
}

// vntag takes a VN-tag (Cisco's port extender tag, as it went into 802.1Qbh): direction
// and two virtual interfaces, which tell nothing of hosts.
func (p *parser) vntag() step {
	b := p.rest()
	if len(b) < 6 {
		return p.short(6)
	}
	if p.tags++; p.tags > maxTags {
		return step(TooDeep)
	}
	p.off += 6
	return p.typeOrLength(be16(b[4:]))
}

// arp takes ARP for IPv4 on Ethernet (RFC 826).
func (p *parser) arp() step {
	const fixed, whole = 8, 28
	b := p.rest()
	if len(b) < fixed {
		return p.short(fixed)
	}
	if be16(b) != arpEther || be16(b[2:]) != etherIPv4 || b[4] != 6 || b[5] != 4 {
		return step(NotIP)
	}
	switch be16(b[6:]) {
	case 1:
		p.ev.Kind = KindARPRequest
	case 2:
		p.ev.Kind = KindARPReply
	default:
		return step(NotIP)
	}
	if len(b) < whole {
		return p.short(whole)
	}
	p.ev.Src, p.ev.Dst = AddrFrom4(b[14:]), AddrFrom4(b[24:])
	return step(OK)
}
