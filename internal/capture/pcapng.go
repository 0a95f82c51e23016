package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// The next generation format: draft-ietf-opsawg-pcapng. Blocks of type, total length,
// body, and total length again.
const (
	blockSection   = 0x0a0d0d0a // SHB; reads the same in both byte orders
	blockInterface = 1          // IDB
	blockPacket    = 2          // PB, obsolete
	blockSimple    = 3          // SPB
	blockEnhanced  = 6          // EPB

	blockFrame = 12 // octets around a block's body
	// maxBlock bounds the blocks that are looked into: a frame of the largest size and
	// 64 KiB of options.
	maxBlock = maxCaptured + 64<<10
	// maxInterfaces bounds what a section can make us remember.
	maxInterfaces = 4096

	byteOrderMagic = 0x1a2b3c4d
)

var ngMagic = []byte{0x0a, 0x0d, 0x0d, 0x0a}

// looked reports whether blocks of a kind are looked into; all others are skipped.
func looked(kind uint32) bool { return blockMinimum(kind) > blockFrame }

// blockMinimum returns how many octets a block has at least, in all.
func blockMinimum(kind uint32) int {
	switch kind {
	case blockEnhanced, blockPacket:
		return 32
	case blockSimple:
		return 16
	case blockInterface:
		return 20
	case blockSection:
		return 28
	}
	return blockFrame
}

// pcapng reads the blocks of a pcapng file.
type pcapng struct {
	big      bool          // byte order of the section
	ifaces   []ngInterface // of the section
	readable bool          // the file had an interface of a supported link type
	names    namer
	base     string // name of interfaces without one
}

func (g *pcapng) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if g.big {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (g *pcapng) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if g.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (g *pcapng) next(b []byte, frames []frame) (n, used, need int, err error) {
	for n < len(frames) && used < len(b) {
		total, need, err := g.length(b[used:])
		if need > 0 || err != nil {
			return n, used, need, err
		}
		if kind := g.u32(b[used:]); looked(kind) {
			frames[n] = frame{at: uint32(used)}
			packet, err := g.block(kind, b[used+8:used+total-4], &frames[n])
			if err != nil {
				return n, used, 0, err
			}
			if packet {
				n++
			}
		}
		used += total
	}
	return n, used, 0, nil
}

// length returns how many octets the block at the start of b takes, if it can be used:
// those that are looked into must be whole.
func (g *pcapng) length(b []byte) (total, need int, err error) {
	if len(b) < blockFrame {
		return 0, blockFrame, nil
	}
	kind := g.u32(b)
	if kind == blockSection {
		if err := g.order(b[8:]); err != nil {
			return 0, 0, err
		}
	}
	claimed := int(g.u32(b[4:]))
	// Some writers leave the padding out of the length; it is there all the same.
	total = (claimed + 3) &^ 3
	switch minimum := blockMinimum(kind); {
	case claimed < minimum:
		return 0, 0, corrupt("a block of type %#x claims %d octets in all, it has at least %d", kind, claimed, minimum)
	case !looked(kind):
		return total, 0, nil
	case claimed > maxBlock:
		return 0, 0, corrupt("a block of type %#x claims %d octets, the bound is %d", kind, claimed, maxBlock)
	case len(b) < total:
		return 0, total, nil
	}
	if again := int(g.u32(b[total-4:])); again != claimed {
		return 0, 0, corrupt("a block of type %#x has %d octets by its start and %d by its end", kind, claimed, again)
	}
	return total, 0, nil
}

// block takes the body b of a block that is complete; it reports whether it is a packet.
func (g *pcapng) block(kind uint32, b []byte, fr *frame) (bool, error) {
	switch kind {
	case blockEnhanced:
		fr.at += 28
		return true, g.packet(fr, g.u32(b), b[4:])
	case blockPacket:
		fr.at += 28
		return true, g.packet(fr, uint32(g.u16(b)), b[4:])
	case blockSimple:
		fr.at += 12
		return true, g.simple(fr, b)
	case blockInterface:
		return false, g.describe(b)
	}
	return false, g.section(b)
}

// order reads the byte-order magic of a section.
func (g *pcapng) order(b []byte) error {
	switch binary.LittleEndian.Uint32(b) {
	case byteOrderMagic:
		g.big = false
	case bits.ReverseBytes32(byteOrderMagic):
		g.big = true
	default:
		return corrupt("a section with the byte-order magic %x", b[:4])
	}
	return nil
}

// section begins another section; the interfaces of the one before are gone.
func (g *pcapng) section(b []byte) error {
	if major, minor := g.u16(b[4:]), g.u16(b[6:]); major != 1 || (minor != 0 && minor != 2) {
		return fmt.Errorf("version %d.%d of the pcapng format %w, only 1.0 is: rewrite the file with editcap", major, minor, ErrNotSupported)
	}
	g.ifaces = g.ifaces[:0]
	return nil
}

// packet reads what enhanced and obsolete packet blocks have in common: b is time stamp
// (high, low), captured length, original length, frame.
func (g *pcapng) packet(fr *frame, id uint32, b []byte) error {
	if err := g.fill(fr, id, len(b)-16, g.u32(b[8:]), g.u32(b[12:])); err != nil {
		return err
	}
	fr.time = g.ifaces[id].time(uint64(g.u32(b))<<32 | uint64(g.u32(b[4:])))
	return nil
}

// simple reads a block that carries no more than the original length; it is of the first
// interface, whose snap length limits it.
func (g *pcapng) simple(fr *frame, b []byte) error {
	if len(g.ifaces) == 0 {
		return corrupt("a packet before any interface")
	}
	wire, room := g.u32(b), len(b)-4
	captured := min(wire, uint32(room))
	if snap := g.ifaces[0].snap; snap != 0 {
		captured = min(captured, snap)
	}
	fr.flags = unstamped
	return g.fill(fr, 0, room, captured, wire)
}

// fill sets what all packets have; room is how many octets the block has for the frame.
// A packet of an interface that cannot be read is skipped if the file has one that can.
func (g *pcapng) fill(fr *frame, id uint32, room int, captured, wire uint32) error {
	if int64(id) >= int64(len(g.ifaces)) {
		return corrupt("a packet of interface %d, the section has %d", id, len(g.ifaces))
	}
	if captured > maxCaptured {
		return tooLong(captured)
	}
	if int(captured) > room {
		return corrupt("a packet of %d octets in a block that holds %d", captured, room)
	}
	i := &g.ifaces[id]
	fr.captured, fr.wire, fr.link, fr.iface = captured, max(wire, captured), i.link, i.name
	if i.supported {
		return nil
	}
	fr.flags |= skipped
	if !g.readable {
		return linkError(i.link)
	}
	return nil
}

var _ format = (*pcapng)(nil)

// ngInterface is what an interface description says.
type ngInterface struct {
	link      packet.Link
	name      uint16 // index in the source's table
	supported bool
	snap      uint32
	ngClock
}
