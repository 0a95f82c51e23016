package edge

import (
	"math/rand/v2"
	"testing"
)

func TestCountsDistinct(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		var d distinct
		var shown []uint32
		for n := 1; n <= 100_000; n++ {
			h := rng.Uint32()
			if n <= exact {
				shown = append(shown, h)
			}
			d.add(h)
			if n <= exact && (d.n != uint32(n) || d.estimated) || n == exact+1 && !d.estimated {
				t.Fatalf("%d of %d", d.n, n)
			}
			// Five standard errors of 1.04/sqrt(128).
			if off := float64(d.n)/float64(n) - 1; off < -0.46 || off > 0.46 {
				t.Fatalf("%d of %d", d.n, n)
			}
			before := d
			d.add(h)
			if d != before {
				t.Fatalf("the same once more is news, at %d", n)
			}
		}
		before := d
		for _, h := range shown {
			d.add(h)
		}
		if d != before {
			t.Fatal("what was seen first is news")
		}
	}
}

// On average the estimate is right, at any size.
func TestEstimateIsUnbiased(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int{40, 100, 300, 600, 3000, 20_000} {
		const runs = 200
		sum := 0.0
		for range runs {
			var d distinct
			for range size {
				d.add(rng.Uint32())
			}
			sum += float64(d.n)
		}
		// The mean of 200 has a standard error of 0.65%; that estimates never fall adds some.
		if mean := sum / runs / float64(size); mean < 0.97 || mean > 1.06 {
			t.Errorf("%d count as %.3f of that", size, mean)
		}
	}
}
