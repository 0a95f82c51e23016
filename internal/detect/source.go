package detect

import (
	"math"
	"math/bits"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// sourceKey names what is scored: one source in one service group.
type sourceKey struct {
	addr  packet.Addr
	realm uint32
	group uint8
}

// source is all that is kept of one for good.
type source struct {
	first    packet.Time // first contact since the score was last zero
	last     packet.Time // books are decayed to here
	books    books
	odds     float32 // while learning: log-likelihood ratio of a scanner
	role     role
	raised   packet.Time    // latest step that added to the score
	lastDark packet.Time    // latest dark target
	told     [2]packet.Time // latest Create, by kind
	alive    bool           // a home host that was seen alive
	watched  uint32         // hour in which that the score is above slow.watch was noted, 0 once it halved
}

// zero is a score that is as good as none.
const zero = 0.05

// decay brings the source to now.
func (s *source) decay(now packet.Time, halfLife time.Duration) {
	if dt := now.Sub(s.last); dt > 0 {
		s.books.scale(float32(math.Exp2(-float64(dt) / float64(halfLife))))
		s.last = now
	}
}

// restart begins the counts anew: the score is gone. How many servers were met is kept.
func (s *source) restart(now packet.Time) {
	s.books = books{recent: recent{served: s.books.recent.served}}
	s.odds, s.first = 0, now
}

func (s *source) score() float64 { return s.books.parts.score() }

// role is learned from how many different targets answer a source on a day.
type role struct {
	sketch table.Sketch
	day    uint16 // since 1970
	days   uint16 // a bit for each of the last 14 days on which enough answered, today is 0
}

const (
	nsPerDay = 24 * 3600 * 1e9
	roleDays = 1<<14 - 1
)

func dayOf(t packet.Time) uint16 { return uint16(max(t, 0) / nsPerDay) }

// turn moves the role on to today.
func (r *role) turn(today uint16) {
	if r.day == today {
		return
	}
	if gap := today - r.day; gap < 14 {
		r.days = r.days << gap & roleDays
	} else {
		r.days = 0
	}
	r.day, r.sketch = today, 0
}

// answered notes that the target with hash h answered today.
func (r *role) answered(h uint64, today uint16, targets int) {
	r.turn(today)
	r.sketch.Add(h)
	if r.sketch.Count() >= targets {
		r.days |= 1
	}
}

// held reports whether the source has the role.
func (r *role) held(today uint16, days int) bool {
	r.turn(today)
	return bits.OnesCount16(r.days) >= days
}

// lighter orders sources by what would be lost with them: those with a single contact of
// which nothing proves that they exist, as a flood of forged sources makes them, go first;
// then the lower score; then the longer unseen.
func lighter(halfLife time.Duration) func(a, b *source) bool {
	return func(a, b *source) bool {
		if x, y := a.class(), b.class(); x != y {
			return x < y
		}
		if x, y := a.logScore(halfLife), b.logScore(halfLife); x != y {
			return x < y
		}
		return a.last < b.last
	}
}

func (s *source) class() int {
	switch {
	case s.role.days != 0:
		return 2
	case s.alive || s.books.total.targets > 1:
		return 1
	}
	return 0
}

// logScore is the logarithm of the score as it would be at a common time, so that scores
// compare without being decayed.
func (s *source) logScore(halfLife time.Duration) float64 {
	score := s.score()
	if score < zero {
		return math.Inf(-1)
	}
	return math.Log2(score) + float64(s.last)/float64(halfLife)
}
