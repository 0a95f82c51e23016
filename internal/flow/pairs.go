package flow

import (
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// pair is what is remembered of a source and a target in a service group: the minute of
// the latest trial (since 1970, 29 bits), whether that trial, or the one before it while
// it lasts, was answered, whether any ever was, and whether they met more than once.
type pair uint32

const (
	pairAnswered pair = 1 << 31
	pairReached  pair = 1 << 30
	pairRepeated pair = 1 << 29
	pairFlags         = pairAnswered | pairReached | pairRepeated
	nsPerMinute       = 60 * 1e9
)

func minuteOf(t packet.Time) pair { return pair(max(t, 0)/nsPerMinute) &^ pairFlags }

func (p pair) minute() pair { return p &^ pairFlags }

// pairs remembers who met whom.
type pairs struct {
	table   *table.Table[struct{}, pair]
	memory  pair // minutes
	evicted uint64
}

func newPairs(m *Memory) *pairs {
	return &pairs{
		table:  table.New[struct{}, pair](m.Pairs),
		memory: pair(m.Contacts.Minutes()),
	}
}

// earlier orders pairs by what would be lost with them: those that met once, as a sweep or
// a flood makes them, go before those that meet day by day.
func earlier(a, b *pair) bool {
	if x, y := *a&pairRepeated, *b&pairRepeated; x != y {
		return x < y
	}
	return a.minute() < b.minute()
}

// meet notes a trial and returns what was known before: First, Known, Again or nothing.
func (ps *pairs) meet(h uint64, now packet.Time) Facts {
	minute := minuteOf(now)
	if _, p := ps.table.Get(h, struct{}{}); p != nil {
		facts := First
		switch {
		case p.minute()+ps.memory <= minute:
			*p = 0
		case *p&pairAnswered != 0:
			facts = Known
		case *p&pairReached == 0 && p.minute()+1 >= minute:
			facts = 0 // a retry
		case *p&pairReached == 0:
			facts = Again
		default:
			facts = 0
		}
		if facts != First && p.minute()+1 < minute {
			*p |= pairRepeated
		}
		*p = *p&pairFlags | minute
		return facts
	}
	_, p, evicted := ps.table.Claim(h, struct{}{}, earlier)
	if evicted && p.minute()+ps.memory > minute {
		ps.evicted++
	}
	*p = minute
	return First
}

// ended notes how a trial of the pair ended. A pair whose trial failed is Known no more:
// so that it counts once in an outage, however often it is tried again.
func (ps *pairs) ended(h uint64, answered bool) {
	_, p := ps.table.Get(h, struct{}{})
	if p == nil {
		return
	}
	*p &^= pairAnswered
	if answered {
		*p |= pairAnswered | pairReached
	}
}
