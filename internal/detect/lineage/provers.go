package lineage

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// proverBits is how many bits there are for each home host in the book.
const proverBits = 16

// provers are the sources of which some meeting came to something, and by chance a few
// others: a filter with one bit each. To look for the victims of a source takes the whole
// book, and a flood of forged sweeps, of which nobody ever was answered, must not.
//
// There are two filters, of which the elder begins anew after a memory's time: what is in
// it lasts for once to twice as long.
type provers struct {
	memory time.Duration
	turned packet.Time
	now    []uint64
	before []uint64
}

func newProvers(victims int, memory time.Duration) provers {
	words := table.Round(victims) * proverBits / 64
	return provers{memory: memory, now: make([]uint64, words), before: make([]uint64, words)}
}

// add takes a source by its hash.
func (p *provers) add(hash uint64, at packet.Time) {
	if at.Sub(p.turned) >= p.memory {
		p.turned, p.now, p.before = at, p.before, p.now
		clear(p.now)
	}
	p.now[hash/64%uint64(len(p.now))] |= 1 << (hash % 64)
}

// may reports whether a source can be among them.
func (p *provers) may(hash uint64) bool {
	word := hash / 64 % uint64(len(p.now))
	return (p.now[word]|p.before[word])>>(hash%64)&1 != 0
}
