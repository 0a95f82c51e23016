package packettest

import "slices"

// Between is the pair of addresses that a tunnel runs between.
type Between struct{ Src, Dst string }

// IPIP puts an IPv4 packet into another packet (protocol 4).
func (t Between) IPIP(p Packet) Packet { return IP(t.Src, t.Dst, 4, p.Octets) }

// SixIn puts an IPv6 packet into another packet (protocol 41).
func (t Between) SixIn(p Packet) Packet { return IP(t.Src, t.Dst, 41, p.Octets) }

// GREFields are the optional fields of a GRE header that are to be there.
type GREFields struct {
	Checksum, Routing, Sequence bool
	Key                         uint32 // 0: none
}

// GRE puts a packet into GRE.
func (t Between) GRE(p Packet, f GREFields) Packet {
	return t.gre(p.EtherType, p.Octets, f)
}

// TEB puts a frame into GRE (transparent Ethernet bridging).
func (t Between) TEB(frame []byte, f GREFields) Packet { return t.gre(0x6558, frame, f) }

func (t Between) gre(proto uint16, body []byte, f GREFields) Packet {
	var flags uint16
	var fields []byte
	if f.Checksum || f.Routing {
		fields = append(fields, 0, 0, 0, 0)
	}
	if f.Checksum {
		flags |= 0x8000
	}
	if f.Key != 0 {
		flags |= 0x2000
		fields = append(fields, u32(f.Key)...)
	}
	if f.Sequence {
		flags |= 0x1000
		fields = append(fields, u32(1)...)
	}
	if f.Routing { // one source route, and the entry that ends the list
		flags |= 0x4000
		fields = append(fields, 0x08, 0x00, 0, 4, 192, 0, 2, 1, 0, 0, 0, 0)
	}
	return IP(t.Src, t.Dst, 47, join(u16(flags), u16(proto), fields, body))
}

// PPTP puts a packet into PPP in version 1 GRE, with an acknowledgement.
func (t Between) PPTP(p Packet, call uint16) Packet {
	body := join([]byte{0xff, 3}, pppBody(p))
	head := join([]byte{0x30, 0x81}, u16(0x880b), u16(uint16(len(body))), u16(call), u32(9), u32(8))
	return IP(t.Src, t.Dst, 47, join(head, body))
}

// ERSPAN1 mirrors a frame without a header of its own.
func (t Between) ERSPAN1(frame []byte) Packet { return t.gre(0x88be, frame, GREFields{}) }

// ERSPAN2 mirrors a frame with session and VLAN.
func (t Between) ERSPAN2(frame []byte, session, vlan uint16) Packet {
	head := join(u16(1<<12|vlan), u16(session), u32(0))
	return t.gre(0x88be, join(head, frame), GREFields{Sequence: true})
}

// ERSPAN3 is ERSPAN2 with a timestamp, and the platform's sub-header if wanted.
func (t Between) ERSPAN3(frame []byte, session, vlan uint16, sub bool) Packet {
	last := uint16(0)
	var platform []byte
	if sub {
		last, platform = 1, make([]byte, 8)
	}
	head := join(u16(2<<12|vlan), u16(session), u32(12345), u16(0), u16(last), platform)
	return t.gre(0x22eb, join(head, frame), GREFields{Sequence: true})
}

// UDP ports of tunnels.
const (
	PortVXLAN    = 4789
	PortVXLANGPE = 4790
	PortVXLANOld = 8472
	PortGeneve   = 6081
	PortTeredo   = 3544
)

// VXLAN puts a frame into VXLAN.
func (t Between) VXLAN(frame []byte, vni uint32) Packet {
	return UDP(t.Src, t.Dst, 55555, PortVXLAN, VXLANBody(frame, vni)...)
}

// VXLANBody returns a frame behind a VXLAN header, for a datagram to another port.
func VXLANBody(frame []byte, vni uint32) []byte {
	return join([]byte{8, 0, 0, 0}, u32(vni<<8), frame)
}

// GPE puts a packet into VXLAN-GPE.
func (t Between) GPE(p Packet, vni uint32) Packet {
	protocol := map[uint16]byte{EtherIPv4: 1, EtherIPv6: 2, 0x8847: 5}[p.EtherType]
	return UDP(t.Src, t.Dst, 55555, PortVXLANGPE,
		join([]byte{0x0c, 0, 0, protocol}, u32(vni<<8), p.Octets)...)
}

// Geneve puts a frame into Geneve, with options filled up to words of four.
func (t Between) Geneve(frame []byte, vni uint32, options ...byte) Packet {
	return t.GenevePacket(Packet{0x6558, frame}, vni, options...)
}

// GenevePacket puts a packet into Geneve without an Ethernet header around it.
func (t Between) GenevePacket(p Packet, vni uint32, options ...byte) Packet {
	for len(options)%4 != 0 {
		options = append(options, 0)
	}
	return UDP(t.Src, t.Dst, 55555, PortGeneve,
		join([]byte{byte(len(options) / 4), 0}, u16(p.EtherType), u32(vni<<8), options, p.Octets)...)
}

// Teredo puts an IPv6 packet into UDP, behind the indications of authentication and
// origin where wanted.
func (t Between) Teredo(p Packet, authenticated, origin bool) Packet {
	var body []byte
	if authenticated {
		body = slices.Concat(body, []byte{0, 1, 2, 2}, []byte("idau"), make([]byte, 9))
	}
	if origin {
		body = append(body, 0, 0, 0xff, 0xfe, 1, 2, 3, 4)
	}
	return UDP(t.Src, t.Dst, 50000, PortTeredo, join(body, p.Octets)...)
}
