package capture

import (
	"math"
	"math/bits"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Options of an interface description block.
const (
	optEnd      = 0
	optIfName   = 2
	optTSResol  = 9
	optTSOffset = 14
)

// describe reads an interface description: link type, 2 reserved octets, snap length,
// options.
func (g *pcapng) describe(b []byte) error {
	if len(g.ifaces) == maxInterfaces {
		return corrupt("a section with more than %d interfaces", maxInterfaces)
	}
	i := ngInterface{link: packet.Link(g.u16(b)), snap: g.u32(b[4:])}
	i.supported = i.link.Supported()
	g.readable = g.readable || i.supported
	name, exponent, offset := g.base, uint8(6), int64(0)
	for b = b[8:]; len(b) >= 4; {
		code, n := g.u16(b), int(g.u16(b[2:]))
		if code == optEnd {
			break
		}
		if n > len(b)-4 {
			return corrupt("an interface option of %d octets where %d are left", n, len(b)-4)
		}
		switch value := b[4 : 4+n]; {
		case code == optIfName && n > 0:
			name = string(value)
		case code == optTSResol && n == 1:
			exponent = value[0]
		case code == optTSOffset && n == 8:
			offset = g.i64(value)
		}
		b = b[min(4+(n+3)&^3, len(b)):]
	}
	var err error
	i.ngClock, err = newNGClock(exponent, offset)
	i.name = g.names.index(name)
	g.ifaces = append(g.ifaces, i)
	return err
}

func (g *pcapng) i64(b []byte) int64 {
	first, second := uint64(g.u32(b)), uint64(g.u32(b[4:]))
	if g.big {
		return int64(first<<32 | second)
	}
	return int64(second<<32 | first)
}

// ngClock turns an interface's time stamps into time.
type ngClock struct {
	units  uint64      // a second, at least 1
	nanos  uint64      // a unit, where that is a whole number
	top    uint64      // the largest stamp that times nanos fits
	offset packet.Time // what is added
	never  bool        // the offset is beyond what can be told
}

// newNGClock takes if_tsresol, a negative power of 10, or of 2 with the highest bit set,
// and if_tsoffset in seconds.
func newNGClock(resolution uint8, offset int64) (ngClock, error) {
	var c ngClock
	power := resolution & 0x7f
	switch {
	case resolution&0x80 != 0 && power <= 63:
		c.units = 1 << power
	case resolution&0x80 == 0 && power <= 19:
		c.units = 1
		for range power {
			c.units *= 10
		}
	default:
		return c, corrupt("an interface with a time resolution of %#x", resolution)
	}
	if 1_000_000_000%c.units == 0 {
		c.nanos = 1_000_000_000 / c.units
		c.top = math.MaxInt64 / c.nanos
	}
	const most = math.MaxInt64 / 1_000_000_000
	c.never = offset > most || offset < -most
	if !c.never {
		c.offset = packet.Time(offset) * 1e9
	}
	return c, nil
}

// time returns the time of a stamp; negative, for the clock to refuse, where it cannot be
// told in nanoseconds.
func (c *ngClock) time(stamp uint64) packet.Time {
	if c.never {
		return -1
	}
	if stamp <= c.top && c.nanos != 0 { // an overflow of the sum is negative
		return packet.Time(stamp*c.nanos) + c.offset
	}
	sec := stamp / c.units
	if sec >= math.MaxInt64/1_000_000_000 {
		return -1
	}
	hi, lo := bits.Mul64(stamp%c.units, 1e9)
	frac, _ := bits.Div64(hi, lo, c.units)
	return packet.Time(sec*1e9+frac) + c.offset
}
