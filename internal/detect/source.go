package detect

import (
	"math"
	"math/bits"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// sourceKey names what is scored: one source in one service group.
type sourceKey struct {
	addr  packet.Addr
	realm uint32
	group uint8
}

// part is a kind of outcome that the score is made of.
type part uint8

const (
	partDark part = iota
	partRefused
	partSilent
	partAnswered // negative: answers of known servers
	partNovelty
	nParts
)

// parts is what each kind of outcome adds to the score, decayed to source.last.
type parts [nParts]float32

// score is the sum. Answers of known servers take back failures and novelty, but never
// dark contacts: a scanner that works normally beside its scan must not excuse itself.
func (p *parts) score() float64 {
	return float64(p[partDark] + max(0, p.open()))
}

// open is the sum of what answers can take back.
func (p *parts) open() float32 {
	return p[partRefused] + p[partSilent] + p[partAnswered] + p[partNovelty]
}

func (p *parts) scale(f float32) {
	for i := range p {
		p[i] *= f
	}
}

// settle forgets failures that answers have outweighed: no credit for a good past.
func (p *parts) settle() {
	for _, i := range []part{partDark, partRefused, partSilent, partNovelty} {
		p[i] = max(0, p[i])
	}
	if p.open() <= 0 {
		*p = parts{partDark: p[partDark]}
	}
}

// recent counts contacts with the score's own decay, so that shares speak of the same time
// as the score. Contacts that a known server answered are in none.
type recent struct{ judged, dark, failed, novel float32 }

// totals counts contacts since the score was last zero.
type totals struct {
	contacts, targets, dark, refused, silent, answered uint32 // as in findings
	served                                             uint32 // answered by known servers, or by hosts that others visit too
	failed                                             uint32 // that weighed
}

// source is all that is kept of one for good.
type source struct {
	first    packet.Time // first contact since the score was last zero
	last     packet.Time // parts and recent are decayed to here
	parts    parts
	recent   recent
	total    totals
	role     role
	raised   packet.Time // latest step that added to the score
	lastDark packet.Time // latest dark target
	alive    bool        // a home host that was seen alive
}

// zero is a score that is as good as none.
const zero = 0.05

// decay brings the source to now; a source whose score is gone starts anew.
func (s *source) decay(now packet.Time, halfLife time.Duration) {
	if dt := now.Sub(s.last); dt > 0 {
		f := float32(math.Exp2(-float64(dt) / float64(halfLife)))
		s.parts.scale(f)
		s.recent.judged *= f
		s.recent.dark *= f
		s.recent.failed *= f
		s.recent.novel *= f
		s.last = now
	}
	if s.parts.score() < zero {
		s.parts, s.recent, s.total, s.first = parts{}, recent{}, totals{}, 0
	}
}

// role is learned from how many different targets answer a source on a day: linear
// counting in 64 bits (Whang et al. 1990), good to about 200.
type role struct {
	sketch uint64
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
	r.sketch |= 1 << (h >> 58)
	if linearCount(r.sketch) >= targets {
		r.days |= 1
	}
}

// held reports whether the source has the role.
func (r *role) held(today uint16, days int) bool {
	r.turn(today)
	return bits.OnesCount16(r.days) >= days
}

// linearCount estimates how many distinct hashes set the bits of a 64-bit sketch.
func linearCount(sketch uint64) int {
	free := 64 - bits.OnesCount64(sketch)
	return linearCounts[free]
}

// linearCounts is -64 ln(free/64), rounded, by the number of free bits.
var linearCounts = func() (t [65]int) {
	t[0] = 64 * 6
	for free := 1; free <= 64; free++ {
		t[free] = int(math.Round(-64 * math.Log(float64(free)/64)))
	}
	return t
}()

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
	case s.alive || s.total.targets > 1:
		return 1
	}
	return 0
}

// logScore is the logarithm of the score as it would be at a common time, so that scores
// compare without being decayed.
func (s *source) logScore(halfLife time.Duration) float64 {
	score := s.parts.score()
	if score < zero {
		return math.Inf(-1)
	}
	return math.Log2(score) + float64(s.last)/float64(halfLife)
}
