package publish

import (
	"slices"
	"sync"
	"time"
)

// acks are records of the outbox that the sink has, until the outbox knows.
type acks struct {
	mu   sync.Mutex
	ids  []uint64
	from time.Time // when the first of them came
	some chan struct{}
}

func newAcks() *acks { return &acks{some: make(chan struct{}, 1)} }

func (a *acks) add(id uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ids) == 0 {
		a.from = time.Now()
		poke(a.some)
	}
	a.ids = append(a.ids, id)
}

// first returns a copy of the first max.
func (a *acks) first(max int) []uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.ids[:min(max, len(a.ids))])
}

// known drops the first n: the outbox has deleted them.
func (a *acks) known(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = slices.Delete(a.ids, 0, n)
	a.from = time.Now()
	if len(a.ids) == 0 && cap(a.ids) > maxAcksKept {
		a.ids = nil
	}
}

// maxAcksKept is how much room is kept for the next.
const maxAcksKept = 1 << 16

// len returns how many there are, and since when.
func (a *acks) len() (n int, from time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ids), a.from
}
