package flow

import (
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// pair is what is remembered of a source and a target in a service group: the minute of
// the latest trial (since 1970, 30 bits), whether that trial, or the one before it while
// it lasts, was answered, and whether any ever was.
type pair uint32

const (
	pairAnswered pair = 1 << 31
	pairReached  pair = 1 << 30
	pairFlags         = pairAnswered | pairReached
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

func earlier(a, b *pair) bool { return a.minute() < b.minute() }

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
		case *p&pairReached == 0:
			facts = Again
		default:
			facts = 0
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
