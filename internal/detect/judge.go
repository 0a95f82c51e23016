package detect

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// judgement is a step of a trial with all that is known about it.
type judgement struct {
	c    *flow.Contact
	k    sourceKey
	h    uint64 // of k
	may  allow.Kinds
	g    *group
	src  *source
	dos  *dossier // nil if none is kept
	meet *meeting // of a first contact, nil if it is no longer kept
	role bool     // the source is known to visit many
	// added is whether the step raised the score, burst whether it belongs to a sweep
	// that is on its way to be a fast one.
	added, burst bool
}

// judge brings the source's score and counts up to date with the step.
func (e *Engine) judge(j *judgement) {
	s := j.src
	s.decay(j.c.Time, e.cfg.Slow.HalfLife)
	if s.score() < zero && e.sweeping(&j.k, slow) == nil {
		s.restart(j.c.OpenedAt)
	}
	j.role = s.role.held(dayOf(j.c.Time), e.cfg.Roles.Days)
	switch j.c.Outcome {
	case flow.Opened:
		e.opened(j)
	case flow.Answered:
		e.answered(j)
	case flow.Refused, flow.Silent:
		e.failed(j)
	}
}

// opened begins a meeting. A dark target weighs at once.
func (e *Engine) opened(j *judgement) {
	c := j.c
	j.src.alive = j.src.alive || c.Has(flow.SourceAlive)
	if c.Has(flow.Dark) {
		e.noteDark(j)
	}
	switch {
	case c.Has(flow.First):
		e.openedFirst(j)
	case c.Has(flow.Again):
		e.openedAgain(j)
	default:
		j.src.books.total.contacts++
	}
}

func (e *Engine) openedFirst(j *judgement) {
	c := j.c
	j.meet = j.dos.add(c)
	j.dos.tried(j.g, c.Port)
	j.burst = e.bursts(j)
	verdict := mark{}
	switch {
	case c.Has(flow.Dark):
		verdict = e.darkMark(j)
	case j.g.arp:
		// An address that is in use and does not answer shows how little ARP passes here.
		j.meet.excused = c.Has(flow.Alive) || !e.sight.arp()
	default:
		j.meet.excused = e.sight.oneWay(c.Target)
	}
	e.change(j, opening, verdict)
}

// openedAgain puts a target into the window that the source tried before in vain: a second
// sweep over the same range is a sweep. It adds nothing to the score.
func (e *Engine) openedAgain(j *judgement) {
	j.src.books.total.contacts++
	if j.dos.met(j.c.Target, j.c.Time.Add(-e.cfg.Fast.Window)) {
		return // a retry
	}
	j.meet = j.dos.add(j.c)
	j.meet.excused = j.g.arp || e.sight.blind(j.c.Target, j.c.Time)
	j.dos.tried(j.g, j.c.Port)
	j.burst = e.bursts(j)
}

// noteDark remembers who tries a dark target, scanners apart: an old name is one that
// ordinary hosts keep trying.
func (e *Engine) noteDark(j *judgement) {
	if e.suspicious(j.src) || !j.c.Has(flow.SourceAlive) {
		return
	}
	t := e.targets.claim(&sourceKey{j.c.Target, j.c.Realm, j.c.Group})
	t.triedDark(j.h, j.c.Time)
}

// alsoVisited others that a target answered make it no mere client of a management server,
// though it may not be known as a server yet.
const alsoVisited = 2

// creditedServers is how many known servers a source may meet for the first time, with the
// decay of the score, and have them take back failures: more than an ordinary host does,
// less than there are for a scanner to walk through.
const creditedServers = 8

// answered ends a meeting, or revises its refusal.
func (e *Engine) answered(j *judgement) {
	c := j.c
	j.find()
	tk := sourceKey{c.Target, c.Realm, c.Group}
	t := e.targets.get(&tk)
	server := t != nil && t.serves(c.Time, e.cfg.Roles.Clients)
	visited := t != nil && t.fanIn() >= alsoVisited
	if t != nil && c.Has(flow.Known|flow.Revised) {
		t.worked(j.h)
	}
	e.learnAnswer(j, &tk, t)
	if c.Has(flow.First) && !server && !visited {
		j.src.lean(float32(e.cfg.Learning.Answered))
	}
	if j.dos != nil && c.Has(flow.First) {
		j.dos.answer(c)
	}
	e.end(j, answered, func() mark { return e.answerMark(j, server) })
}

