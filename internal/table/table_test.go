package table

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

func key(n uint64) *[16]byte {
	var k [16]byte
	binary.BigEndian.PutUint64(k[8:], n)
	return &k
}

func older(a, b *uint64) bool { return *a < *b }

// The table against a map: what is in it is found with its value, what went was the
// worst of its set, and the count is right.
func TestTableAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := New[uint64, uint64](64)
		ref := map[uint64]uint64{}
		seed := rapid.Uint64().Draw(t, "seed")
		for i, k := range rapid.SliceOfN(rapid.Uint64Range(0, 200), 1, 400).Draw(t, "keys") {
			h := Hash(seed, key(k), 0)
			now := uint64(i + 1)
			slot, v := tab.Get(h, k)
			want, there := ref[k]
			if there != (v != nil) || there && *v != want {
				t.Fatalf("key %d: slot %d, value %v, want %d (%v)", k, slot, v, want, there)
			}
			switch {
			case there && k%7 == 0:
				tab.Free(slot)
				delete(ref, k)
			case there:
				*v, ref[k] = now, now
			default:
				checkClaim(t, tab, ref, seed, k, now)
			}
			if tab.Used() != len(ref) {
				t.Fatalf("%d used, want %d", tab.Used(), len(ref))
			}
		}
	})
}

func checkClaim(t *rapid.T, tab *Table[uint64, uint64], ref map[uint64]uint64, seed, k, now uint64) {
	h := Hash(seed, key(k), 0)
	_, v, evicted := tab.Claim(h, k, older)
	inSet, oldest := 0, ^uint64(0)
	var victim uint64
	for o, at := range ref {
		if tab.Set(Hash(seed, key(o), 0)) == tab.Set(h) {
			inSet++
			if at < oldest {
				oldest, victim = at, o
			}
		}
	}
	if evicted != (inSet == Ways) {
		t.Fatalf("evicted %v with %d in the set", evicted, inSet)
	}
	if evicted {
		if *v != oldest {
			t.Fatalf("evicted %d, the oldest is %d", *v, oldest)
		}
		delete(ref, victim)
	} else if *v != 0 {
		t.Fatalf("a free slot holds %d", *v)
	}
	*v, ref[k] = now, now
}

func TestRound(t *testing.T) {
	for in, want := range map[int]int{0: 8, 1: 8, 8: 8, 9: 16, 1000: 1024, 1024: 1024, 1025: 2048} {
		if got := Round(in); got != want {
			t.Errorf("Round(%d) = %d, want %d", in, got, want)
		}
	}
}

// Consecutive addresses, the commonest of all inputs, must spread over the sets as chance
// would have it: at half load few sets overflow.
func TestHashSpreadsConsecutiveAddresses(t *testing.T) {
	tab := New[struct{}, uint64](1 << 16)
	perSet := make([]int, tab.Sets())
	for i := range uint64(1 << 15) {
		perSet[tab.Set(Hash(42, key(0xffff0a000000+i), 0))]++
	}
	over := 0
	for _, n := range perSet {
		if n > Ways {
			over++
		}
	}
	// Poisson with mean 4: 2.1% of the sets hold more than 8.
	if share := float64(over) / float64(len(perSet)); share > 0.03 {
		t.Errorf("%.1f%% of the sets overflow at half load, chance gives 2.1%%", 100*share)
	}
}

func TestHashPairDependsOnOrderWordAndSeed(t *testing.T) {
	h := HashPair(1, key(1), key(2), 3)
	for name, other := range map[string]uint64{
		"order": HashPair(1, key(2), key(1), 3),
		"word":  HashPair(1, key(1), key(2), 4),
		"seed":  HashPair(2, key(1), key(2), 3),
	} {
		if other == h {
			t.Errorf("the hash does not depend on the %s", name)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 20} {
		b.Run(map[int]string{1 << 10: "1k", 1 << 20: "1M"}[n], func(b *testing.B) {
			tab := New[[16]byte, [32]byte](2 * n)
			for i := range uint64(n) {
				k := key(i)
				tab.Claim(Hash(1, k, 0), *k, func(_, _ *[32]byte) bool { return false })
			}
			i := uint64(0)
			for b.Loop() {
				i = (i*6364136223846793005 + 1442695040888963407)
				k := key((i >> 33) & uint64(n-1))
				tab.Get(Hash(1, k, 0), *k)
			}
		})
	}
}
