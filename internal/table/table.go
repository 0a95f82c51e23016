// Package table has the one container of the sensor's memory: a set-associative table of
// fixed size without pointers. An attacker cannot grow it, cannot build long chains in it
// (a look-up reads one set), and cannot choose what falls into which set (the hash is
// seeded). What goes when a set is full is the owner's choice.
package table

import "math/bits"

// Ways is the number of entries in a set.
const Ways = 8

// Table maps K to V. Where a wrong match in 2^-29 of the look-ups does no harm, K may be
// struct{}: then only the hash decides and an entry costs four bytes more than V.
type Table[K comparable, V any] struct {
	tags []uint32 // upper half of the hash, 0: free
	keys []K
	vals []V
	mask uint64 // number of sets less one
	used int
}

// New returns a table of at least entries entries, all allocated.
func New[K comparable, V any](entries int) *Table[K, V] {
	n := Round(entries)
	return &Table[K, V]{
		tags: make([]uint32, n),
		keys: make([]K, n),
		vals: make([]V, n),
		mask: uint64(n/Ways - 1),
	}
}

// Round returns the size that New gives a table: entries rounded up to a power of two,
// at least one set.
func Round(entries int) int {
	if entries <= Ways {
		return Ways
	}
	return 1 << bits.Len(uint(entries-1))
}

func tag(h uint64) uint32 {
	if t := uint32(h >> 32); t != 0 {
		return t
	}
	return 1
}

// Set returns the number of the set that h falls into.
func (t *Table[K, V]) Set(h uint64) int { return int(h & t.mask) }

// Sets returns how many sets there are.
func (t *Table[K, V]) Sets() int { return int(t.mask) + 1 }

// Get returns the slot of k and its value, or -1 and nil.
func (t *Table[K, V]) Get(h uint64, k K) (int, *V) {
	first := t.Set(h) * Ways
	want := tag(h)
	tags := t.tags[first : first+Ways : first+Ways]
	for i := range tags {
		if tags[i] == want && t.keys[first+i] == k {
			return first + i, &t.vals[first+i]
		}
	}
	return -1, nil
}

// Claim makes room for k, which must not be in the table. The value is zero, unless an
// entry had to go for it: then evicted is true, and the value still is the lost one's,
// for the caller to look at and overwrite. The one that goes is the one that is worse
// than all others of its set.
func (t *Table[K, V]) Claim(h uint64, k K, worse func(a, b *V) bool) (slot int, v *V, evicted bool) {
	first := t.Set(h) * Ways
	slot = first
	for i := first; i < first+Ways; i++ {
		if t.tags[i] == 0 {
			t.used++
			return t.place(i, h, k), &t.vals[i], false
		}
		if i > first && worse(&t.vals[i], &t.vals[slot]) {
			slot = i
		}
	}
	return t.place(slot, h, k), &t.vals[slot], true
}

func (t *Table[K, V]) place(slot int, h uint64, k K) int {
	t.tags[slot] = tag(h)
	t.keys[slot] = k
	return slot
}

// At returns key and value in a slot, nil if it is free.
func (t *Table[K, V]) At(slot int) (*K, *V) {
	if t.tags[slot] == 0 {
		return nil, nil
	}
	return &t.keys[slot], &t.vals[slot]
}

// Free empties a slot.
func (t *Table[K, V]) Free(slot int) {
	var k K
	var v V
	if t.tags[slot] != 0 {
		t.used--
	}
	t.tags[slot], t.keys[slot], t.vals[slot] = 0, k, v
}

// Used returns how many entries are taken, Cap how many there are.
func (t *Table[K, V]) Used() int { return t.used }

// Cap returns how many entries there are.
func (t *Table[K, V]) Cap() int { return len(t.tags) }
