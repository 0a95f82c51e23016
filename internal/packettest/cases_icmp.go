package packettest

import "github.com/wormwatch/wormwatch/internal/packet"

func icmpCases() []Case {
	const router, router6 = "10.9.9.9", "2001:db8::9"
	answer := func(ev *packet.Event) { // what a refusal of SYN looks like
		between(Server, Client)(ev)
		other(packet.KindUnreachable, packet.ProtoTCP)(ev)
		ports(445, 40000)(ev)
	}
	answer6 := func(ev *packet.Event) { answer(ev); between(Server6, Client6)(ev) }
	plain := func(src, dst string, proto uint8) want {
		return func(ev *packet.Event) { between(src, dst)(ev); other(packet.KindICMP, proto)(ev) }
	}
	noPorts := func(proto uint8) want { return other(packet.KindUnreachable, proto) }
	relayed := flags(packet.FlagRelayed)
	nbns := NBNS(Client, Server, 137, 137, false)
	big := TCP(Client, Server, 40000, 445, packet.SYN, make([]byte, 40)...)
	parts := Fragments(big, 24)
	parts6 := Fragments(TCP(Client6, Server6, 40000, 445, packet.SYN, make([]byte, 40)...), 24)
	long, mapped := SYN6, bad(bad(SYN6, 34, 0xff), 35, 0xff)
	for range 9 {
		long = Extension(long, 60, 0)
	}
	clear(mapped.Octets[24:34])
	notIP := Unreachable(Server, Client, 1, Packet{EtherIPv4, make([]byte, 28)}, 0)
	return []Case{
		ether("icmp/echo", ICMP(Client, Server, 8, 0, 0, 1, 0, 1), other(packet.KindICMP, 1)),
		ether("icmpv6/echo", ICMP(Client6, Server6, 128, 0, 0, 1, 0, 1), v6, other(packet.KindICMP, 58)),
		ether("icmp/exceeded", ICMP(router, Client, 11, 0, join(make([]byte, 4), SYN.Octets)...), plain(router, Client, 1)),
		ether("unreachable/host", Unreachable(router, Client, 1, SYN, 0), answer, relayed),
		ether("unreachable/eight-octets", Unreachable(router, Client, 1, big, 28), answer, relayed),
		ether("unreachable/by-itself", Unreachable(Server, Client, 3, SYN, 28), answer),
		ether("unreachable/udp", Unreachable(Server, Client, 3, nbns, 28), answer,
			ports(137, 137), func(ev *packet.Event) { ev.Proto = packet.ProtoUDP }),
		ether("unreachable/options", Unreachable(Server, Client, 3, Options(SYN, 1, 1, 1, 1), 0), answer),
		ether("unreachable/protocol", Unreachable(Server, Client, 2, IP(Client, Server, 132, make([]byte, 12)), 0),
			answer, noPorts(132)),
		ether("unreachable/forged", Unreachable(router, "10.1.0.77", 1, SYN, 0), plain(router, "10.1.0.77", 1)),
		ether("unreachable/no-ports", Unreachable(Server, Client, 1, SYN, 22), answer, noPorts(6), flags(packet.FlagCut)),
		ether("unreachable/first-fragment", Unreachable(Server, Client, 1, parts[0], 0), answer),
		ether("unreachable/later-fragment", Unreachable(Server, Client, 1, parts[1], 0), plain(Server, Client, 1)),
		ether("unreachable/mtu", Unreachable(router, Client, 4, big, 0), plain(router, Client, 1)),
		ether("unreachable/no-quote", ICMP(Server, Client, 3, 1, 0, 0, 0, 0), plain(Server, Client, 1)),
		ether("unreachable/quote-not-ip", notIP, plain(Server, Client, 1)),
		ether("unreachable/ipv6", Unreachable(router6, Client6, 3, SYN6, 0), answer6, relayed),
		ether("unreachable/ipv6-by-itself", Unreachable(Server6, Client6, 4, SYN6, 0), answer6),
		ether("unreachable/ipv6-extensions", Unreachable(Server6, Client6, 1, Extension(Extension(SYN6, 60, 1), 0, 0), 0), answer6),
		ether("unreachable/ipv6-first-fragment", Unreachable(Server6, Client6, 1, parts6[0], 0), answer6),
		ether("unreachable/ipv6-later-fragment", Unreachable(Server6, Client6, 1, parts6[1], 0), plain(Server6, Client6, 58)),
		ether("unreachable/ipv6-nine-extensions", Unreachable(Server6, Client6, 1, long, 0), plain(Server6, Client6, 58)),
		ether("unreachable/ipv6-quote-ends-early", Unreachable(Server6, Client6, 1, Extension(SYN6, 60, 0), 44), plain(Server6, Client6, 58)),
		ether("unreachable/ipv6-mapped", Unreachable(Server6, Client6, 1, mapped, 0), plain(Server6, Client6, 58)),
		ether("unreachable/in-vxlan", Tunnel4.VXLAN(Ethernet(Unreachable(router, Client, 1, SYN, 0)), 42), answer, relayed, tunnel(42)),
	}
}

func neighbourCases() []Case {
	arp := func(kind packet.Kind, wants ...want) []want { return append([]want{other(kind, 0)}, wants...) }
	nd := func(kind packet.Kind, src, dst string) want {
		return func(ev *packet.Event) { other(kind, 58)(ev); between(src, dst)(ev) }
	}
	group := flags(packet.FlagGroup)
	far := Solicit(Client6, Server6)
	far.Octets[7] = 64
	return []Case{
		ether("arp/request", ARP(ARPRequest, Client, Server), arp(packet.KindARPRequest)...),
		ether("arp/reply", ARP(ARPReply, Client, Server), arp(packet.KindARPReply)...),
		ether("arp/vlan", VLAN(ARP(ARPRequest, Client, Server), 7), arp(packet.KindARPRequest, vlan(7))...),
		{
			Name: "arp/broadcast", Link: packet.LinkEthernet,
			Frame: Pad(EthernetFrom(SrcMAC, Broadcast, ARP(ARPRequest, Client, Server))),
			Event: event(arp(packet.KindARPRequest, group)...),
		},
		ether("nd/solicit", Solicit(Client6, Server6), nd(packet.KindARPRequest, Client6, Server6), group),
		ether("nd/probe", Solicit("::", Server6), nd(packet.KindARPRequest, "::", Server6), group),
		ether("nd/advertise", Advertise("fe80::2", Client6, Server6), nd(packet.KindARPReply, Server6, Client6)),
		ether("nd/from-afar", far, nd(packet.KindICMP, Client6, "ff02::1:ff00:2"), group),
	}
}
