package packettest

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// refusedCases are frames that give no event.
func refusedCases() []Case {
	deep := SYN
	for range 9 {
		deep = Tunnel4.IPIP(deep)
	}
	mapped := Packet{EtherIPv6, slices.Clone(SYN6.Octets)}
	copy(mapped.Octets[8:], []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 0, 1})
	exts := SYN6
	for range 9 {
		exts = Extension(exts, 60, 0)
	}
	stp := Ethernet(Packet{38, join([]byte{0x42, 0x42, 3}, make([]byte, 35))})
	routes := Tunnel4.GRE(SYN, GREFields{Routing: true})
	rarp := ARP(3, Client, Server)
	cdp := Packet{30, join([]byte{0xaa, 0xaa, 3, 0, 0, 12, 0x20, 0}, make([]byte, 22))}
	endless := join([]byte{0x40, 0, 8, 0, 0, 0, 0, 0}, slices.Repeat([]byte{8, 0, 0, 4, 1, 2, 3, 4}, 9), SYN.Octets)
	fields := join([]byte{2, 0, 0, 0}, slices.Repeat([]byte{4, 0, 10, 0}, 33))
	mirrored := Tunnel4.ERSPAN3(Ethernet(SYN), 1, 1, false)
	return []Case{
		{Name: "refused/link", Link: 147, Frame: Ethernet(SYN), Want: packet.Unsupported},
		{Name: "refused/raw-version", Link: packet.LinkRaw, Frame: []byte{0x50}, Want: packet.NotIP},
		{Name: "refused/null-family", Link: packet.LinkNull, Frame: []byte{7, 0, 0, 0, 0}, Want: packet.NotIP},
		{Name: "refused/null-short", Link: packet.LinkNull, Frame: []byte{2, 0}, Want: packet.Malformed},
		{Name: "refused/sll-can", Link: packet.LinkSLL, Frame: SLL(Packet{12, make([]byte, 16)}, SLLToUs), Want: packet.NotIP},
		{Name: "refused/hdlc-slarp", Link: packet.LinkPPPHDLC, Frame: []byte{0x0f, 0, 0x80, 0x35, 0, 0}, Want: packet.NotIP},
		{Name: "refused/nflog-length", Link: packet.LinkNFLOG, Frame: []byte{2, 0, 0, 0, 1, 0, 9, 0}, Want: packet.Malformed},
		{Name: "refused/nflog-fields", Link: packet.LinkNFLOG, Frame: fields, Want: packet.Malformed},
		{Name: "refused/runt", Link: packet.LinkEthernet, Frame: make([]byte, 8), Want: packet.Malformed},
		{Name: "refused/stp", Link: packet.LinkEthernet, Frame: stp, Want: packet.NotIP},
		refused("refused/lldp", packet.NotIP, Packet{0x88cc, make([]byte, 46)}),
		refused("refused/rarp", packet.NotIP, rarp),
		refused("refused/llc-runt", packet.Malformed, Packet{1400, []byte{0xaa, 0xaa}}),
		refused("refused/llc-length", packet.Malformed, Packet{2, SNAP(SYN).Octets}),
		refused("refused/ipv4-header-beyond", packet.Malformed, bad(IP(Client, Server, 89, nil), 0, 0x46)),
		refused("refused/cdp", packet.NotIP, cdp),
		refused("refused/four-vntags", packet.TooDeep, VNTag(VNTag(VNTag(VNTag(SYN))))),
		refused("refused/four-tags", packet.TooDeep, VLAN(SYN, 1, 2, 3, 4)),
		refused("refused/nine-labels", packet.TooDeep, MPLS(SYN, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
		refused("refused/nine-tunnels", packet.TooDeep, deep),
		refused("refused/nine-extensions", packet.TooDeep, exts),
		refused("refused/pppoe-version", packet.Malformed, bad(PPPoE(SYN, 1), 0, 0x22)),
		refused("refused/pppoe-code", packet.NotIP, bad(PPPoE(SYN, 1), 1, 0xa7)),
		refused("refused/ppp-lcp", packet.NotIP, bad(bad(PPPoE(SYN, 1), 6, 0xc0), 7, 0x21)),
		refused("refused/ppp-encrypted", packet.Unsupported, bad(PPPoE(SYN, 1), 7, 0xfd)),
		refused("refused/ipv4-version", packet.Malformed, bad(SYN, 0, 0x65)),
		refused("refused/ipv4-header", packet.Malformed, bad(SYN, 0, 0x44)),
		refused("refused/ipv4-total", packet.Malformed, bad(SYN, 3, 19)),
		refused("refused/ipv4-cuts-tcp", packet.Malformed, bad(SYN, 3, 39)),
		refused("refused/ipv6-version", packet.Malformed, bad(SYN6, 0, 0x45)),
		refused("refused/ipv6-cuts-tcp", packet.Malformed, bad(SYN6, 5, 19)),
		refused("refused/ipv6-mapped", packet.Malformed, mapped),
		refused("refused/extension-short", packet.Malformed, IP(Client6, Server6, 60, make([]byte, 7))),
		refused("refused/extension-beyond", packet.Malformed, bad(Extension(SYN6, 60, 0), 41, 9)),
		refused("refused/tcp-header", packet.Malformed, bad(SYN, 32, 4<<4)),
		refused("refused/udp-header", packet.Malformed, IP(Client, Server, 17, make([]byte, 7))),
		refused("refused/gre-pptp-no-key", packet.Malformed, IP(Client, Server, 47, []byte{0, 1, 0x88, 0x0b, 0, 0, 0, 0})),
		refused("refused/gre-endless-routes", packet.TooDeep, IP(Client, Server, 47, endless)),
		refused("refused/gre-pptp-short", packet.Malformed, IP(Client, Server, 47, []byte{0x30, 0x81, 0x88, 0x0b, 0, 9, 0, 99, 0, 0, 0, 1})),
		refused("refused/gre-routes", packet.Malformed, bad(routes, 20+8+3, 250)),
		refused("refused/erspan-version", packet.Unsupported, bad(Tunnel4.ERSPAN2(Ethernet(SYN), 1, 1), 20+8, 0x50)),
		refused("refused/erspan3-version", packet.Unsupported, bad(mirrored, 20+8, 0x10)),
		refused("refused/erspan3-frame-type", packet.NotIP, bad(mirrored, 20+8+10, 1<<2)),
		refused("refused/icmp-one-octet", packet.Malformed, IP(Client, Server, 1, []byte{3})),
		refused("refused/nd-short", packet.Malformed, ndHops(ICMP(Client6, Server6, 135, 0, make([]byte, 8)...))),
		refused("refused/nd-mapped", packet.Malformed, Advertise(Client6, Server6, "::ffff:10.1.0.1")),
		refused("refused/in-first-fragment", packet.Malformed,
			Fragments(Tunnel4.GRE(bad(TCP(Client, Server, 1, 445, 2, make([]byte, 99)...), 3, 39), GREFields{}), 80)[0]),
		refused("refused/vxlan-lldp", packet.NotIP, Tunnel4.VXLAN(Ethernet(Packet{0x88cc, make([]byte, 46)}), 42)),
		refused("refused/pseudowire-channel", packet.NotIP, Packet{0x8847, labelled([]byte{0x10, 0, 0, 0x21}, 5)}),
	}
}
