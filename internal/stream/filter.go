package stream

import (
	"encoding/binary"
	"math/bits"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	cellBits = 13
	// filterSize is the octets of the filter: it stays in the first-level cache.
	filterSize = 1 << cellBits
)

// filter counts the connections that are open or followed by a part of their ends, so
// that a segment of any other costs one look into the cache.
type filter struct{ cells [filterSize]uint8 }

// cellOf returns the cell of a connection, the same for both directions and all realms.
// It is cheaper than a hash: who has many connections fall into one cell gains nothing
// but that the table is asked for them.
func cellOf(seed uint64, ev *packet.Event) uint16 {
	ends := binary.LittleEndian.Uint64(ev.Src[8:]) + binary.LittleEndian.Uint64(ev.Dst[8:])
	ports := uint64(ev.SrcPort) + uint64(ev.DstPort)
	hi, lo := bits.Mul64(ends^seed, ports*multiplier+multiplier)
	return uint16((hi ^ lo) >> (64 - cellBits))
}

// multiplier is 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming 3,
// 6.4).
const multiplier = 0x9e3779b97f4a7c15

func (f *filter) has(cell uint16) bool { return f.cells[cell%filterSize] != 0 }

// add counts a connection. A cell that is full stays full: then its look-ups go to the
// table, and find nothing.
func (f *filter) add(cell uint16) {
	if f.cells[cell] != full {
		f.cells[cell]++
	}
}

func (f *filter) remove(cell uint16) {
	if f.cells[cell] != full {
		f.cells[cell]--
	}
}

const full = 255
