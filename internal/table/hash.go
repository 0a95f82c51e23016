package table

import (
	"encoding/binary"
	"math/bits"
)

// Multipliers with half of their bits set, so that a product depends on all bits of both
// factors.
const (
	m1 = 0xa0761d6478bd642f
	m2 = 0xe7037ed1a0b428db
)

// mix folds the 128-bit product of a and b (the "mum" step of wyhash).
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Hash returns the seeded hash of a 16-byte address and a word.
func Hash(seed uint64, a *[16]byte, word uint64) uint64 {
	x := binary.LittleEndian.Uint64(a[:8])
	y := binary.LittleEndian.Uint64(a[8:])
	h := mix(x^seed^m1, y^m2^bits.RotateLeft64(seed, 32))
	return mix(h^word^m2, seed^m1)
}

// HashPair returns the seeded hash of two addresses and a word; their order matters.
func HashPair(seed uint64, a, b *[16]byte, word uint64) uint64 {
	return Hash(Hash(seed, a, word)|1, b, word)
}
