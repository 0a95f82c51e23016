package outward

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// second is a time in seconds since 1970.
type second uint32

func secondOf(t packet.Time) second { return second(max(t, 0) / packet.Time(time.Second)) }

// patience is how long an answer is believed to belong to what was asked: clients give up
// after some two minutes.
const patience second = 180

// openings remembers which connections home hosts asked for, so that answers which nobody
// asked for are told from those somebody did.
type openings struct {
	seed  uint64
	table *table.Table[struct{}, second]
	lost  uint64
}

func newOpenings(entries int, seed uint64) *openings {
	return &openings{seed: seed, table: table.New[struct{}, second](entries)}
}

func (o *openings) hash(home, outside packet.Addr, realm uint32, sport, dport uint16) uint64 {
	return table.HashPair(o.seed, (*[16]byte)(&home), (*[16]byte)(&outside), uint64(realm)<<32|uint64(sport)<<16|uint64(dport))
}

func elder(a, b *second) bool { return *a < *b }

func (o *openings) note(home, outside packet.Addr, realm uint32, sport, dport uint16, at packet.Time) {
	h, now := o.hash(home, outside, realm, sport, dport), secondOf(at)
	if _, t := o.table.Get(h, struct{}{}); t != nil {
		*t = now
		return
	}
	_, t, evicted := o.table.Claim(h, struct{}{}, elder)
	// Most of those displaced were answered long since: only what came within a second may
	// still wait, if it waits as others do.
	if evicted && now-*t <= 1 {
		o.lost++
	}
	*t = now
}

func (o *openings) has(home, outside packet.Addr, realm uint32, sport, dport uint16, at packet.Time) bool {
	_, t := o.table.Get(o.hash(home, outside, realm, sport, dport), struct{}{})
	return t != nil && secondOf(at)-*t <= patience
}
