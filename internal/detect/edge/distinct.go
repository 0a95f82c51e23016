package edge

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Sizes of a distinct counter.
const (
	registers = 128
	hashBits  = 32
	indexBits = 7                    // of a hash choose the register
	rankBits  = hashBits - indexBits // the rest gives the rank, from 1 to rankBits+1
	exact     = registers / 4        // hashes that fit where the registers are
)

// distinct counts different hashes in 128 octets: as many as fit one by one, beyond that
// as HyperLogLog does (Flajolet et al. 2007), with a standard error of 9%.
type distinct struct {
	n         uint32 // count or estimate
	estimated bool
	cells     [registers]uint8 // n hashes of four octets; when estimated, ranks
}

// add takes a hash.
func (d *distinct) add(h uint32) {
	if d.estimated {
		if d.rank(h) {
			d.n = max(d.n, d.estimate())
		}
		return
	}
	for i := range d.n {
		if binary.LittleEndian.Uint32(d.cells[4*i:]) == h {
			return
		}
	}
	if d.n < exact {
		binary.LittleEndian.PutUint32(d.cells[4*d.n:], h)
		d.n++
		return
	}
	d.convert()
	d.rank(h)
	d.n = max(exact+1, d.estimate())
}

// convert turns the hashes into ranks.
func (d *distinct) convert() {
	hashes := d.cells
	d.cells, d.estimated = [registers]uint8{}, true
	for i := range exact {
		d.rank(binary.LittleEndian.Uint32(hashes[4*i:]))
	}
}

// rank raises the register of a hash to the position of the first bit that is set in the
// rest of it, and reports whether that is news.
func (d *distinct) rank(h uint32) bool {
	r := uint8(bits.LeadingZeros32(h<<indexBits|1<<(indexBits-1)) + 1)
	cell := &d.cells[h>>rankBits]
	if *cell >= r {
		return false
	}
	*cell = r
	return true
}

// estimate is the improved raw estimator of Ertl (2017, "New cardinality estimation
// algorithms for HyperLogLog sketches", algorithm 6): without tables, and unbiased from
// the first to the last.
func (d *distinct) estimate() uint32 {
	var having [rankBits + 2]int // registers by rank
	for _, r := range d.cells {
		having[r]++
	}
	const m = registers
	z := m * tau(1-float64(having[rankBits+1])/m)
	for k := rankBits; k >= 1; k-- {
		z = (z + float64(having[k])) / 2
	}
	z += m * sigma(float64(having[0])/m)
	return uint32(min(math.Round(m*m/(2*math.Ln2*z)), math.MaxInt32))
}

// sigma is x + the sum of x^(2^k) 2^(k-1) for k from 1.
func sigma(x float64) float64 {
	z, y := x, 1.0
	for before := math.NaN(); z != before; y *= 2 {
		x *= x
		before = z
		z += x * y
	}
	return z
}

// tau is a third of (1 - x - the sum of (1 - x^(2^-k))^2 2^-k for k from 1).
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	z, y := 1-x, 1.0
	for before := math.NaN(); z != before; {
		x = math.Sqrt(x)
		y /= 2
		before = z
		z -= (1 - x) * (1 - x) * y
	}
	return z / 3
}
