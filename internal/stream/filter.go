package stream

const (
	cellBits = 14
	// filterSize is the octets of the filter: it stays in the first-level cache.
	filterSize = 1 << cellBits
)

// filter counts the connections that are open or followed by a part of their hash, so
// that a segment of any other costs one look into the cache.
type filter struct{ cells [filterSize]uint8 }

func cellOf(hash uint64) uint16 { return uint16(hash >> (64 - cellBits)) }

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
