package detect

import (
	"fmt"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Score returns the score that a source has in a group, as of its latest contact.
func (e *Engine) Score(addr packet.Addr, realm uint32, group uint8) float64 {
	k := sourceKey{addr, realm, group}
	if _, s := e.sources.Get(keyHash(e.seed, &k), k); s != nil {
		return s.score()
	}
	return 0
}

// Sweeping returns since when a source sweeps: the first packet of its oldest open episode.
func (e *Engine) Sweeping(addr packet.Addr, realm uint32) (since packet.Time, ok bool) {
	return e.earliest(addr, realm, func(ep *sweep) packet.Time { return ep.First })
}

// Began returns since when a source that sweeps certainly did so.
func (e *Engine) Began(addr packet.Addr, realm uint32) (at packet.Time, ok bool) {
	return e.earliest(addr, realm, func(ep *sweep) packet.Time { return ep.began })
}

// Latest returns the latest packet of a source's open episodes.
func (e *Engine) Latest(addr packet.Addr, realm uint32) (at packet.Time, ok bool) {
	e.each(addr, realm, func(ep *sweep) { at, ok = max(at, ep.Last), true })
	return at, ok
}

// earliest returns the earliest of what of holds of a source's open episodes.
func (e *Engine) earliest(addr packet.Addr, realm uint32, of func(*sweep) packet.Time) (at packet.Time, ok bool) {
	e.each(addr, realm, func(ep *sweep) {
		if t := of(ep); !ok || t < at {
			at, ok = t, true
		}
	})
	return at, ok
}

// each tells of a source's open episodes.
func (e *Engine) each(addr packet.Addr, realm uint32, tell func(*sweep)) {
	for g := range e.groups {
		for _, kind := range [...]kind{fast, slow} {
			if ep := e.sweeping(&sourceKey{addr, realm, uint8(g)}, kind); ep != nil {
				tell(ep)
			}
		}
	}
}

// Watched is a source whose score rose above slow.watch: nothing is told of it yet.
type Watched struct {
	Time   packet.Time
	Source packet.Addr
	Realm  uint32
	Group  uint8
	MAC    [6]byte
	Score  float64
	Home   bool
}

// Watched returns those of the latest Observe; valid until the next.
func (e *Engine) Watched() []Watched { return e.watched }

// Text says in a sentence why the source is watched.
func (e *Engine) Text(w *Watched) string {
	return fmt.Sprintf("%s is watched: its score on %s rose to %.1f (alert at %.4g)",
		w.Source, e.groups[w.Group].name, w.Score, e.cfg.Slow.Score)
}

// watch notes that a score rose above the watch score, and then once in each hour in which
// it is raised further, until it fell to half of it or more is told.
func (e *Engine) watch(j *judgement) {
	s, score, hour := j.src, j.src.score(), uint32(j.c.Time/packet.Time(time.Hour))
	switch {
	case j.may.Has(scanSlow):
	case score < e.cfg.Slow.Watch/2:
		s.watched = 0
	case score >= e.cfg.Slow.Watch && (s.watched == 0 || s.watched != hour && j.added && !e.alerted(j)):
		s.watched = hour
		c := j.c
		e.watched = append(e.watched, Watched{
			Time: c.Time, Source: c.Source, Realm: c.Realm, Group: c.Group, MAC: c.MAC,
			Score: score, Home: c.Has(flow.SourceHome),
		})
	}
}

// Knock takes what a conversation on a service group came to so far, and at its end. It
// stands in the findings about the client, and tells of it again if they become graver or
// tell a new kind of thing.
func (e *Engine) Knock(t *stream.Talk, group uint8, out []alert.Finding) []alert.Finding {
	k := sourceKey{t.Client, t.Realm, group}
	d := e.dossier(keyHash(e.seed, &k), &k, false)
	if d == nil {
		return out
	}
	d.knock.Add(table.Hash(e.seed, (*[16]byte)(&t.Server), uint64(t.Realm)), t.SMB.Knock(), t.End)
	for _, kind := range []kind{fast, slow} {
		if ep := e.sweeping(&k, kind); ep != nil {
			ep.heard(&d.knock)
			out = e.grown(ep, t.Time, out)
		}
	}
	return out
}
