package packettest

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Case is a frame and what it comes down to: the table that the parser's tests, the
// fuzz seeds and the BPF program's tests share.
type Case struct {
	Name  string
	Link  packet.Link
	Frame []byte
	Want  packet.Status
	Event packet.Event // where Want is OK; without Time and Iface
}

// Addresses of the cases: a client asks a server, inside of a tunnel from left to right.
const (
	Client  = "10.1.0.1"
	Server  = "10.1.0.2"
	Client6 = "2001:db8::1"
	Server6 = "2001:db8::2"
)

// Tunnel4 and Tunnel6 are what tunnels of the cases run between.
var (
	Tunnel4 = Between{"192.0.2.1", "192.0.2.2"}
	Tunnel6 = Between{"2001:db8:ffff::1", "2001:db8:ffff::2"}
)

// SYN and SYN6 are the packet that most cases carry.
var (
	SYN  = TCP(Client, Server, 40000, 445, packet.SYN)
	SYN6 = TCP(Client6, Server6, 40000, 445, packet.SYN)
)

// Cases returns all of them.
func Cases() []Case {
	return slices.Concat(linkCases(), tagCases(), tunnelCases(), overlayCases(),
		ipCases(), transportCases(), icmpCases(), neighbourCases(), refusedCases())
}

// want describes the event of a case by what it has beyond a SYN from client to server.
type want func(*packet.Event)

// event returns the event of SYN, as changed by the wants.
func event(wants ...want) packet.Event {
	ev := packet.Event{
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, TCPFlags: packet.SYN,
		SrcPort: 40000, DstPort: 445, SrcMAC: SrcMAC,
	}
	between(Client, Server)(&ev)
	for _, w := range wants {
		w(&ev)
	}
	return ev
}

func between(src, dst string) want {
	return func(ev *packet.Event) {
		ev.Src = packet.AddrFrom(netip.MustParseAddr(src))
		ev.Dst = packet.AddrFrom(netip.MustParseAddr(dst))
	}
}

func v6(ev *packet.Event) { between(Client6, Server6)(ev) }

func noMAC(ev *packet.Event) { ev.SrcMAC = [6]byte{} }

func vlan(id uint16) want { return func(ev *packet.Event) { ev.VLAN = id } }

func flags(f packet.Flags) want { return func(ev *packet.Event) { ev.Flags |= f } }

func ports(src, dst uint16) want {
	return func(ev *packet.Event) { ev.SrcPort, ev.DstPort = src, dst }
}

func payload(n int) want { return func(ev *packet.Event) { ev.Payload = uint16(n) } }

// tunnel says that the packet came out of one with the given id.
func tunnel(id uint32) want {
	return func(ev *packet.Event) {
		ev.Tunnel = id
		ev.Flags |= packet.FlagTunnelled
	}
}

// udp says that it is a datagram of n octets between two ports.
func udp(src, dst uint16, n int) want {
	return func(ev *packet.Event) {
		ev.Kind, ev.Proto, ev.TCPFlags = packet.KindUDP, packet.ProtoUDP, 0
		ev.SrcPort, ev.DstPort, ev.Payload = src, dst, uint16(n)
	}
}

// other says that it has no ports.
func other(kind packet.Kind, proto uint8) want {
	return func(ev *packet.Event) {
		ev.Kind, ev.Proto, ev.TCPFlags, ev.SrcPort, ev.DstPort = kind, proto, 0, 0, 0
	}
}

// ether is a case of an Ethernet frame that carries p.
func ether(name string, p Packet, wants ...want) Case {
	return Case{Name: name, Link: packet.LinkEthernet, Frame: Ethernet(p), Event: event(wants...)}
}

// bad returns p with one octet changed.
func bad(p Packet, at int, v byte) Packet {
	p.Octets = slices.Clone(p.Octets)
	p.Octets[at] = v
	return p
}

// refused is a case of an Ethernet frame that gives no event.
func refused(name string, st packet.Status, p Packet) Case {
	return Case{Name: name, Link: packet.LinkEthernet, Frame: Ethernet(p), Want: st}
}

