package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
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
	if !j.may.fast {
		out = e.fastRule(j, out)
	}
	if !j.may.slow {
		out = e.slowRule(j, out)
	}
	return out
}

func (e *Engine) fastRule(j *judgement, out []alert.Finding) []alert.Finding {
	if ep := e.episodes.open(&j.k, fast); ep != nil {
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
	ep := episode{
		key: episodeKey{j.k, fast}, proof: p,
		first: w.first, last: packetTime(j.c),
		targets: uint32(w.targets), contacts: uint32(w.targets),
	}
	e.attribute(j, &ep, w.targets)
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

// attribute makes the window's meetings evidence of the fast episode: their weights leave
// the slow score, so that one sweep is not told twice.
func (e *Engine) attribute(j *judgement, ep *episode, n int) {
	for i := range n {
		m := j.dos.at(i)
		ep.count(m)
		ep.parts[m.part] += m.weight
		j.src.parts[m.part] -= m.inScore()
		m.told = true
	}
	j.src.parts.settle()
}

func (ep *episode) count(m *meeting) {
	if m.dark {
		ep.dark++
	}
	switch m.state {
	case answered:
		ep.answered++
	case refused:
		ep.refused++
	case silent:
		ep.silent++
	}
}

// growFast adds a step to an open fast episode: a first contact while the sweep goes on,
// or the outcome of one that is in it.
func (e *Engine) growFast(j *judgement, ep *episode, out []alert.Finding) []alert.Finding {
	c := j.c
	if c.Facts&(flow.First|flow.Again) == 0 {
		return out
	}
	switch {
	case c.Outcome == flow.Opened && j.burst && j.meet != nil:
		ep.targets++
		ep.contacts++
		if j.meet.dark {
			ep.dark++
		}
		if j.meet.told {
			ep.parts[j.meet.part] += j.meet.weight
		}
		e.touch(ep, c)
	case c.Outcome != flow.Opened && ep.has(c):
		ep.outcome(j)
		ep.last = max(ep.last, packetTime(c))
	default:
		return out
	}
	return e.grown(ep, c.Time, out)
}

// has reports whether the trial that c is a step of belongs to the fast episode.
func (ep *episode) has(c *flow.Contact) bool {
	return c.OpenedAt >= ep.first && c.OpenedAt <= ep.last
}

// outcome counts how a contact of a fast episode ended.
func (ep *episode) outcome(j *judgement) {
	c := j.c
	switch c.Outcome {
	case flow.Answered:
		ep.answered++
		if c.Has(flow.Revised) {
			ep.refused -= min(1, ep.refused)
		}
		if learnedDark(c) {
			ep.dark -= min(1, ep.dark)
		}
	case flow.Refused:
		ep.refused++
	case flow.Silent:
		ep.silent++
	}
	if j.meet != nil && j.meet.told && j.meet.part != partDark {
		ep.parts[j.meet.part] += j.meet.weight
	}
}

func (e *Engine) slowRule(j *judgement, out []alert.Finding) []alert.Finding {
	s, c := j.src, j.c
	if ep := e.episodes.open(&j.k, slow); ep != nil {
		return e.growSlow(j, ep, out)
	}
	late := e.overdue(j)
	owed := float64(late) * e.cfg.Weights.Unknown * j.g.weight
	// What was deferred is decided by a later step, which need not raise the score itself.
	recent := j.added || late > 0 || c.Time.Sub(s.raised) <= 3*e.cfg.Fast.Window
	if s.parts.score()+owed < e.cfg.Slow.Score || !recent || e.bursts(j) {
		return out
	}
	p := e.slowProof(j, late)
	if p == noProof {
		return out
	}
	ep := episode{key: episodeKey{j.k, slow}, proof: p, first: s.first, last: packetTime(c)}
	ep.copy(s)
	ep.parts[partSilent] += float32(owed)
	return e.begin(ep, j, out)
}

// overdueAfter is longer than any round trip: who has not answered by then will hardly.
const overdueAfter = time.Second

// overdue counts, while the sensor is learning and has nothing better, the targets that
// are overdue but not silent yet: else a scanner at a probe a second would be five targets
// ahead.
func (e *Engine) overdue(j *judgement) (n int) {
	if !j.c.Has(flow.Learning) || j.dos == nil || j.g.arp || e.episodes.open(&j.k, fast) != nil ||
		e.sight.blind(j.c.Target, j.c.Time) {
		return 0
	}
	for i := range j.dos.size() {
		m := j.dos.at(i)
		age := j.c.Time.Sub(m.opened)
		if m.state == waiting && !m.dark && !m.excused && !m.again && age >= overdueAfter && age < e.cfg.Fast.Window {
			n++
		}
	}
	return n
}

func (e *Engine) slowProof(j *judgement, late int) proof {
	t, r, s := &j.src.total, &j.src.recent, &e.cfg.Slow
	darkShare := s.DarkShare
	if j.role {
		darkShare = s.DarkShareRole
	}
	switch {
	case t.dark >= uint32(s.DarkTargets) && float64(r.dark) >= darkShare*float64(r.judged):
		return byDark
	case j.role:
		return noProof
	case j.c.Has(flow.Learning):
		return e.learningProof(j, late)
	case t.failed >= uint32(s.FailedTargets) && float64(r.failed) >= s.FailedShare*float64(r.judged):
		return byFailures
	case r.novel >= float32(s.NovelTargets):
		return byNovelty
	}
	return noProof
}

// learningProof decides while nothing is dark and nobody has a role yet.
func (e *Engine) learningProof(j *judgement, late int) proof {
	t, l := &j.src.total, &e.cfg.Learning
	odds := l.Silent*float64(int(t.silent)+late) + l.Refused*float64(t.refused) +
		l.Answered*float64(t.answered-min(t.served, t.answered))
	if odds >= l.Odds {
		return byFailures
	}
	return noProof
}

// copy takes the source's counts over: they run since its score was last zero.
func (ep *episode) copy(s *source) {
	ep.targets, ep.contacts, ep.dark = s.total.targets, s.total.contacts, s.total.dark
	ep.refused, ep.silent, ep.answered = s.total.refused, s.total.silent, s.total.answered
	ep.parts = s.parts
	// Outcomes of trials that were counted before the score was last zero.
	ep.targets = max(ep.targets, ep.refused+ep.silent+ep.answered, 1)
	ep.contacts = max(ep.contacts, ep.targets)
}

func (e *Engine) growSlow(j *judgement, ep *episode, out []alert.Finding) []alert.Finding {
	if j.c.Has(flow.First) {
		ep.copy(j.src)
		ep.last = max(ep.last, packetTime(j.c))
	}
	if j.added {
		e.touch(ep, j.c)
	}
	return e.grown(ep, j.c.Time, out)
}
