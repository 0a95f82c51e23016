package edge

import (
	"math"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// tried takes the opening of a trial. Nothing is told of it but of name look-ups.
func (j *Judge) tried(c *flow.Contact, out []alert.Finding) []alert.Finding {
	k, lookup := keyOf(c), j.watched.lookup(c)
	e := j.open.Get(k)
	if k.ingress && e == nil || j.permits(&k, c.Target, c.Time, lookup) {
		return out
	}
	peer, t := j.peer(c.Target), j.source(&k, c.Time)
	t.add(c, peer)
	t.note(c)
	if lookup {
		t.lookups.add(c, peer)
	}
	switch {
	case e == nil && lookup:
		return j.askedMany(c, &k, t, out)
	case e == nil, e.lookups && !lookup:
		return out
	}
	e.add(c, peer)
	e.note(c)
	if !e.lookups {
		return out
	}
	j.open.Touch(e, c.Time, c.Time)
	return j.grown(e, c.Time, out)
}

// askedMany opens an episode of name look-ups once there are enough of them.
func (j *Judge) askedMany(c *flow.Contact, k *key, t *tries, out []alert.Finding) []alert.Finding {
	if t.lookups.peers.n < uint32(j.cfg.Lookups) {
		return out
	}
	return j.begin(&crossing{key: *k, trail: t.asked(c), lookups: true}, t, c.Time, out)
}

// answered takes the answer to a trial. That of a device which answers for everybody tells
// nothing.
func (j *Judge) answered(c *flow.Contact, out []alert.Finding) []alert.Finding {
	k := keyOf(c)
	if c.Has(flow.Proxied) || j.permits(&k, c.Target, c.Time, true) {
		return out
	}
	t, peer, e := j.source(&k, c.Time), j.peer(c.Target), j.open.Get(k)
	if t.contacts == 0 {
		t.add(c, peer)
		t.note(c)
	}
	if e == nil {
		begun := crossing{key: k, trail: t.trail}
		begun.reach(c, peer)
		return j.begin(&begun, t, c.Time, out)
	}
	wasLookups := e.lookups
	if wasLookups && t.contacts >= e.contacts {
		e.trail, e.First = t.trail, min(e.First, t.first)
	}
	e.lookups = false
	e.reach(c, peer)
	j.open.Touch(e, c.Time, c.Time)
	if wasLookups {
		e.advance()
		return j.say(e, alert.Update, c.Time, out)
	}
	return j.grown(e, c.Time, out)
}

// source returns the tries of one, new ones if what there was is older than an episode's
// memory.
func (j *Judge) source(k *key, now packet.Time) *tries {
	h := j.hash(k)
	_, t := j.tries.Get(h, *k)
	switch {
	case t == nil:
		var evicted bool
		if _, t, evicted = j.tries.Claim(h, *k, slighter); evicted {
			j.stats.SourcesLost++
		}
		*t = tries{}
	case now.Sub(t.last) >= j.cfg.Quiet:
		*t = tries{}
	}
	t.last = now
	return t
}

// again is how soon an episode that had to be closed for want of room may be opened again.
const again = time.Hour

// room is how many episodes may be open for one more like e to be told of. Home hosts can be
// made up and look for names; and a server that answers strangers answers forged ones as
// well. Neither may take all of it.
func (j *Judge) room(e *crossing) int {
	all := j.cfg.Tables.Episodes
	switch {
	case e.lookups:
		return all / 2
	case e.key.ingress:
		return all / 4 * 3
	}
	return math.MaxInt
}

// begin opens an episode.
func (j *Judge) begin(e *crossing, t *tries, now packet.Time, out []alert.Finding) []alert.Finding {
	if t.told != 0 && now.Sub(t.told) < min(again, j.cfg.Quiet) || j.open.Len() >= j.room(e) {
		j.stats.EpisodesHeld++
		return out
	}
	t.told = now
	e.First, e.Last, e.Severity = e.first, now, j.severity(e)
	e.advance()
	begun, lost := j.open.Begin(e.key, *e, now)
	if lost != nil {
		j.stats.EpisodesLost++
		out = j.end(lost, now, out)
	}
	return j.say(begun, alert.Create, now, out)
}

// end tells of the end of an episode; what its source does next is another one's.
func (j *Judge) end(e *crossing, now packet.Time, out []alert.Finding) []alert.Finding {
	if _, t := j.tries.Get(j.hash(&e.key), e.key); t != nil {
		*t = tries{last: t.last, told: t.told}
	}
	return j.say(e, alert.Close, now, out)
}

// grown tells of an episode again if it grew tenfold, became more severe, or more telling.
func (j *Judge) grown(e *crossing, now packet.Time, out []alert.Finding) []alert.Finding {
	if uint64(e.peers.n) < e.next.peers && uint64(e.answered.n) < e.next.answered {
		return j.raised(e, now, out)
	}
	e.Severity = max(e.Severity, j.severity(e))
	e.advance()
	return j.say(e, alert.Update, now, out)
}

// raised tells of an episode again if it became more severe, or if the knock was for a kind
// of thing that no record told yet.
func (j *Judge) raised(e *crossing, now packet.Time, out []alert.Finding) []alert.Finding {
	s := j.severity(e)
	if s <= e.Severity && e.knock.Kinds()&^e.told == 0 {
		return out
	}
	e.Severity = max(e.Severity, s)
	return j.say(e, alert.Update, now, out)
}

// Heard is what a conversation on SMB came to so far.
type Heard struct {
	Time   packet.Time
	Source packet.Addr // client
	Target packet.Addr
	Realm  uint32
	Knock  smb.Knock
	End    bool // nothing more comes of it
}

// Knock takes what a conversation across the edge came to. It stands in the findings about
// its client, and raises the severity if it was for more than sharing files. Each kind of
// thing that it was for, and that part of it is encrypted, is told when it is new.
func (j *Judge) Knock(h *Heard, out []alert.Finding) []alert.Finding {
	out = j.Advance(h.Time, out)
	home := j.site.Territory.Home(h.Source)
	if home == j.site.Territory.Home(h.Target) {
		return out
	}
	k := key{h.Source, h.Realm, !home}
	e := j.open.Get(k)
	if e == nil || e.lookups || j.permits(&k, h.Target, h.Time, false) {
		return out
	}
	e.knock.Add(j.peer(h.Target), h.Knock, h.End)
	return j.raised(e, h.Time, out)
}