func linkCases() []Case {
	link := func(name string, l packet.Link, frame []byte, wants ...want) Case {
		return Case{Name: name, Link: l, Frame: frame, Event: event(wants...)}
	}
	le, be := binary.LittleEndian, binary.BigEndian
	hdlc := join([]byte{0x0f, 0}, u16(EtherIPv4), SYN.Octets)
	short := join([]byte{0x21}, SYN.Octets)
	offload := TCP(Client, Server, 40000, 445, packet.SYN, make([]byte, 40)...)
	offload.Octets[2], offload.Octets[3] = 0, 0
	loopback := SLL(SYN, SLLToUs)
	loopback[2], loopback[3] = 772>>8, 772&0xff // ARPHRD_LOOPBACK
	arp := func(ev *packet.Event) { other(packet.KindARPRequest, 0)(ev) }
	return []Case{
		link("ethernet/ipv4", packet.LinkEthernet, Ethernet(SYN)),
		link("ethernet/ipv6", packet.LinkEthernet, Ethernet(SYN6), v6),
		link("ethernet/padded", packet.LinkEthernet, Pad(Ethernet(SYN))),
		link("ethernet/broadcast", packet.LinkEthernet, EthernetFrom(SrcMAC, Broadcast, SYN), flags(packet.FlagGroup)),
		link("ethernet/multicast", packet.LinkEthernet,
			EthernetFrom(SrcMAC, [6]byte{1, 0, 0x5e, 0, 0, 1}, SYN), flags(packet.FlagGroup)),
		link("ethernet/snap", packet.LinkEthernet, Pad(Ethernet(SNAP(SYN)))),
		link("ethernet/llc", packet.LinkEthernet, Ethernet(Packet{43, join([]byte{6, 6, 3}, SYN.Octets)})),
		link("raw/ipv4", packet.LinkRaw, SYN.Octets, noMAC),
		link("raw/ipv6", packet.LinkRaw, SYN6.Octets, noMAC, v6),
		link("raw/12", packet.LinkRawBSD, SYN.Octets, noMAC),
		link("raw/14", packet.LinkRawOpen, SYN6.Octets, noMAC, v6),
		link("ipv4", packet.LinkIPv4, SYN.Octets, noMAC),
		link("ipv6", packet.LinkIPv6, SYN6.Octets, noMAC, v6),
		link("null/little-endian", packet.LinkNull, Null(SYN, le), noMAC),
		link("null/big-endian", packet.LinkNull, Null(SYN6, be), noMAC, v6),
		link("loop", packet.LinkLoop, Null(SYN, be), noMAC),
		link("sll", packet.LinkSLL, SLL(SYN, SLLToUs)),
		link("sll/broadcast", packet.LinkSLL, SLL(SYN, SLLBroadcast), flags(packet.FlagGroup)),
		link("sll/vlan", packet.LinkSLL, SLL(VLAN(SYN6, 9), SLLFromUs), v6, vlan(9)),
		link("sll/arp", packet.LinkSLL, SLL(ARP(ARPRequest, Client, Server), SLLBroadcast), arp, flags(packet.FlagGroup)),
		link("sll/llc", packet.LinkSLL, SLL(Packet{4, SNAP(SYN).Octets}, SLLToUs)),
		link("sll/loopback", packet.LinkSLL, loopback, noMAC),
		link("sll2", packet.LinkSLL2, SLL2(SYN, SLLToUs)),
		link("sll2/multicast", packet.LinkSLL2, SLL2(SYN6, SLLMulticast), v6, flags(packet.FlagGroup)),
		link("ppp", packet.LinkPPP, PPP(SYN, false), noMAC),
		link("ppp/framed", packet.LinkPPP, PPP(SYN6, true), noMAC, v6),
		link("ppp/compressed", packet.LinkPPP, short, noMAC),
		link("hdlc/ppp", packet.LinkPPPHDLC, PPP(SYN, true), noMAC),
		link("hdlc/cisco", packet.LinkPPPHDLC, hdlc, noMAC),
		link("nflog/little-endian", packet.LinkNFLOG, NFLOG(SYN, le)),
		link("nflog/offload", packet.LinkNFLOG, NFLOG(offload, le), payload(40)),
		link("nflog/big-endian", packet.LinkNFLOG, NFLOG(SYN6, be), v6),
	}
}

func tagCases() []Case {
	inner := Ethernet(SYN)
	return []Case{
		ether("vlan", VLAN(SYN, 7), vlan(7)),
		ether("vlan/priority", VLAN(SYN, 0x6000)),
		ether("vlan/padded", Packet{0x8100, Pad(VLAN(SYN, 7).Octets)}, vlan(7)),
		ether("vlan/snap", VLAN(SNAP(SYN), 7), vlan(7)),
		ether("qinq", Tagged(0x88a8, VLAN(SYN6, 8), 7), v6, vlan(8)),
		ether("qinq/priority-inside", Tagged(0x88a8, VLAN(SYN, 0), 7), vlan(7)),
		ether("qinq/three", Tagged(0x9100, VLAN(SYN, 8, 9), 7), vlan(9)),
		ether("vntag", VNTag(SYN)),
		ether("vntag/vlan", VNTag(VLAN(SYN, 7)), vlan(7)),
		ether("mpls", MPLS(SYN, 100), tunnel(100)),
		ether("mpls/stack", VLAN(MPLS(SYN6, 100, 200, 300), 7), v6, vlan(7), tunnel(300)),
		ether("mpls/pseudowire", Pseudowire(inner, true, 100, 200), tunnel(200)),
		ether("mpls/pseudowire-no-word", Pseudowire(EthernetFrom(SrcMAC, [6]byte{0xb2}, SYN), false, 200), tunnel(200)),
		ether("pppoe", PPPoE(SYN, 1)),
		ether("pppoe/ipv6", VLAN(PPPoE(SYN6, 1), 7), v6, vlan(7)),
		ether("pppoe/shorter-than-inside", bad(PPPoE(SYN, 1), 5, 2+20+4), flags(packet.FlagCut),
			func(ev *packet.Event) { ev.TCPFlags = 0 }),
		ether("pppoe/mpls", PPPoE(MPLS(SYN, 12), 1), tunnel(12)),
		ether("pppoe/padded", Packet{0x8864, Pad(PPPoE(SYN, 1).Octets)}),
	}
}
