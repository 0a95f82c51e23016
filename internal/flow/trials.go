package flow

import (
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// trialKey names a trial: who tries whom, in which group.
type trialKey struct {
	source, target packet.Addr
	realm          uint32
	group          uint8
}

func (k *trialKey) hash(seed uint64) uint64 {
	return table.HashPair(seed, (*[16]byte)(&k.source), (*[16]byte)(&k.target), uint64(k.realm)<<8|uint64(k.group))
}

// trial is an attempt whose time to answer has not run out. Refused is kept to the end:
// another port of the group may still answer.
type trial struct {
	opened  packet.Time
	srcPort uint16
	port    uint16
	vlan    uint16
	iface   uint16
	mac     [6]byte
	facts   Facts
	outcome Outcome // Opened, Refused or Answered
}

// trials holds the half-open ones: a table to find them and a ring in order of opening,
// which is the order of their deadlines, since all wait equally long.
type trials struct {
	table      *table.Table[trialKey, trial]
	ring       []due
	head, tail uint64 // positions since start; the ring holds head..tail
}

// due is a ring entry. The trial in the slot is the one meant if it opened then.
type due struct {
	opened packet.Time
	slot   uint32
}

func newTrials(m *Memory) *trials {
	// Twice as many places as trials: a set of 8 with 4 taken seldom overflows.
	ts := &trials{table: table.New[trialKey, trial](2 * m.HalfOpen)}
	ts.ring = make([]due, table.Round(m.HalfOpen))
	return ts
}

func openedEarlier(a, b *trial) bool { return a.opened < b.opened }

// next returns the slot of the oldest trial if it opened at or before latest.
func (ts *trials) next(latest packet.Time) (slot int, ok bool) {
	for ts.head < ts.tail {
		d := &ts.ring[ts.head&uint64(len(ts.ring)-1)]
		if _, tr := ts.table.At(int(d.slot)); tr == nil || tr.opened != d.opened {
			ts.head++ // displaced, or another one by now
			continue
		}
		if d.opened > latest {
			return 0, false
		}
		ts.head++
		return int(d.slot), true
	}
	return 0, false
}

func (ts *trials) full() bool { return ts.tail-ts.head == uint64(len(ts.ring)) }

func (ts *trials) push(opened packet.Time, slot int) {
	ts.ring[ts.tail&uint64(len(ts.ring)-1)] = due{opened, uint32(slot)}
	ts.tail++
}
