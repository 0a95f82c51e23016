package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
)

// sameMishap is how long dark targets are taken for one: who mistypes an address tries
// two or three.
const sameMishap = 5 * time.Minute

// change judges a meeting anew: it is taken out of the books that hold it, changed, and
// put in again, so that nothing of an earlier verdict stays behind.
func (e *Engine) change(j *judgement, st state, verdict mark) {
	if j.may.Has(scanSlow) {
		verdict = mark{dark: verdict.dark}
	}
	m, b := j.meet, e.booksOf(j)
	before := m.weight
	if b != nil && st != opening {
		b.strike(m)
	}
	m.mark = verdict
	if st != opening {
		m.state = st
	}
	if b == nil {
		return
	}
	b.enter(m)
	if !m.told && m.weight > before {
		j.added = true
		j.src.raised = j.c.Time
	}
}

// opening is the state of a meeting that is in no books yet.
const opening state = 0xff

// booksOf returns the books that hold the meeting: the source's, or the fast episode's; nil
// for a repeat that no episode tells of, and behind the end of the episode.
func (e *Engine) booksOf(j *judgement) *books {
	switch {
	case j.meet.told:
		if ep := e.sweeping(&j.k, fast); ep != nil {
			return &ep.books
		}
		return nil
	case j.meet.again:
		return nil
	}
	return &j.src.books
}

// tell moves a meeting from the source's books to those of a fast episode: one sweep is
// not told twice.
func (e *Engine) tell(j *judgement, ep *sweep, m *meeting) {
	if m.told {
		return
	}
	if !m.again {
		j.src.books.strike(m)
	}
	m.told = true
	ep.books.enter(m)
}

// darkMark weighs a dark target: less if it is an old name, or one of several at a time.
func (e *Engine) darkMark(j *judgement) mark {
	if j.g.arp && !e.sight.arp() {
		j.meet.excused = true
		return mark{}
	}
	s, w := j.src, e.cfg.Weights.Dark
	if s.lastDark != 0 && j.c.Time.Sub(s.lastDark) < sameMishap {
		w = e.cfg.Weights.DarkAgain
	}
	s.lastDark = j.c.Time
	old := false
	if t := e.targets.get(&sourceKey{j.c.Target, j.c.Realm, j.c.Group}); t != nil && t.stale(j.h, j.c.Time) {
		w, old = e.cfg.Weights.Stale, true
		e.stats.StaleDiscounts++
	}
	return mark{weight: float32(w * j.g.weight), part: partDark, judged: true, failed: true, dark: !old}
}

// answerMark weighs an answer: a known server takes back failures, a peer that serves
// nobody else is a sign.
func (e *Engine) answerMark(j *judgement, server bool) mark {
	c := j.c
	switch {
	case j.g.arp || c.Has(flow.Proxied):
		return mark{}
	case c.Has(flow.DarkGiven):
		return j.meet.mark
	case server:
		m := mark{part: partAnswered, served: true}
		if j.src.books.recent.served < creditedServers {
			m.weight = float32(e.cfg.Weights.KnownServer * j.g.weight)
		}
		return m
	case c.Has(flow.Learning) || j.role:
		return mark{judged: true}
	}
	return mark{weight: float32(e.cfg.Weights.Peer * j.g.weight), part: partNovelty, judged: true, novel: true}
}

// failureMark weighs a refusal or silence.
func (e *Engine) failureMark(j *judgement) mark {
	w, p := e.weigh(j), partSilent
	if j.c.Outcome == flow.Refused {
		p = partRefused
	}
	if w == 0 {
		e.stats.OutageDiscounts++
		return mark{}
	}
	return mark{weight: float32(w * j.g.weight), part: p, judged: true, failed: true}
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
