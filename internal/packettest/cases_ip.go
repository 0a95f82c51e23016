package packettest

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/packet"
)

func ipCases() []Case {
	big := TCP(Client, Server, 40000, 445, packet.SYN, make([]byte, 40)...)
	big6 := TCP(Client6, Server6, 40000, 445, packet.SYN, make([]byte, 40)...)
	parts, parts6, tiny := Fragments(big, 24), Fragments(big6, 24), Fragments(big, 8)
	noFlags := want(func(ev *packet.Event) { ev.TCPFlags = 0 })
	chain := Extension(Extension(Extension(Extension(SYN6, 135, 1), 60, 0), 43, 2), 0, 0)
	atomic := spliced(SYN6, 44, []byte{6, 0, 0, 0, 0, 0, 0, 1})
	offload := Packet{EtherIPv4, slices.Clone(big.Octets)}
	offload.Octets[2], offload.Octets[3] = 0, 0
	offload6 := Packet{EtherIPv6, slices.Clone(big6.Octets)}
	offload6.Octets[4], offload6.Octets[5] = 0, 0
	ah := IP(Client, Server, 51, join([]byte{6, 4}, make([]byte, 22), SYN.Octets[20:]))
	return []Case{
		ether("ipv4/options", Options(SYN, 0x94, 4, 0, 0, 1)),
		ether("ipv4/offload", offload, payload(40)),
		ether("ipv6/offload", offload6, v6, payload(40)),
		ether("ipv4/multicast", TCP(Client, "224.0.0.251", 40000, 445, packet.SYN),
			between(Client, "224.0.0.251"), flags(packet.FlagGroup)),
		ether("ipv4/broadcast", UDP(Client, "255.255.255.255", 68, 67, 1),
			between(Client, "255.255.255.255"), udp(68, 67, 1), flags(packet.FlagGroup)),
		ether("ipv6/multicast", UDP(Client6, "ff02::fb", 5353, 5353, 1),
			between(Client6, "ff02::fb"), udp(5353, 5353, 1), flags(packet.FlagGroup)),
		ether("ipv4/authenticated", ah),
		ether("ipv4/ospf", IP(Client, "10.1.0.9", 89, make([]byte, 24)), between(Client, "10.1.0.9"), other(packet.KindOther, 89)),
		ether("ipv4/icmpv6", IP(Client, Server, 58, make([]byte, 24)), other(packet.KindOther, 58)),
		ether("ipv6/icmp", IP(Client6, Server6, 1, make([]byte, 24)), v6, other(packet.KindOther, 1)),
		ether("ipv6/nothing", IP(Client6, Server6, 59, nil), v6, other(packet.KindOther, 59)),
		ether("ipv6/extensions", chain, v6),
		ether("ipv6/authenticated", Extension(SYN6, 51, 2), v6),
		ether("ipv6/atomic", atomic, v6),
		ether("fragment/first", parts[0], payload(4), flags(packet.FlagFragment)),
		ether("fragment/middle", parts[1], other(packet.KindOther, 6)),
		ether("fragment/last", parts[2], other(packet.KindOther, 6)),
		ether("fragment/tiny", tiny[0], noFlags, flags(packet.FlagFragment|packet.FlagCut)),
		{
			Name: "fragment/tiny-padded", Link: packet.LinkEthernet, Frame: Pad(Ethernet(tiny[0])),
			Event: event(noFlags, flags(packet.FlagFragment|packet.FlagCut)),
		},
		ether("fragment/ipv6-first", parts6[0], v6, payload(4), flags(packet.FlagFragment)),
		ether("fragment/ipv6-last", parts6[2], v6, other(packet.KindOther, 6)),
	}
}

func transportCases() []Case {
	const synAck = packet.SYN | packet.ACK
	back := func(ev *packet.Event) { between(Server, Client)(ev); ports(445, 40000)(ev) }
	tcp := func(f uint8) want { return func(ev *packet.Event) { ev.TCPFlags = f } }
	lied := UDP(Client, Server, 5000, 53, make([]byte, 10)...)
	lied.Octets[24], lied.Octets[25] = 0xff, 0xff
	options := TCP(Client, Server, 40000, 445, packet.SYN, make([]byte, 12)...)
	options.Octets[32] = 8 << 4 // the twelve octets are options
	beyond := TCP(Client, Server, 40000, 445, packet.SYN)
	beyond.Octets[32] = 15 << 4
	return []Case{
		ether("tcp/syn-ack", TCP(Server, Client, 445, 40000, synAck), back, tcp(synAck)),
		ether("tcp/data", TCP(Client, Server, 40000, 445, packet.ACK|packet.PSH, make([]byte, 99)...),
			tcp(packet.ACK|packet.PSH), payload(99)),
		ether("tcp/options", options),
		ether("tcp/options-beyond", beyond),
		ether("udp", UDP(Client, Server, 5000, 53, make([]byte, 10)...), udp(5000, 53, 10)),
		ether("udp/empty", UDP(Client6, Server6, 5000, 53), v6, udp(5000, 53, 0)),
		ether("udp/length-lies", lied, udp(5000, 53, 10)),
		{
			Name: "nbns/padded", Link: packet.LinkEthernet, Frame: Pad(Ethernet(UDP(Client, Server, 137, 137))),
			Event: event(udp(137, 137, 0)),
		},
		ether("nbns/request", NBNS(Client, Server, 137, 137, false), udp(137, 137, 50)),
		ether("nbns/response-to-137", NBNS(Client, Server, 1025, 137, true), udp(1025, 137, 50), flags(packet.FlagReply)),
		ether("nbns/response", NBNS(Server, Client, 137, 1025, true), back, udp(137, 1025, 50), flags(packet.FlagReply)),
	}
}
