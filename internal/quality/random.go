package quality

import (
	"math"
	"math/rand/v2"
	"sort"
)

// mix is a stateless hash of its arguments (splitmix64's finaliser), for choices that
// must not depend on the order in which they are asked.
func mix(seed, a, b uint64) uint64 {
	x := seed ^ a*0x9e3779b97f4a7c15 ^ b*0xd1342543de82ef95
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit turns a hash into a number in [0, 1).
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// newRand gives each part of the simulation a stream of its own, so that one more
// outage does not change who goes on leave.
func newRand(seed uint64, stream string) *rand.Rand {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(stream) {
		h = (h ^ uint64(stream[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h))
}

// poisson draws the number of events with the given mean (Knuth; means here are small,
// larger ones are split).
func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for ; mean > 16; mean -= 16 {
		n += poisson(r, 16)
	}
	limit := math.Exp(-mean)
	for p := r.Float64(); p > limit; p *= r.Float64() {
		n++
	}
	return n
}

// zipf draws from 0..n-1 with probability proportional to 1/(i+1).
type zipf struct{ sum []float64 }

func newZipf(n int) zipf {
	z := zipf{sum: make([]float64, n)}
	total := 0.0
	for i := range z.sum {
		total += 1 / float64(i+1)
		z.sum[i] = total
	}
	return z
}

func (z zipf) draw(r *rand.Rand) int {
	x := r.Float64() * z.sum[len(z.sum)-1]
	return min(sort.SearchFloat64s(z.sum, x), len(z.sum)-1)
}