// end gives a meeting its outcome. One that is no longer kept is counted, and weighs
// nothing: it was one of more than are kept, in seconds.
func (e *Engine) end(j *judgement, st state, verdict func() mark) {
	switch {
	case j.meet == nil:
		e.count(j, st)
	case j.meet.again:
		e.change(j, st, mark{})
	default:
		e.change(j, st, verdict())
	}
}

// count is for the outcome of a meeting that is no longer kept.
func (e *Engine) count(j *judgement, st state) {
	if !j.c.Has(flow.First) {
		return
	}
	total := &j.src.books.total
	if ep := e.sweeping(&j.k, fast); ep != nil && ep.has(j.c) {
		total = &ep.books.total
	}
	if dark := j.c.Has(flow.Dark) && st != answered; !dark && total.decided() < total.targets {
		total.ended(st, 1)
	}
}

// learnAnswer makes roles: of the source that is answered by many, of the target that
// answers many. Scanners make neither.
func (e *Engine) learnAnswer(j *judgement, tk *sourceKey, t *target) {
	if e.alerted(j) || j.g.arp {
		return
	}
	// A host that visits many by trade comes back; a worm does not. While learning,
	// everybody is new.
	if !j.c.Has(flow.First) || j.c.Has(flow.Learning) {
		j.src.role.answered(keyHash(e.seed, tk), dayOf(j.c.Time), e.cfg.Roles.Targets)
	}
	if e.suspicious(j.src) {
		return
	}
	if t == nil {
		t = e.targets.claim(tk)
	}
	t.served(j.h, j.c.Time)
}

// failed ends a meeting by refusal or silence.
func (e *Engine) failed(j *judgement) {
	c := j.c
	j.find()
	if c.Has(flow.Known) {
		e.targets.claim(&sourceKey{c.Target, c.Realm, c.Group}).failed(j.h, c.Time)
	}
	st, lean := silent, e.cfg.Learning.Silent
	if c.Outcome == flow.Refused {
		st, lean = refused, e.cfg.Learning.Refused
	}
	if c.Has(flow.First) {
		j.src.lean(float32(lean))
	}
	e.end(j, st, func() mark {
		if c.Has(flow.Dark) && !e.proven(c) {
			return j.meet.mark // weighed when it was opened
		}
		m := e.failureMark(j)
		j.meet.excused = j.meet.excused || m.weight == 0 && st == silent
		return m
	})
}

// leanAtLeast bounds what answers can save up: the sweep behind a good past is found
// some thirty probes later. Nearer to 0, a management server would begin anew too often.
const leanAtLeast = -10

// lean moves the odds of the sequential test.
func (s *source) lean(by float32) { s.odds = max(leanAtLeast, s.odds+by) }

// suspicious: such a source makes nobody a server, and no dark address an old name.
func (e *Engine) suspicious(s *source) bool { return s.score() >= e.cfg.Slow.Watch/2 }

func (e *Engine) alerted(j *judgement) bool {
	return e.sweeping(&j.k, fast) != nil || e.sweeping(&j.k, slow) != nil
}

func (j *judgement) find() {
	if j.dos != nil && j.c.Facts&(flow.First|flow.Again) != 0 {
		j.meet = j.dos.find(j.c)
	}
}

// tried notes the port of a trial, by its place in the group.
func (d *dossier) tried(g *group, port uint16) {
	if i := slices.Index(g.tcp, port); i >= 0 {
		d.ports |= 1 << min(i, 63)
	} else if i := slices.Index(g.udp, port); i >= 0 {
		d.ports |= 1 << min(len(g.tcp)+i, 63)
	}
}

// packetTime returns when the packet passed that the step is about: a silence passes none.
func packetTime(c *flow.Contact) packet.Time {
	if c.Outcome == flow.Silent {
		return c.OpenedAt
	}
	return c.Time
}
