package c2

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// classes are the steps of an episode: at the first of each it is told again.
type classes uint8

const (
	classTold     classes = 1 << iota
	classAnswered         // the server answers, or has not been waited for long enough
	classHeard            // it gave orders, or was reported to
	classSpread           // it gave the order to sweep
	classBot
)

func (c classes) has(all classes) bool { return c&all == all }

// evidence is the episode of a host.
type evidence struct {
	episode.Life
	shown   session // the most telling one, as it was when it was judged last
	classes classes
	hosts   int         // of the server, at which it is told again
	open    int         // sessions that are told of and go on
	since   packet.Time // when the first of these began
}

func (j *Judge) hashHost(h host) uint64 {
	return table.Hash(j.seed, (*[16]byte)(&h.addr), uint64(h.realm))
}

func compareHosts(a, b *host) int {
	return cmp.Or(bytes.Compare(a.addr[:], b.addr[:]), cmp.Compare(a.realm, b.realm))
}

// classesOf returns the steps that a session has come to.
func (j *Judge) classesOf(s *session) classes {
	c := classTold
	if s.has(irc.Answered) {
		c |= classAnswered
	}
	if s.has(irc.Ordered | irc.Reported) {
		c |= classHeard
	}
	if s.has(irc.Ordered) && slices.ContainsFunc(s.irc.Orders(), sweeps) {
		c |= classSpread
	}
	if j.isBot(s) {
		c |= classBot
	}
	return c
}

// sweeps reports whether a command has a bot look for victims.
func sweeps(verb string) bool {
	return verb == "asc" || verb == "spread" || strings.Contains(verb, "scan")
}

// severity is the contract's table.
func (c classes) severity() alert.Severity {
	if c.has(classBot) {
		return alert.High
	}
	return alert.Low
}

// tell tells of a session: its host's episode begins, or goes on.
func (j *Judge) tell(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	c := j.classesOf(s)
	e := j.episodes.Get(s.host)
	switch {
	case e != nil:
		e.attend(s)
		out = j.develop(e, s, now, out)
	case s.told.has(c):
		j.stats.EpisodesHeld++ // it had to be closed for want of room, and nothing is new
		return out
	default:
		out = j.begin(s, c, now, out)
	}
	s.told |= c
	return out
}

// attend counts a session among the open ones of its host, if it goes on.
func (e *evidence) attend(s *session) {
	if s.episode == e.Created || s.over {
		return
	}
	if s.episode = e.Created; e.open == 0 {
		e.since = s.began
	}
	e.open++
}

// begin opens the episode of a host.
func (j *Judge) begin(s *session, c classes, now packet.Time, out []alert.Finding) []alert.Finding {
	e := evidence{
		Life:  episode.Life{First: s.began, Last: s.last, Severity: c.severity()},
		shown: *s, classes: c, hosts: 10 * j.hosts(s, now),
	}
	if !s.overdue {
		e.classes |= classAnswered
	}
	begun, lost := j.episodes.Begin(s.host, e, now)
	if lost != nil {
		j.stats.EpisodesLost++
		out = j.say(lost, alert.Close, now, out)
	}
	begun.attend(s)
	return j.say(begun, alert.Create, now, out)
}

// develop brings a session into the open episode of its host, and tells of it again if
// that made it another one.
func (j *Judge) develop(e *evidence, s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	moved := false
	if s.id == e.shown.id || j.outranks(s, &e.shown) {
		moved = s.server != e.shown.server && s.rank() >= e.shown.rank()+1
		e.shown = *s
	}
	if e.shown.dead() {
		e.classes &^= classAnswered
	}
	c := j.classesOf(&e.shown)
	fresh := c &^ e.classes
	e.classes |= c
	e.Severity = max(e.Severity, e.classes.severity())
	hosts := j.hosts(&e.shown, now)
	if fresh == 0 && !moved && hosts < e.hosts {
		return out
	}
	e.widen(hosts)
	return j.say(e, alert.Update, now, out)
}

// widen moves on when an episode is told again for the number of hosts.
func (e *evidence) widen(hosts int) {
	for e.hosts <= hosts {
		e.hosts *= 10
	}
}

// outranks reports whether s is to be shown instead of o.
func (j *Judge) outranks(s, o *session) bool {
	if a, b := j.isBot(s), j.isBot(o); a != b {
		return a
	}
	switch a, b := s.rank(), o.rank(); {
	case a != b:
		return a > b
	case s.dead() != o.dead():
		return o.dead()
	}
	return o.over && !s.over
}

// grown tells of an episode again if its server has ten times the hosts.
func (j *Judge) grown(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	e := j.episodes.Get(s.host)
	if e == nil || e.shown.id != s.id {
		return out
	}
	if hosts := j.hosts(s, now); hosts >= e.hosts {
		e.widen(hosts)
		return j.say(e, alert.Update, now, out)
	}
	return out
}

// touch keeps the episode of a session open that is told of.
func (j *Judge) touch(s *session, now packet.Time) {
	if s.told == 0 {
		return
	}
	if e := j.episodes.Get(s.host); e != nil {
		j.episodes.Touch(e, s.last, now)
	}
}

// leave takes an ended session off its host's open ones.
func (j *Judge) leave(s *session) {
	if s.episode == 0 {
		return
	}
	if e := j.episodes.Get(s.host); e != nil && e.Created == s.episode {
		e.open--
		if e.shown.id == s.id {
			e.shown.over = true
		}
	}
	s.episode = 0
}

// closeQuiet ends the episodes whose time is up. One with a session that goes on is not
// quiet: its time begins anew.
func (j *Judge) closeQuiet(now packet.Time, out []alert.Finding) []alert.Finding {
	if !j.episodes.Due(now) {
		return out
	}
	j.episodes.Each(func(_ *host, e *evidence) {
		for e.open > 0 && e.Quiet <= now {
			e.Quiet = e.Quiet.Add(j.cfg.Quiet)
		}
	})
	j.episodes.CloseQuiet(now, func(_ *host, e *evidence) { out = j.say(e, alert.Close, e.Quiet, out) })
	return out
}
