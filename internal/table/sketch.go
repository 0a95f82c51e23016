package table

import (
	"math"
	"math/bits"
)

// Sketch estimates how many distinct things it was shown: linear counting in 64 bits
// (Whang et al. 1990), good to about 200.
type Sketch uint64

// Add shows it a thing by its hash.
func (s *Sketch) Add(h uint64) { *s |= 1 << (h >> 58) }

// Count returns the estimate; a full sketch counts 384.
func (s Sketch) Count() int { return linearCounts[64-bits.OnesCount64(uint64(s))] }

// linearCounts is -64 ln(free/64), rounded, by the number of free bits.
var linearCounts = func() (t [65]int) {
	t[0] = 64 * 6
	for free := 1; free <= 64; free++ {
		t[free] = int(math.Round(-64 * math.Log(float64(free)/64)))
	}
	return t
}()
