package packettest

import (
	"github.com/wormwatch/wormwatch/internal/packet"
)

func tunnelCases() []Case {
	t, t6, inner := Tunnel4, Tunnel6, Ethernet(SYN)
	every := GREFields{Checksum: true, Routing: true, Sequence: true, Key: 77}
	ftIP := t.ERSPAN3(SYN.Octets, 5, 6, false)
	ftIP.Octets[20+8+10] |= 2 << 2 // frame type: IP
	nested := SYN
	for range 8 {
		nested = t.IPIP(nested)
	}
	five := func(p Packet) Packet {
		for range 5 {
			p = Extension(p, 60, 0)
		}
		return p
	}
	return []Case{
		ether("ipip", t.IPIP(SYN), tunnel(0)),
		ether("ipip/in-ipv6", t6.IPIP(SYN), tunnel(0)),
		ether("ipip/eight", nested, tunnel(0)),
		ether("ipip/icmp-in-ipv6", t6.IPIP(ICMP(Client, Server, 8, 0, 0, 1, 0, 1)), other(packet.KindICMP, 1), tunnel(0)),
		ether("6in4", t.SixIn(SYN6), v6, tunnel(0)),
		ether("6in6/extensions-anew", five(t6.SixIn(five(SYN6))), v6, tunnel(0)),
		ether("6in6", t6.SixIn(SYN6), v6, tunnel(0)),
		ether("gre", t.GRE(SYN, GREFields{}), tunnel(0)),
		ether("gre/key", t.GRE(SYN6, GREFields{Key: 77}), v6, tunnel(77)),
		ether("gre/every-field", t6.GRE(SYN, every), tunnel(77)),
		ether("gre/checksum", t.GRE(SYN, GREFields{Checksum: true, Sequence: true}), tunnel(0)),
		ether("gre/mpls", t.GRE(MPLS(SYN, 12), GREFields{}), tunnel(12)),
		ether("gre/ethernet", t.TEB(Ethernet(VLAN(SYN, 7)), GREFields{Key: 77}), vlan(7), tunnel(77)),
		ether("gre/pptp", t.PPTP(SYN, 99), tunnel(99)),
		ether("gre/ppp", t.gre(0x880b, pppBody(SYN), GREFields{}), tunnel(0)),
		ether("gre/pptp-shorter-than-inside", bad(t.PPTP(SYN, 99), 20+5, 4+20+4), tunnel(99), flags(packet.FlagCut),
			func(ev *packet.Event) { ev.TCPFlags = 0 }),
		ether("gre/labels-anew", MPLS(t.GRE(MPLS(SYN, 1, 2, 3, 4, 5, 6, 7, 8), GREFields{}), 9), tunnel(8)),
		ether("gre/version-2", bad(t.GRE(SYN, GREFields{}), 21, 2), between(t.Src, t.Dst), other(packet.KindOther, 47)),
		ether("gre/pptp-acknowledgement", IP(t.Src, t.Dst, 47, []byte{0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 99, 0, 0, 0, 1}),
			between(t.Src, t.Dst), other(packet.KindOther, 47)),
		ether("gre/pptp-empty", IP(t.Src, t.Dst, 47, []byte{0x30, 0x01, 0x88, 0x0b, 0, 0, 0, 99, 0, 0, 0, 1}),
			between(t.Src, t.Dst), other(packet.KindOther, 47)),
		ether("gre/in-ipip", t.IPIP(t.GRE(SYN, GREFields{Key: 5})), tunnel(5)),
		ether("gre/ipip-inside", t.GRE(t.IPIP(SYN), GREFields{Key: 5}), tunnel(5)),
		ether("gre/keepalive", t.gre(0, nil, GREFields{}), between(t.Src, t.Dst), other(packet.KindOther, 47)),
		ether("gre/arp", t.TEB(Ethernet(ARP(ARPReply, Client, Server)), GREFields{}),
			other(packet.KindARPReply, 0), tunnel(0)),
		ether("erspan1", t.ERSPAN1(inner), tunnel(0)),
		ether("erspan2", t.ERSPAN2(inner, 5, 6), vlan(6), tunnel(5)),
		ether("erspan2/tagged", t.ERSPAN2(Ethernet(VLAN(SYN, 8)), 5, 6), vlan(8), tunnel(5)),
		ether("erspan3", t.ERSPAN3(inner, 5, 0, false), tunnel(5)),
		ether("erspan3/sub-header", t6.ERSPAN3(inner, 5, 6, true), vlan(6), tunnel(5)),
		ether("erspan3/ip", ftIP, vlan(6), tunnel(5)),
		ether("mpls-in-ip", IP(t.Src, t.Dst, 137, MPLS(SYN, 12).Octets), tunnel(12)),
		ether("fragment/gre", Fragments(t.GRE(TCP(Client, Server, 40000, 445, packet.SYN, make([]byte, 100)...), GREFields{}), 48)[0],
			payload(100), tunnel(0)),
	}
}

