package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/flow"
)

// burst is how many of the latest first contacts show that a source is on its way to a
// fast sweep: if they come at its pace, the slow rule waits until the fast one has decided.
const burst = 5

func (e *Engine) bursts(j *judgement) bool {
	f := &e.cfg.Fast
	n := min(burst, f.Targets)
	pace := f.Window / time.Duration(f.Targets-1)
	return j.dos != nil && j.dos.within(n, j.c.Time, time.Duration(n-1)*pace)
}

// rules applies the thresholds to a step that was judged.
func (e *Engine) rules(j *judgement, out []alert.Finding) []alert.Finding {
	if !j.may.Has(scanFast) {
		out = e.fastRule(j, out)
	}
	if !j.may.Has(scanSlow) {
		out = e.slowRule(j, out)
	}
	return out
}

func (e *Engine) fastRule(j *judgement, out []alert.Finding) []alert.Finding {
	if ep := e.sweeping(&j.k, fast); ep != nil {
		return e.growFast(j, ep, out)
	}
	if j.dos == nil || j.c.Facts&(flow.First|flow.Again) == 0 || !j.dos.within(e.cfg.Fast.Targets, j.c.Time, e.cfg.Fast.Window) {
		return out
	}
	w := j.dos.window(j.c.Time, e.cfg.Fast.Window)
	p := e.fastProof(j, &w)
	if p == noProof {
		return out
	}
	ep := sweep{key: sweepKey{j.k, fast}, proof: p, Life: episode.Life{First: w.first, Last: packetTime(j.c)}}
	for i := range w.targets {
		e.tell(j, &ep, j.dos.at(i))
	}
	return e.begin(ep, j, out)
}

// fastProof decides on a window. For a source that is known to visit many, only what is
// decided counts, and the answers it gets are nothing new.
func (e *Engine) fastProof(j *judgement, w *window) proof {
	f := &e.cfg.Fast
	if j.role {
		if w.resolved >= f.Targets && float64(w.answered) <= f.AnsweredAtMost*float64(w.resolved) {
			return byFailures
		}
		return noProof
	}
	switch {
	case j.c.Outcome != flow.Opened:
		return noProof
	case w.targets >= f.Targets && float64(w.answered) <= f.AnsweredAtMost*float64(w.targets):
		return byFailures
	case w.targets >= f.NovelTargets && !j.g.arp:
		return byNovelty
	}
	return noProof
}

// growFast adds a step to an open fast episode: first contacts while the sweep goes on, or
// the outcome of one that is in it.
func (e *Engine) growFast(j *judgement, ep *sweep, out []alert.Finding) []alert.Finding {
	c := j.c
	switch {
	case j.meet == nil && (c.Outcome == flow.Opened || !ep.has(c)):
		return out
	case c.Outcome == flow.Opened && j.burst:
		for i := range min(burst, e.cfg.Fast.Targets) {
			e.tell(j, ep, j.dos.at(i))
		}
		e.touch(ep, c)
	case j.meet == nil || j.meet.told:
		ep.Last = max(ep.Last, packetTime(c))
	}
	return e.grown(ep, c.Time, out)
}

// has reports whether the trial that c is a step of fell into the fast episode.
func (ep *sweep) has(c *flow.Contact) bool {
	return c.OpenedAt >= ep.First && c.OpenedAt <= ep.Last
}

func (e *Engine) slowRule(j *judgement, out []alert.Finding) []alert.Finding {
	s, c := j.src, j.c
	if ep := e.sweeping(&j.k, slow); ep != nil {
		return e.growSlow(j, ep, out)
	}
	late := e.overdue(j)
	owed := float64(late) * e.cfg.Weights.Unknown * j.g.weight
	// What was deferred is decided by a later step, which need not raise the score itself.
	recent := j.added || late > 0 || c.Time.Sub(s.raised) <= 3*e.cfg.Fast.Window
	if s.score()+owed < e.cfg.Slow.Score || !recent ||
		e.bursts(j) && !j.dos.within(e.cfg.Fast.Targets, c.Time, e.cfg.Fast.Window) {
		return out
	}
	p := e.slowProof(j, late)
	if p == noProof {
		return out
	}
	ep := sweep{key: sweepKey{j.k, slow}, proof: p, Life: episode.Life{First: s.first, Last: packetTime(c)}}
	ep.copy(s)
	ep.books.parts[partSilent] += float32(owed)
	return e.begin(ep, j, out)
}

// overdueAfter is longer than any round trip: who has not answered by then will hardly.
const overdueAfter = time.Second

// overdue counts, while the sensor is learning and has nothing better, the targets that
// are overdue but not silent yet: else a scanner at a probe a second would be five targets
// ahead.
func (e *Engine) overdue(j *judgement) (n int) {
	if !j.c.Has(flow.Learning) || j.dos == nil || j.g.arp || e.sweeping(&j.k, fast) != nil ||
		e.sight.blind(j.c.Target, j.c.Time) {
		return 0
	}
	for i := range j.dos.size() {
		m := j.dos.at(i)
		age := j.c.Time.Sub(m.opened)
		if m.state == waiting && !m.dark && !m.excused && !m.again && !m.told && age >= overdueAfter && age < e.cfg.Fast.Window {
			n++
		}
	}
	return n
}

func (e *Engine) slowProof(j *judgement, late int) proof {
	r, s := &j.src.books.recent, &e.cfg.Slow
	darkShare := s.DarkShare
	if j.role {
		darkShare = s.DarkShareRole
	}
	switch {
	case r.dark >= float32(s.DarkTargets) && float64(r.dark) >= darkShare*float64(r.judged):
		return byDark
	case j.role:
		return noProof
	case j.c.Has(flow.Learning):
		return e.learningProof(j, late)
	case r.failed >= float32(s.FailedTargets) && float64(r.failed) >= s.FailedShare*float64(r.judged):
		return byFailures
	case r.novel >= float32(s.NovelTargets):
		return byNovelty
	}
	return noProof
}

// learningProof decides while nothing is dark and nobody has a role yet.
func (e *Engine) learningProof(j *judgement, late int) proof {
	l := &e.cfg.Learning
	if float64(j.src.odds)+float64(late)*l.Silent >= l.Odds || e.crowd(j) {
		return byFailures
	}
	return noProof
}

// crowdWithin is far from the pace of a management server that goes through a site in a
// day, and from that of a person.
const crowdWithin = 2 * time.Minute

// crowd reports whether a source that is not known to visit many filled its dossier within
// minutes, and at most half of those answered.
func (e *Engine) crowd(j *judgement) bool {
	if j.dos == nil || !j.dos.within(MaxWindowTargets, j.c.Time, crowdWithin) {
		return false
	}
	w := j.dos.window(j.c.Time, crowdWithin)
	return float64(w.answered) <= e.cfg.Fast.AnsweredAtMost*float64(w.targets)
}

// copy takes the source's books over: they run since its score was last zero.
func (ep *sweep) copy(s *source) {
	ep.books = s.books
	t := &ep.books.total
	// Outcomes of trials that were counted before the score was last zero.
	t.targets = max(t.targets, t.decided(), 1)
	t.contacts = max(t.contacts, t.targets)
}

func (e *Engine) growSlow(j *judgement, ep *sweep, out []alert.Finding) []alert.Finding {
	if j.c.Has(flow.First) {
		ep.copy(j.src)
		ep.Last = max(ep.Last, packetTime(j.c))
	}
	if j.added {
		e.touch(ep, j.c)
	}
	return e.grown(ep, j.c.Time, out)
}
