// Package packettest builds frames, small scenarios and capture files for tests.
// Layers are functions from the inside out:
//
//	Ethernet(VLAN(TCP("10.0.0.1", "10.0.0.2", 1024, 445, packet.SYN), 7))
//
// Addresses are given as text; one that is none panics, which is what a test wants.
package packettest

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// EtherTypes that a Packet takes.
const (
	EtherIPv4 = 0x0800
	EtherARP  = 0x0806
	EtherIPv6 = 0x86dd
)

// MAC addresses of the frames that Ethernet makes.
var (
	SrcMAC    = [6]byte{0x02, 0, 0, 0, 0, 0x01}
	DstMAC    = [6]byte{0x02, 0, 0, 0, 0, 0x02}
	Broadcast = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// Packet is what stands behind a link-layer header: its EtherType and its octets.
type Packet struct {
	EtherType uint16
	Octets    []byte
}

// Ethernet returns a frame from SrcMAC to DstMAC.
func Ethernet(p Packet) []byte { return EthernetFrom(SrcMAC, DstMAC, p) }

// EthernetFrom returns a frame between the given addresses. It is not filled up to the
// 60 octets of the wire; Pad does.
func EthernetFrom(src, dst [6]byte, p Packet) []byte {
	return join(dst[:], src[:], u16(p.EtherType), p.Octets)
}

// Pad fills a frame up to the 60 octets that an Ethernet card sends at least, with
// octets that would show if they were taken for payload.
func Pad(frame []byte) []byte {
	for len(frame) < 60 {
		frame = append(frame, 0xee)
	}
	return frame
}

// VLAN puts 802.1Q tags before p, the outermost first.
func VLAN(p Packet, ids ...uint16) Packet { return Tagged(0x8100, p, ids...) }

// Tagged puts tags of the given type before p: 0x8100, 0x88a8 or 0x9100.
func Tagged(etherType uint16, p Packet, ids ...uint16) Packet {
	for _, id := range slices.Backward(ids) {
		p = Packet{etherType, join(u16(id), u16(p.EtherType), p.Octets)}
	}
	return p
}

// VNTag puts a VN-tag before p.
func VNTag(p Packet) Packet {
	return Packet{0x8926, join([]byte{0x80, 0x01, 0x00, 0x02}, u16(p.EtherType), p.Octets)}
}

// SNAP puts p behind an 802.3 length and an LLC/SNAP header.
func SNAP(p Packet) Packet {
	body := join([]byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(p.EtherType), p.Octets)
	return Packet{uint16(len(body)), body}
}

// MPLS puts labels before p, the outermost first.
func MPLS(p Packet, labels ...uint32) Packet {
	return Packet{0x8847, labelled(p.Octets, labels...)}
}

// Pseudowire puts labels, and a control word if wanted, before an Ethernet frame.
func Pseudowire(frame []byte, control bool, labels ...uint32) Packet {
	if control {
		frame = join(make([]byte, 4), frame)
	}
	return Packet{0x8847, labelled(frame, labels...)}
}

func labelled(b []byte, labels ...uint32) []byte {
	bottom := uint32(0x100)
	for _, label := range slices.Backward(labels) {
		b = join(u32(label<<12|bottom|64), b)
		bottom = 0
	}
	return b
}

// PPPoE puts p into a PPPoE session.
func PPPoE(p Packet, session uint16) Packet {
	body := pppBody(p)
	return Packet{0x8864, join([]byte{0x11, 0}, u16(session), u16(uint16(len(body))), body)}
}

// pppBody returns p behind its PPP protocol number.
func pppBody(p Packet) []byte {
	protocol := map[uint16]uint16{EtherIPv4: 0x21, EtherIPv6: 0x57, 0x8847: 0x281}[p.EtherType]
	return join(u16(protocol), p.Octets)
}

// ARP operations.
const (
	ARPRequest = 1
	ARPReply   = 2
)

// ARP returns an ARP message for IPv4: sender tells or asks the link address of target.
func ARP(op uint16, sender, target string) Packet {
	mac := [6]byte{}
	if op == ARPReply {
		mac = DstMAC
	}
	return Packet{EtherARP, join(u16(1), u16(EtherIPv4), []byte{6, 4}, u16(op),
		SrcMAC[:], addr(sender), mac[:], addr(target))}
}

func addr(s string) []byte { return netip.MustParseAddr(s).AsSlice() }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
