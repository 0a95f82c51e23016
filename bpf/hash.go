package bpf

import (
	"encoding/binary"
	"math/bits"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// The twins of hash.h.
const (
	m1 = 0x9e3779b97f4a7c15
	m2 = 0xa0761d6478bd642f
)

func fold(a *packet.Addr) uint64 {
	high, low := binary.LittleEndian.Uint64(a[:8]), binary.LittleEndian.Uint64(a[8:])
	return bits.RotateLeft64(low, 32) + high*m1
}

func hash(seed, a, b uint64) uint64 {
	x := (a ^ seed) * m1
	x ^= x >> 32
	return (x + b) * m2
}

// ends returns the hash of a connection: ends_of in streams.h.
func ends(seed uint64, a, b *packet.Addr, aPort, bPort uint16) uint64 {
	x, y := fold(a)^uint64(aPort)<<32, fold(b)^uint64(bPort)<<32
	return hash(seed, min(x, y), max(x, y))
}
