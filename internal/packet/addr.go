package packet

import "net/netip"

// Addr is an IPv6 address in network byte order; an IPv4 address is kept as its
// IPv4-mapped form (RFC 4291, 2.5.5.2), so that both families are one comparable
// 16-byte key without a pointer.
type Addr [16]byte

// AddrFrom4 returns the IPv4 address whose four octets stand at the start of b.
func AddrFrom4(b []byte) Addr {
	_ = b[3]
	return Addr{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
}

// AddrFrom16 returns the IPv6 address whose sixteen octets stand at the start of b.
func AddrFrom16(b []byte) Addr { return Addr(b[:16]) }

// AddrFrom returns a without its zone. The zero netip.Addr gives the zero Addr.
func AddrFrom(a netip.Addr) Addr {
	if !a.IsValid() {
		return Addr{}
	}
	return a.As16()
}

// Netip returns a as the standard library's address, IPv4 unmapped.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

// Is4 reports whether a is an IPv4 address.
func (a Addr) Is4() bool {
	return a[10] == 0xff && a[11] == 0xff && [10]byte(a[:10]) == [10]byte{}
}

// IsZero reports whether a is :: or 0.0.0.0, which name no host.
func (a Addr) IsZero() bool { return a == Addr{} || a == Addr{10: 0xff, 11: 0xff} }

// IsMulticast reports whether a names a group of hosts: IPv4 multicast (224/4) and
// the limited broadcast, IPv6 ff00::/8.
func (a Addr) IsMulticast() bool {
	if a.Is4() {
		return a[12]>>4 == 0xe || [4]byte(a[12:]) == [4]byte{255, 255, 255, 255}
	}
	return a[0] == 0xff
}

// String returns a as text, as netip does.
func (a Addr) String() string { return a.Netip().String() }
