package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
)

// sameMishap is how long dark targets are taken for one: who mistypes an address tries
// two or three.
const sameMishap = 5 * time.Minute

// dark weighs a dark target: less if it is an old name, or one of several at a time.
func (e *Engine) dark(j *judgement) {
	s := j.src
	if j.g.arp && !e.sight.arp() {
		j.meet.excused, j.meet.dark = true, false
		return
	}
	w := e.cfg.Weights.Dark
	if s.lastDark != 0 && j.c.Time.Sub(s.lastDark) < sameMishap {
		w = e.cfg.Weights.DarkAgain
	}
	s.lastDark = j.c.Time
	t := e.targets.get(&sourceKey{j.c.Target, j.c.Realm, j.c.Group})
	s.recent.judged++
	if t != nil && t.stale(j.h, j.c.Time) {
		w = e.cfg.Weights.Stale
		j.meet.dark = false
		e.stats.StaleDiscounts++
	} else {
		s.recent.dark++
		s.total.dark++
	}
	s.recent.failed++
	s.total.failed++
	e.add(j, partDark, w)
}

// add puts a weight on the score. What belongs to a fast sweep that was told already is
// its evidence, and does not count a second time.
func (e *Engine) add(j *judgement, p part, weight float64) {
	w := float32(weight * j.g.weight)
	if w == 0 || j.may.slow {
		return
	}
	told := e.told(j)
	if j.meet != nil {
		j.meet.weight, j.meet.part, j.meet.told = w, p, told
	}
	if told {
		return
	}
	j.src.parts[p] += w
	if w > 0 {
		j.added = true
		j.src.raised = j.c.Time
	}
}

// told reports whether the step belongs to a fast sweep that is being told.
func (e *Engine) told(j *judgement) bool {
	ep := e.episodes.open(&j.k, fast)
	switch {
	case ep == nil:
		return false
	case j.c.Outcome == flow.Opened:
		return j.burst
	}
	return ep.has(j.c)
}

// takeBack undoes a dark contact whose target turned out to be there.
func (e *Engine) takeBack(j *judgement) {
	s := j.src
	s.recent.judged = max(0, s.recent.judged-1)
	s.recent.failed = max(0, s.recent.failed-1)
	s.total.failed -= min(1, s.total.failed)
	var w float32
	switch {
	case j.meet != nil:
		w = j.meet.take()
	case !e.told(j):
		w = float32(e.cfg.Weights.Dark * j.g.weight)
	}
	if j.meet == nil || j.meet.dark {
		s.recent.dark = max(0, s.recent.dark-1)
		s.total.dark -= min(1, s.total.dark)
	}
	s.parts[partDark] = max(0, s.parts[partDark]-w)
	if j.meet != nil {
		j.meet.dark = false
	}
}

// learnedDark reports whether the target was taken for unused and shows that it is not:
// what is configured as dark stays so, whatever answers there.
func learnedDark(c *flow.Contact) bool { return c.Facts&(flow.Dark|flow.DarkGiven) == flow.Dark }

// proven reports whether a failure shows that a target taken for unused is there.
func (e *Engine) proven(c *flow.Contact) bool {
	if c.Has(flow.DarkGiven) {
		return false
	}
	if c.Outcome == flow.Refused {
		return !c.Has(flow.Relayed)
	}
	return c.Has(flow.WentOn) && e.sight.oneWay(c.Target)
}

// weigh returns the weight of a failure, 0 if it is nobody's fault.
func (e *Engine) weigh(j *judgement) float64 {
	c, w := j.c, &e.cfg.Weights
	if j.g.arp && (c.Has(flow.Alive) || !e.sight.arp()) {
		return 0
	}
	if c.Outcome == flow.Silent && !j.g.arp && e.sight.blind(c.Target, c.Time) {
		return 0
	}
	if t := e.targets.get(&sourceKey{c.Target, c.Realm, c.Group}); t != nil && c.Has(flow.Alive) &&
		t.out(j.h, c.Time, e.cfg.Outage.Sources, e.cfg.Outage.Within) {
		return 0
	}
	switch {
	case c.Has(flow.Learning) || !c.Has(flow.Alive) && !learnedDark(c):
		return w.Unknown
	case c.Outcome == flow.Refused:
		return w.Refused
	}
	return w.Silent
}

// unrefuse takes back a refusal: another port of the group answered.
func (e *Engine) unrefuse(j *judgement) {
	s := j.src
	s.total.refused -= min(1, s.total.refused)
	if j.meet == nil || j.meet.weight == 0 || j.meet.dark {
		return
	}
	s.recent.judged = max(0, s.recent.judged-1)
	s.recent.failed = max(0, s.recent.failed-1)
	s.total.failed -= min(1, s.total.failed)
	s.parts[partRefused] -= j.meet.take()
	s.parts.settle()
}
