package bpf

import (
	crypto "crypto/rand"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// secrets are what nobody may know who could choose addresses or ports by it. Its methods
// are the twins of hash.h.
type secrets struct {
	seed uint64
	odd  [2]uint64
}

// newSecrets derives them from a seed, or takes random ones if it is 0.
func newSecrets(seed uint64) secrets {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	if seed == 0 {
		_, _ = crypto.Read(key[:]) // never fails
	}
	r := rand.NewChaCha8(key)
	return secrets{r.Uint64(), [2]uint64{r.Uint64() | 1, r.Uint64() | 1}}
}

// secrets returns those that the program uses.
func (k *Kernel) secrets() secrets { return secrets{k.mem.want.Seed, k.mem.want.Odd} }

func (s *secrets) fold(a *packet.Addr) uint64 {
	high, low := binary.LittleEndian.Uint64(a[:8]), binary.LittleEndian.Uint64(a[8:])
	return bits.RotateLeft64(low, 32) + high*s.odd[0]
}

func (s *secrets) hash(a, b uint64) uint64 {
	x := (a ^ s.seed) * s.odd[0]
	x ^= x >> 32
	return (x + b) * s.odd[1]
}

// ends returns the hash of a connection: ends_of in streams.h.
func (s *secrets) ends(a, b *packet.Addr, aPort, bPort uint16) uint64 {
	x, y := s.fold(a)^uint64(aPort)<<32, s.fold(b)^uint64(bPort)<<32
	return s.hash(min(x, y), max(x, y))
}
