package packet

// UDP ports of tunnels.
const (
	portTeredo   = 3544
	portVXLAN    = 4789
	portVXLANGPE = 4790
	portGeneve   = 6081
	portVXLANOld = 8472 // Linux before the port was assigned, and OTV
)

// udpTunnel tells what a datagram to the given port carries, OK if it is an ordinary
// one. Ports prove nothing, so headers have to be exactly right; where what follows
// then is not, Parse comes back and takes the datagram as one.
func (p *parser) udpTunnel(port uint16, b []byte) step {
	switch port {
	case portVXLAN, portVXLANOld:
		return p.vxlan(b)
	case portVXLANGPE:
		return p.vxlanGPE(b)
	case portGeneve:
		return p.geneve(b)
	case portTeredo:
		return p.teredo(b)
	}
	return step(OK)
}

// inside goes n octets behind the UDP header into a tunnel.
func (p *parser) inside(n int, next step, id uint32) step {
	p.overlay = p.off
	p.off += udpLen + n
	return p.enter(next, id)
}

const vxlanLen = 8

// vxlan takes a VXLAN header (RFC 7348), with or without group policy
// (draft-smith-vxlan-group-policy).
func (p *parser) vxlan(b []byte) step {
	const valid, policy = 0x08, 0x80
	if len(b) < vxlanLen || b[0]&^policy != valid || b[0]&policy == 0 && be32(b)&0xffffff != 0 || b[7] != 0 {
		return step(OK)
	}
	return p.inside(vxlanLen, stepEthernet, be32(b[4:])>>8)
}

// vxlanGPE takes VXLAN with a protocol field (draft-ietf-nvo3-vxlan-gpe).
func (p *parser) vxlanGPE(b []byte) step {
	const instance, protocol, flood = 0x08, 0x04, 0x02
	if len(b) < vxlanLen || b[0]&^(protocol|flood) != instance || b[1] != 0 || b[2] != 0 || b[7] != 0 {
		return step(OK)
	}
	next := stepEthernet
	if b[0]&protocol != 0 {
		switch b[3] {
		case 1:
			next = stepIPv4
		case 2:
			next = stepIPv6
		case 3:
		case 5:
			next = stepMPLS
		default:
			return step(OK)
		}
	}
	return p.inside(vxlanLen, next, be32(b[4:])>>8)
}

// geneve takes a Geneve header with its options (RFC 8926); control messages carry no
// traffic.
func (p *parser) geneve(b []byte) step {
	const fixed, control, reserved = 8, 0x80, 0x3f
	if len(b) < fixed || b[0]>>6 != 0 || b[1]&(control|reserved) != 0 || b[7] != 0 {
		return step(OK)
	}
	var next step
	switch be16(b[2:]) {
	case etherTEB:
		next = stepEthernet
	case etherIPv4:
		next = stepIPv4
	case etherIPv6:
		next = stepIPv6
	case etherARP:
		next = stepARP
	case etherMPLS, etherMPLSMC:
		next = stepMPLS
	default:
		return step(OK)
	}
	options := int(b[0]&0x3f) * 4
	return p.inside(fixed+options, next, be32(b[4:])>>8)
}

// teredo takes IPv6 in UDP (RFC 4380, 5.1.1), behind the indications of authentication
// and origin. It has no header of its own: the IPv6 header must be there and fit.
func (p *parser) teredo(b []byte) step {
	n := 0
	if len(b) >= 4 && be16(b) == 1 { // authentication: client id, value, nonce, confirmation
		n = 13 + int(b[2]) + int(b[3])
	}
	if len(b) >= n+2 && be16(b[n:]) == 0 { // origin: port and address
		n += 8
	}
	if len(b) < n+ipv6Len || b[n]>>4 != 6 {
		return step(OK)
	}
	if udpLen+n+ipv6Len+int(be16(b[n+4:])) > p.size() && !p.partial {
		return step(OK)
	}
	return p.inside(n, stepIPv6, 0)
}
