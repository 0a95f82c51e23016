package packet

const (
	tcpLen = 20
	udpLen = 8

	portNBNS = 137
)

// tcp takes a TCP header (RFC 9293, 3.1) as far as it was captured.
func (p *parser) tcp() step {
	if p.size() < tcpLen && !p.partial {
		return step(Malformed)
	}
	b, ev := p.rest(), p.ev
	ev.Kind = KindTCP
	if len(b) < 14 {
		ev.Flags |= FlagCut
		p.ports(b)
		return step(OK)
	}
	header := int(b[12]>>4) * 4
	if header < tcpLen {
		return step(Malformed)
	}
	ev.SrcPort, ev.DstPort, ev.TCPFlags = be16(b), be16(b[2:]), b[13]
	ev.Seq = be32(b[4:])
	p.payload(header)
	if len(b) > header {
		ev.Data, ev.Held = uint32(p.off+header), uint16(min(len(b)-header, 0xffff))
	}
	return step(OK)
}

// udp takes a UDP header (RFC 768) as far as it was captured. Its length field is not
// used: the IP header's is the one that receivers believe.
func (p *parser) udp() step {
	if p.size() < udpLen && !p.partial {
		return step(Malformed)
	}
	b, ev := p.rest(), p.ev
	if len(b) >= udpLen && p.off != p.plain {
		if next := p.udpTunnel(be16(b[2:]), b[udpLen:]); next != step(OK) {
			return next
		}
	}
	ev.Kind = KindUDP
	p.payload(udpLen)
	if !p.ports(b) {
		ev.Flags |= FlagCut
		return step(OK)
	}
	// Response bit of the name service header (RFC 1002, 4.2.1.1).
	const response = udpLen + 2
	if (ev.SrcPort == portNBNS || ev.DstPort == portNBNS) && len(b) > response && b[response]&0x80 != 0 {
		ev.Flags |= FlagReply
	}
	return step(OK)
}

// ports reads the two ports that TCP and UDP start with, if they were captured.
func (p *parser) ports(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	p.ev.SrcPort, p.ev.DstPort = be16(b), be16(b[2:])
	return true
}

// payload sets how many octets the packet has behind a header of the given length.
func (p *parser) payload(header int) {
	p.ev.Payload = uint16(min(max(p.size()-header, 0), 0xffff))
}