func overlayCases() []Case {
	t, t6, inner := Tunnel4, Tunnel6, Ethernet(SYN)
	flood := EthernetFrom(SrcMAC, Broadcast, ARP(ARPRequest, Client, Server))
	policy := t.VXLAN(inner, 42)
	policy.Octets[28], policy.Octets[31] = 0x88, 9
	ordinary := func(name string, port uint16, body []byte) Case {
		return ether(name, UDP(Client, Server, 40000, port, body...), udp(40000, port, len(body)))
	}
	broken := Ethernet(SYN)
	broken[14] = 0x41 // a header of four octets
	odd := VXLANBody(inner, 42)
	odd[7] = 1
	control := t.Geneve(inner, 42)
	control.Octets[29] = 0x80
	group := Between{t.Src, "239.1.1.1"}
	return []Case{
		ether("vxlan", t.VXLAN(inner, 42), tunnel(42)),
		ether("vxlan/in-ipv6", VLAN(t6.VXLAN(Ethernet(VLAN(SYN6, 9)), 42), 7), v6, vlan(9), tunnel(42)),
		ether("vxlan/outer-vlan", VLAN(t.VXLAN(inner, 42), 7), vlan(7), tunnel(42)),
		ether("vxlan/tags-anew", VLAN(t.VXLAN(Ethernet(VLAN(SYN, 4, 5, 6)), 42), 1, 2, 3), vlan(6), tunnel(42)),
		ether("vxlan/port-8472", UDP(t.Src, t.Dst, 1, PortVXLANOld, VXLANBody(inner, 42)...), tunnel(42)),
		ether("vxlan/policy", policy, tunnel(42)),
		ether("vxlan/arp", t.VXLAN(flood, 42), other(packet.KindARPRequest, 0), tunnel(42), flags(packet.FlagGroup)),
		{
			Name: "vxlan/to-a-group", Link: packet.LinkEthernet,
			Frame: EthernetFrom(SrcMAC, [6]byte{1, 0, 0x5e, 1, 1, 1}, group.VXLAN(inner, 42)), Event: event(tunnel(42)),
		},
		ether("vxlan/in-vxlan", t.VXLAN(Ethernet(t.VXLAN(inner, 43)), 42), tunnel(43)),
		ether("vxlan-gpe/ipv4", t.GPE(SYN, 42), tunnel(42)),
		ether("vxlan-gpe/ipv6", t.GPE(SYN6, 42), v6, tunnel(42)),
		ether("vxlan-gpe/mpls", t.GPE(MPLS(SYN, 12), 42), tunnel(12)),
		ether("geneve", t.Geneve(inner, 42), tunnel(42)),
		ether("geneve/options", t6.Geneve(inner, 42, 1, 2, 3, 1, 0, 0, 0, 0), tunnel(42)),
		ether("geneve/ipv4", t.GenevePacket(SYN, 42), tunnel(42)),
		ether("geneve/ipv6", t.GenevePacket(SYN6, 42), v6, tunnel(42)),
		ether("geneve/mpls", t.GenevePacket(MPLS(SYN, 12), 42), tunnel(12)),
		ether("geneve/arp", t.GenevePacket(ARP(ARPReply, Client, Server), 42), other(packet.KindARPReply, 0), tunnel(42)),
		ether("geneve/control", control, between(t.Src, t.Dst), udp(55555, PortGeneve, len(inner)+8)),
		ether("teredo", t.Teredo(SYN6, false, false), v6, tunnel(0)),
		ether("teredo/origin", t.Teredo(SYN6, false, true), v6, tunnel(0)),
		ether("teredo/both", t.Teredo(SYN6, true, true), v6, tunnel(0)),
		ordinary("ordinary/vxlan-port", PortVXLAN, make([]byte, 60)),
		ordinary("ordinary/vxlan-short", PortVXLAN, VXLANBody(nil, 42)),
		ordinary("ordinary/vxlan-broken", PortVXLAN, VXLANBody(broken, 42)),
		ordinary("ordinary/vxlan-reserved", PortVXLAN, odd),
		ordinary("ordinary/gpe-nsh", PortVXLANGPE, join([]byte{0x0c, 0, 0, 4}, make([]byte, 40))),
		ordinary("ordinary/geneve-port", PortGeneve, make([]byte, 60)),
		ordinary("ordinary/geneve-options", PortGeneve, join([]byte{0x3f, 0, 0x65, 0x58}, make([]byte, 60))),
		ordinary("ordinary/teredo-port", PortTeredo, make([]byte, 60)),
		ordinary("ordinary/teredo-too-long", PortTeredo, join([]byte{0x60, 0, 0, 0, 0, 99, 6, 64}, make([]byte, 60))),
		ether("ordinary/inside-vxlan", t.VXLAN(Ethernet(UDP(Client, Server, 40000, PortVXLAN, VXLANBody(broken, 1)...)), 42),
			udp(40000, PortVXLAN, 8+len(broken)), tunnel(42)),
	}
}
