package blocklist

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
	"strings"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// span is one entry of a list: the addresses from one to another, both included.
type span struct {
	from, to packet.Addr
	line     uint32 // of the file
}

// errTooWide is said of an entry that holds more than an eighth of all addresses. Lists of
// what is not assigned have entries that large; a larger one is a slip, and would make
// every contact one with the list.
var errTooWide = errors.New("holds more than an eighth of all addresses")

// parse reads an address, a prefix or a range. A port behind an address is left out.
func parse(text string) (span, error) {
	from, to, err := ends(text)
	if err != nil {
		return span{}, err
	}
	s := span{from: packet.AddrFrom(from), to: packet.AddrFrom(to)}
	switch {
	case from.Is4() != to.Is4():
		return span{}, errors.New("is a range from one address family to the other")
	case from.Compare(to) > 0:
		return span{}, errors.New("is a range that ends before it starts")
	case s.top(&s.to)-s.top(&s.from) >= 1<<29:
		return span{}, errTooWide
	}
	return s, nil
}

// top is the first 32 bits of an address of the span's family.
func (s *span) top(a *packet.Addr) uint32 {
	if s.from.Is4() {
		return binary.BigEndian.Uint32(a[12:])
	}
	return binary.BigEndian.Uint32(a[:])
}

func ends(text string) (from, to netip.Addr, err error) {
	if a, b, found := strings.Cut(text, "-"); found {
		from, err = address(strings.TrimSpace(a))
		if err == nil {
			to, err = address(strings.TrimSpace(b))
		}
		return from, to, err
	}
	if strings.Contains(text, "/") {
		return prefixEnds(text)
	}
	from, err = address(text)
	return from, from, err
}

var errNothing = errors.New("is no address, prefix or range")

func address(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		with, err := netip.ParseAddrPort(text)
		if err != nil {
			return a, errNothing
		}
		a = with.Addr()
	}
	if a.Zone() != "" {
		return a, errors.New("has a zone, which means something on one host only")
	}
	return a.Unmap(), nil
}

// prefixEnds reads a prefix; bits behind its length do not count.
func prefixEnds(text string) (from, to netip.Addr, err error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return from, to, errNothing
	}
	a, length := p.Masked().Addr().As16(), p.Bits()
	if p.Addr().Is4() {
		length += 96
	}
	from = netip.AddrFrom16(a).Unmap()
	for i := length; i < 128; i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	to = netip.AddrFrom16(a)
	if from.Is4() {
		to = to.Unmap()
	}
	return from, to, nil
}

// order sorts spans by their first address, then by their last.
func (s *span) order(t *span) int {
	return cmp.Or(bytes.Compare(s.from[:], t.from[:]), bytes.Compare(s.to[:], t.to[:]))
}

// prefixes appends the fewest prefixes that are the span.
func (s *span) prefixes(out []netip.Prefix) []netip.Prefix {
	at, end := wideOf(&s.from), wideOf(&s.to)
	for {
		n := min(at.zeros(), 128) // host bits of the next prefix
		for n > 0 && end.less(at.last(n)) {
			n--
		}
		out = append(out, prefixOf(at, 128-n, s.from.Is4()))
		last := at.last(n)
		if !last.less(end) {
			return out
		}
		at = last.next()
	}
}

// wide is an address as a number.
type wide struct{ hi, lo uint64 }

func wideOf(a *packet.Addr) wide {
	return wide{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

func (w wide) less(v wide) bool { return w.hi < v.hi || w.hi == v.hi && w.lo < v.lo }

// zeros counts the zero bits at the end.
func (w wide) zeros() int {
	if w.lo != 0 {
		return bits.TrailingZeros64(w.lo)
	}
	return 64 + bits.TrailingZeros64(w.hi)
}

// last returns w with its n last bits set.
func (w wide) last(n int) wide {
	if n >= 64 {
		return wide{w.hi | (1<<(n-64) - 1), ^uint64(0)}
	}
	return wide{w.hi, w.lo | (1<<n - 1)}
}

func (w wide) next() wide {
	lo, carry := bits.Add64(w.lo, 1, 0)
	return wide{w.hi + carry, lo}
}

// prefixOf returns the prefix of that length, of an IPv4-mapped address as the IPv4 prefix
// that it is.
func prefixOf(w wide, length int, is4 bool) netip.Prefix {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], w.hi)
	binary.BigEndian.PutUint64(b[8:], w.lo)
	if is4 {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(b[12:])), length-96)
	}
	return netip.PrefixFrom(netip.AddrFrom16(b), length)
}

// String returns the span as an address, a prefix or a range.
func (s *span) String() string {
	if s.from == s.to {
		return s.from.String()
	}
	if ps := s.prefixes(make([]netip.Prefix, 0, 1)); len(ps) == 1 {
		return ps[0].String()
	}
	return s.from.String() + "-" + s.to.String()
}

// holds reports whether t lies within s.
func (s *span) holds(t *span) bool {
	return bytes.Compare(s.from[:], t.from[:]) <= 0 && bytes.Compare(t.to[:], s.to[:]) <= 0
}
