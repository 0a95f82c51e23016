package packettest

import (
	"encoding/binary"
	"slices"
)

// IP returns a packet of the given protocol; the family follows from the addresses.
func IP(src, dst string, proto uint8, body []byte) Packet {
	s, d := addr(src), addr(dst)
	if len(s) != len(d) {
		panic("packettest: " + src + " and " + dst + " are of different families")
	}
	if len(s) == 16 {
		head := join([]byte{0x60, 0, 0, 0}, u16(uint16(len(body))), []byte{proto, 64}, s, d)
		return Packet{EtherIPv6, join(head, body)}
	}
	head := join([]byte{0x45, 0}, u16(uint16(20+len(body))),
		[]byte{0, 1, 0, 0, 64, proto, 0, 0}, s, d)
	binary.BigEndian.PutUint16(head[10:], checksum(head))
	return Packet{EtherIPv4, join(head, body)}
}

// TCP returns a segment with the given flags and payload.
func TCP(src, dst string, sport, dport uint16, flags uint8, payload ...byte) Packet {
	return Segment(src, dst, sport, dport, flags, Seq, payload...)
}

// Seq is the sequence number of segments that none was asked for.
const Seq = 1

// Segment returns a TCP segment with a sequence number.
func Segment(src, dst string, sport, dport uint16, flags uint8, seq uint32, payload ...byte) Packet {
	seg := join(u16(sport), u16(dport), u32(seq), u32(0), []byte{5 << 4, flags},
		u16(1024), make([]byte, 4), payload)
	sum(seg, 16, src, dst, 6)
	return IP(src, dst, 6, seg)
}

// UDP returns a datagram.
func UDP(src, dst string, sport, dport uint16, payload ...byte) Packet {
	d := join(u16(sport), u16(dport), u16(uint16(8+len(payload))), u16(0), payload)
	sum(d, 6, src, dst, 17)
	return IP(src, dst, 17, d)
}

// ICMP returns a message of ICMP or, by the addresses, ICMPv6; body is what stands
// behind the checksum.
func ICMP(src, dst string, kind, code uint8, body ...byte) Packet {
	m := join([]byte{kind, code, 0, 0}, body)
	if len(addr(src)) == 16 {
		sum(m, 2, src, dst, 58)
		return IP(src, dst, 58, m)
	}
	binary.BigEndian.PutUint16(m[2:], checksum(m))
	return IP(src, dst, 1, m)
}

// Unreachable returns the destination unreachable that from sends to the source of
// quoted, with the quote cut to at most limit octets (0: all of it).
func Unreachable(from, to string, code uint8, quoted Packet, limit int) Packet {
	q := quoted.Octets
	if limit > 0 && len(q) > limit {
		q = q[:limit]
	}
	kind := uint8(3)
	if quoted.EtherType == EtherIPv6 {
		kind = 1
	}
	return ICMP(from, to, kind, code, join(make([]byte, 4), q)...)
}

// Solicit returns a neighbour solicitation for target to its solicited-node group.
func Solicit(src, target string) Packet {
	t := addr(target)
	dst := "ff02::1:ff" + hex(t[13:14]) + ":" + hex(t[14:])
	return ndHops(ICMP(src, dst, 135, 0, join(make([]byte, 4), t, []byte{1, 1}, SrcMAC[:])...))
}

// Advertise returns a neighbour advertisement by which src tells dst about target.
func Advertise(src, dst, target string) Packet {
	body := join([]byte{0x60, 0, 0, 0}, addr(target), []byte{2, 1}, SrcMAC[:])
	return ndHops(ICMP(src, dst, 136, 0, body...))
}

// ndHops sets the hop limit that neighbour discovery demands.
func ndHops(p Packet) Packet {
	p.Octets[7] = 255
	return p
}

func hex(b []byte) string {
	const digits = "0123456789abcdef"
	var s []byte
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&0xf])
	}
	return string(s)
}

// Options returns an IPv4 packet with options put in, filled up to words of four.
func Options(p Packet, options ...byte) Packet {
	for len(options)%4 != 0 {
		options = append(options, 0)
	}
	b := join(p.Octets[:20], options, p.Octets[20:])
	b[0] += uint8(len(options) / 4)
	return fixed(b)
}

// fixed sets the length and the checksum of an IPv4 packet.
func fixed(b []byte) Packet {
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	clear(b[10:12])
	binary.BigEndian.PutUint16(b[10:], checksum(b[:int(b[0]&0xf)*4]))
	return Packet{EtherIPv4, b}
}

// Extension returns an IPv6 packet with an extension header of the given number put
// first, all zero but for its length in units of eight octets beyond the first.
func Extension(p Packet, number, length uint8) Packet {
	ext := make([]byte, 8+8*int(length))
	ext[0], ext[1] = p.Octets[6], length
	if number == 51 { // counts in words of four, less two
		ext[1] = uint8(len(ext)/4 - 2)
	}
	return spliced(p, number, ext)
}

// spliced puts an extension header behind the fixed header.
func spliced(p Packet, number uint8, ext []byte) Packet {
	b := join(p.Octets[:40], ext, p.Octets[40:])
	b[6] = number
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	return Packet{EtherIPv6, b}
}

// Fragments cuts a packet into fragments of n octets, a multiple of eight.
func Fragments(p Packet, n int) []Packet {
	var all []Packet
	head := 20
	if p.EtherType == EtherIPv6 {
		head = 40
	}
	body := p.Octets[head:]
	for at := 0; at < len(body); at += n {
		part := body[at:min(at+n, len(body))]
		more := at+n < len(body)
		b := join(p.Octets[:head], part)
		if p.EtherType == EtherIPv6 {
			field := uint16(at)
			if more {
				field |= 1
			}
			ext := join([]byte{b[6], 0}, u16(field), u32(7))
			all = append(all, spliced(Packet{EtherIPv6, b}, 44, ext))
			continue
		}
		field := uint16(at / 8)
		if more {
			field |= 0x2000
		}
		copy(b[6:], u16(field))
		all = append(all, fixed(b))
	}
	return all
}

// sum sets the checksum of a transport header, whose field stands at the given octet.
func sum(b []byte, at int, src, dst string, proto uint8) {
	pseudo := slices.Concat(addr(src), addr(dst), u32(uint32(len(b))), u32(uint32(proto)))
	c := checksum(append(pseudo, b...))
	if c == 0 && proto == 17 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(b[at:], c)
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var s uint32
	for i := 0; i+1 < len(b); i += 2 {
		s += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		s += uint32(b[len(b)-1]) << 8
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}
