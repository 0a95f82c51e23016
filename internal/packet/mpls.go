package packet

// maxLabels bounds one stack of labels.
const maxLabels = 8

// mpls takes one label (RFC 3032). Nothing in the stack says what follows it: the first
// nibble does (RFC 4928), 4 or 6 for IP. A pseudowire's control word starts with 0 (RFC
// 4385) and Ethernet follows; 1 is its associated channel, which carries no traffic. A
// pseudowire without control word starts with the destination address.
func (p *parser) mpls() step {
	b := p.rest()
	if len(b) < 4 {
		return p.short(4)
	}
	if p.labels++; p.labels > maxLabels {
		return step(TooDeep)
	}
	p.off += 4
	if b[2]&1 == 0 { // not the bottom of the stack
		return stepMPLS
	}
	label := be32(b) >> 12
	if len(b) < 5 {
		return p.short(1)
	}
	switch b[4] >> 4 {
	case 4:
		return p.enter(stepIPv4, label)
	case 6:
		return p.enter(stepIPv6, label)
	case 0:
		p.off += 4
	case 1:
		return step(NotIP)
	}
	return p.enter(stepEthernet, label)
}
