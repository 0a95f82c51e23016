package blocklist

import (
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// minute is a time in minutes since 1970; nothing that a list is kept for needs more.
type minute uint32

// lastMinute is in 2201: internal/capture believes no later time.
const lastMinute minute = 231 * 366 * 24 * 60

func minuteOf(t packet.Time) minute {
	return minute(min(max(t, 0)/packet.Time(time.Minute), packet.Time(lastMinute)))
}

func (m minute) time() packet.Time { return packet.Time(m) * packet.Time(time.Minute) }

// count is held at the largest number.
type count uint32

func (c *count) add() {
	if *c++; *c == 0 {
		*c--
	}
}

// mark is what matched an entry; all zero if nothing ever did.
type mark struct {
	first, last      minute
	contacts, knocks count
}

func (m *mark) matched() bool { return m.contacts|m.knocks != 0 }

// note takes in a match, which its caller counts.
func (m *mark) note(now packet.Time) *mark {
	at := minuteOf(now)
	if !m.matched() {
		m.first = at
	}
	m.last = max(m.last, at)
	return m
}

// match is an entry with what matched it, wherever the entry now stands.
type match struct {
	span span
	mark mark
}

// matches returns the entries of a list that ever matched.
func (l *list) matches() []match {
	if l.held == nil {
		return l.saved
	}
	var out []match
	for i, m := range l.held.marks {
		if m.matched() {
			out = append(out, match{l.held.spans[i], m})
		}
	}
	return out
}

// carry brings what matched before over to the entries that are still there.
func (c *content) carry(ms []match) {
	for _, m := range ms {
		i, found := slices.BinarySearchFunc(c.spans, m.span, func(a, b span) int { return a.order(&b) })
		if found {
			c.marks[i] = m.mark
		}
	}
}
