package packet

import "encoding/binary"

// maxTunnels bounds how many tunnel headers are taken off one frame.
const maxTunnels = 8

// Parse makes ev of one frame: link is how it starts, frame what was captured of it and
// wireLen how many octets it had on the wire. It fills in every field but Time and
// Iface, which it leaves alone. On any status but OK ev holds nothing of use.
//
// Checksums are not verified: offload leaves them to the card, so that captures at the
// sender never have them right.
func Parse(link Link, frame []byte, wireLen int, ev *Event) Status {
	var p parser
	p.ev, p.b, p.end = ev, frame, max(wireLen, len(frame))
	st := p.run(link)
	if p.overlay != 0 && (st == Malformed || st == Unsupported) {
		return p.again(link, frame, wireLen)
	}
	return st
}

// again reads the frame anew where what looked like a UDP tunnel held nothing sane: it
// was a datagram that happened to go to a tunnel's port.
func (p *parser) again(link Link, frame []byte, wireLen int) Status {
	*p = parser{ev: p.ev, b: frame, end: max(wireLen, len(frame)), plain: p.overlay}
	return p.run(link)
}

// parser is how far a frame was read. It only moves forward; each step takes one header
// and says what follows, so that the BPF program can be its twin.
type parser struct {
	ev      *Event
	b       []byte // captured, no farther than the end of the packet at hand
	off     int    // where the next header starts; may lie behind b
	end     int    // where the packet at hand ends on the wire; may lie behind b
	overlay int    // where the last UDP header taken for a tunnel starts; 0: none
	plain   int    // where a UDP header stands that is to be taken for no tunnel
	partial bool   // end is that of a first fragment: more of the packet exists
	v6      bool   // the packet at hand is IPv6
	hops    uint8  // hop limit of the IPv6 packet at hand
	tunnels uint8  // headers of each sort that were taken so far
	tags    uint8
	labels  uint8
	exts    uint8
}

// step is the header to take next, or, below Statuses, the result.
type step uint8

const (
	stepEthernet = step(Statuses) + iota
	stepIP       // IPv4 or IPv6 by the version field
	stepIPv4
	stepIPv6
	stepTCP
	stepUDP
	stepICMP
	stepICMPv6
	stepARP
	stepVLAN
	stepExtension // of IPv6
	stepVNTag
	stepLLC
	stepMPLS
	stepPPPoE
	stepPPP
	stepGRE
	stepERSPAN2
	stepERSPAN3
	stepSLL
	stepSLL2
	stepNull
	stepNFLOG
)

// run takes header after header. Each step moves off forward, and what could repeat
// is bounded by a count, so it ends.
func (p *parser) run(link Link) Status {
	p.reset()
	next := link.first()
	for next >= step(Statuses) {
		switch next {
		case stepEthernet:
			next = p.ethernet()
		case stepIP:
			next = p.ip()
		case stepIPv4:
			next = p.ipv4()
		case stepIPv6:
			next = p.ipv6()
		case stepTCP:
			next = p.tcp()
		case stepUDP:
			next = p.udp()
		case stepICMP:
			next = p.icmp()
		case stepICMPv6:
			next = p.icmpv6()
		case stepARP:
			next = p.arp()
		case stepVLAN:
			next = p.vlan()
		case stepExtension:
			next = p.extension()
		case stepVNTag:
			next = p.vntag()
		case stepLLC:
			next = p.llc()
		case stepMPLS:
			next = p.mpls()
		case stepPPPoE:
			next = p.pppoe()
		case stepPPP:
			next = p.ppp()
		case stepGRE:
			next = p.gre()
		case stepERSPAN2:
			next = p.erspan2()
		case stepERSPAN3:
			next = p.erspan3()
		case stepSLL:
			next = p.sll()
		case stepSLL2:
			next = p.sll2()
		case stepNull:
			next = p.null()
		case stepNFLOG:
			next = p.nflog()
		default:
			return Unsupported
		}
	}
	return Status(next)
}

// rest returns what was captured from the next header on, to the end of its packet.
func (p *parser) rest() []byte {
	if p.off > len(p.b) {
		return nil
	}
	return p.b[p.off:]
}

// size returns how many octets the packet had from the next header on; less than zero
// where headers reach behind its end.
func (p *parser) size() int { return p.end - p.off }

// bound says that the packet at hand has n octets from here on. What follows it, such
// as Ethernet padding, is out of reach then. It may claim more than what holds it has.
func (p *parser) bound(n int) {
	p.end = p.off + n
	if p.end < len(p.b) {
		p.b = p.b[:p.end]
	}
	p.partial = false
}

// short returns what it means that n octets of header are not there: that the capture
// was cut, or that the packet never had them.
func (p *parser) short(n int) step {
	if p.size() < n && !p.partial {
		return step(Malformed)
	}
	return step(Cut)
}

// enter goes into a tunnel with the given id (0: it has none), to the header next.
// Nothing that was said of the packet around holds for the one inside, except how both
// came here: the VLAN, the sender's link address, and the id of a tunnel around.
func (p *parser) enter(next step, id uint32) step {
	if p.tunnels++; p.tunnels > maxTunnels {
		return step(TooDeep)
	}
	ev := p.ev
	if id == 0 {
		id = ev.Tunnel
	}
	vlan, mac := ev.VLAN, ev.SrcMAC
	p.reset()
	ev.Tunnel, ev.VLAN, ev.SrcMAC, ev.Flags = id, vlan, mac, FlagTunnelled
	p.labels, p.exts = 0, 0
	return next
}

// reset clears the event, but for what the source says.
func (p *parser) reset() {
	ev := p.ev
	t, iface := ev.Time, ev.Iface
	*ev = Event{}
	ev.Time, ev.Iface = t, iface
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
