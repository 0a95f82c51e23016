package detect

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// judgement is a step of a trial with all that is known about it.
type judgement struct {
	c    *flow.Contact
	k    sourceKey
	h    uint64 // of k
	may  permits
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
	j.src.decay(j.c.Time, e.cfg.Slow.HalfLife)
	if j.src.first == 0 {
		j.src.first = j.c.OpenedAt
	}
	j.role = j.src.role.held(dayOf(j.c.Time), e.cfg.Roles.Days)
	switch j.c.Outcome {
	case flow.Opened:
		e.opened(j)
	case flow.Answered:
		e.answered(j)
	case flow.Refused, flow.Silent:
		e.failed(j)
	}
}

// opened counts a trial. A dark target weighs at once.
func (e *Engine) opened(j *judgement) {
	s, c := j.src, j.c
	s.total.contacts++
	s.alive = s.alive || c.Has(flow.SourceAlive)
	if c.Has(flow.Dark) {
		e.noteDark(j)
	}
	if c.Has(flow.Again) {
		e.openedAgain(j)
	}
	if !c.Has(flow.First) {
		return
	}
	s.total.targets++
	j.meet = j.dos.add(c)
	j.dos.tried(j.g, c.Port)
	j.burst = e.bursts(j)
	switch {
	case c.Has(flow.Dark):
		e.dark(j)
	case j.g.arp:
		// An address that is in use and does not answer shows how little ARP passes here.
		j.meet.excused = c.Has(flow.Alive) || !e.sight.arp()
	default:
		j.meet.excused = e.sight.oneWay(c.Target)
	}
}

// openedAgain puts a target into the window that the source tried before in vain: a second
// sweep over the same range is a sweep. It adds nothing to the score.
func (e *Engine) openedAgain(j *judgement) {
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
	if e.suspicious(j.src) {
		return
	}
	t := e.targets.claim(&sourceKey{j.c.Target, j.c.Realm, j.c.Group})
	t.triedDark(j.h, j.c.Time)
}

// alsoVisited others that a target answered make it no mere client of a management server,
// though it may not be known as a server yet.
const alsoVisited = 2

// answered: a known server takes back failures, a peer that serves nobody else is a sign.
func (e *Engine) answered(j *judgement) {
	s, c := j.src, j.c
	j.find()
	tk := sourceKey{c.Target, c.Realm, c.Group}
	t := e.targets.get(&tk)
	server := t != nil && t.serves(c.Time, e.cfg.Roles.Clients)
	visited := t != nil && t.fanIn() >= alsoVisited
	e.learnAnswer(j, &tk, t)
	if !c.Has(flow.First) {
		j.settleAgain(answered)
		return
	}
	if c.Has(flow.Revised) {
		e.unrefuse(j)
	}
	s.total.answered++
	if j.meet != nil {
		j.meet.state = answered
	}
	if j.dos != nil {
		j.dos.answer(c)
	}
	if taken := c.Has(flow.Revised) && !c.Has(flow.Relayed); learnedDark(c) && !taken {
		e.takeBack(j)
	}
	switch {
	case j.g.arp || c.Has(flow.Proxied) || c.Has(flow.DarkGiven):
	case server:
		s.total.served++
		s.parts[partAnswered] += float32(e.cfg.Weights.KnownServer * j.g.weight)
		s.parts.settle()
	case c.Has(flow.Learning) || j.role:
		s.recent.judged++
		if visited {
			s.total.served++
		}
	default:
		s.recent.judged++
		s.recent.novel++
		e.add(j, partNovelty, e.cfg.Weights.Peer)
	}
}

// learnAnswer makes roles: of the source that is answered by many, of the target that
// answers many. Scanners make neither.
func (e *Engine) learnAnswer(j *judgement, tk *sourceKey, t *target) {
	if e.alerted(j) || j.g.arp {
		return
	}
	th := keyHash(e.seed, tk)
	j.src.role.answered(th, dayOf(j.c.Time), e.cfg.Roles.Targets)
	if e.suspicious(j.src) {
		return
	}
	if t == nil {
		t = e.targets.claim(tk)
	}
	t.served(j.h, j.c.Time)
}

// failed weighs a refusal or silence.
func (e *Engine) failed(j *judgement) {
	s, c := j.src, j.c
	j.find()
	if c.Has(flow.Known) {
		e.targets.claim(&sourceKey{c.Target, c.Realm, c.Group}).failed(j.h, c.Time)
	}
	if !c.Has(flow.First) {
		if c.Outcome == flow.Refused {
			j.settleAgain(refused)
		} else {
			j.settleAgain(silent)
		}
		return
	}
	st, p := silent, partSilent
	if c.Outcome == flow.Refused {
		st, p = refused, partRefused
		s.total.refused++
	} else {
		s.total.silent++
	}
	if j.meet != nil {
		j.meet.state = st
	}
	if c.Has(flow.Dark) && !e.proven(c) {
		return // weighed when it was opened
	}
	if learnedDark(c) {
		e.takeBack(j)
	}
	w := e.weigh(j)
	if w == 0 {
		e.stats.OutageDiscounts++
		if j.meet != nil && st == silent {
			j.meet.excused = true
		}
		return
	}
	s.recent.judged++
	s.recent.failed++
	s.total.failed++
	e.add(j, p, w)
	s.parts.settle()
}

// suspicious: such a source makes nobody a server, and no dark address an old name.
func (e *Engine) suspicious(s *source) bool { return s.parts.score() >= e.cfg.Slow.Watch/2 }

func (e *Engine) alerted(j *judgement) bool {
	return e.episodes.open(&j.k, fast) != nil || e.episodes.open(&j.k, slow) != nil
}

// settleAgain notes how a repeated trial ended, in the window.
func (j *judgement) settleAgain(st state) {
	if j.meet != nil {
		j.meet.state = st
	}
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
