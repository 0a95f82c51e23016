package packettest

import "encoding/binary"

// Packet types of the Linux cooked headers.
const (
	SLLToUs      = 0
	SLLBroadcast = 1
	SLLMulticast = 2
	SLLFromUs    = 4
)

// SLL returns p behind a Linux cooked header.
func SLL(p Packet, kind uint16) []byte {
	return join(u16(kind), u16(1), u16(6), SrcMAC[:], u16(0), u16(p.EtherType), p.Octets)
}

// SLL2 returns p behind a Linux cooked header of the second version.
func SLL2(p Packet, kind uint8) []byte {
	return join(u16(p.EtherType), u16(0), u32(3), u16(1), []byte{kind, 6}, SrcMAC[:], u16(0), p.Octets)
}

// Null returns p behind a BSD loopback header in the given byte order.
func Null(p Packet, order binary.AppendByteOrder) []byte {
	family := uint32(2)
	if p.EtherType == EtherIPv6 {
		family = 30
	}
	return join(order.AppendUint32(nil, family), p.Octets)
}

// PPP returns p behind a PPP protocol field, with address and control octets if wanted.
func PPP(p Packet, framed bool) []byte {
	if framed {
		return join([]byte{0xff, 3}, pppBody(p))
	}
	return pppBody(p)
}

// NFLOG returns p as a netfilter log message of a host with the given byte order: the
// packet header, a prefix, the sender's link address, the packet, the user.
func NFLOG(p Packet, order binary.AppendByteOrder) []byte {
	family := byte(2)
	if p.EtherType == EtherIPv6 {
		family = 10
	}
	b := []byte{family, 0, 0, 5}
	field := func(kind uint16, body []byte) {
		b = order.AppendUint16(b, uint16(4+len(body)))
		b = order.AppendUint16(b, kind)
		b = append(b, body...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	field(1, []byte{0x08, 0, 1, 0})
	field(10, []byte("scan\x00"))
	field(8, join(u16(6), u16(0), SrcMAC[:], u16(0)))
	field(9, p.Octets)
	field(11, u32(1000))
	return b
}
