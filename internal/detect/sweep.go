package detect

import (
	"bytes"
	"cmp"
	"math"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/detect/knock"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// kind of episode.
type kind uint8

const (
	fast kind = iota
	slow
)

func (k kind) alert() alert.Kind {
	if k == fast {
		return alert.ScanFast
	}
	return alert.ScanSlow
}

// sweepKey: two kinds about one source are two episodes, and so are two service groups.
type sweepKey struct {
	source sourceKey
	kind   kind
}

// proof is what an episode rests on.
type proof uint8

const (
	noProof proof = iota
	byFailures
	byDark
	byNovelty
)

// sweep is the episode of what is being told about one source.
type sweep struct {
	episode.Life
	key   sweepKey
	began packet.Time // when the source certainly did so
	books books
	next  uint32 // targets at which it is told again
	proof proof
	home  bool // source
	facts flow.Facts
	mac   [6]byte
	vlan  uint16
	iface uint16
	ports uint64
	knock knock.Sum
	told  knock.Kinds // of it, in the records so far
}

func newSweeps(c *Config, seed uint64) *episode.Open[sweepKey, sweep] {
	return episode.New(c.Tables.Episodes, c.Episodes.Quiet, episode.Spec[sweepKey, sweep]{
		Hash: func(k sweepKey) uint64 { return keyHash(seed, &k.source) ^ uint64(k.kind)<<63 },
		Life: func(ep *sweep) *episode.Life { return &ep.Life },
		Order: func(a, b *sweepKey) int {
			return cmp.Or(bytes.Compare(a.source.addr[:], b.source.addr[:]),
				cmp.Compare(a.source.group, b.source.group), cmp.Compare(a.kind, b.kind))
		},
	})
}

// sweeping returns the open episode of a kind about a source, nil if there is none.
func (e *Engine) sweeping(k *sourceKey, kind kind) *sweep {
	return e.sweeps.Get(sweepKey{*k, kind})
}

// touch keeps an episode open: there is new evidence.
func (e *Engine) touch(ep *sweep, c *flow.Contact) { e.sweeps.Touch(ep, packetTime(c), c.Time) }

// again is how soon an episode that had to be closed for want of room may be opened again.
const again = time.Hour

// begin opens an episode.
func (e *Engine) begin(ep sweep, j *judgement, out []alert.Finding) []alert.Finding {
	told := &j.src.told[ep.key.kind]
	if *told != 0 && j.c.Time.Sub(*told) < min(again, e.cfg.Episodes.Quiet) {
		e.stats.EpisodesHeld++
		return out
	}
	*told = j.c.Time
	ep.began = e.certain(&ep, j)
	ep.home, ep.facts = j.c.Has(flow.SourceHome), j.c.Facts
	ep.Severity = ep.severityNow()
	ep.next = 10 * max(1, ep.books.total.targets)
	begun, lost := e.sweeps.Begin(ep.key, ep, j.c.Time)
	if lost != nil {
		e.stats.EpisodesLost++
		out = e.say(lost, alert.Close, j.c.Time, out)
	}
	return e.say(begun, alert.Create, j.c.Time, out)
}

// certain returns since when a source certainly swept. A fast sweep began with its first
// packet. A slow one is told long after its first, which need not have been one: it counts
// from the contact by which the source was suspicious.
func (e *Engine) certain(ep *sweep, j *judgement) packet.Time {
	switch {
	case ep.key.kind == fast:
		return ep.First
	case j.dos == nil:
		return j.c.Time
	}
	sum, last := 0.0, ep.First
	for i := j.dos.size() - 1; i >= 0; i-- {
		m := j.dos.at(i)
		if m.opened < ep.First || m.told {
			continue
		}
		sum *= math.Exp2(-float64(m.opened.Sub(last)) / float64(e.cfg.Slow.HalfLife))
		sum, last = sum+float64(max(0, m.weight)), m.opened
		if sum >= e.cfg.Slow.Watch/2 {
			return m.opened
		}
	}
	return j.c.Time
}

// grown tells of an episode again if it grew tenfold, became more severe, or if what was said
// to those that answered was for a kind of thing that no record told yet.
func (e *Engine) grown(ep *sweep, now packet.Time, out []alert.Finding) []alert.Finding {
	s, targets := ep.severityNow(), ep.books.total.targets
	if s <= ep.Severity && targets < ep.next && ep.knock.Kinds()&^ep.told == 0 {
		return out
	}
	ep.Severity = max(ep.Severity, s)
	for ep.next <= targets {
		ep.next *= 10
	}
	return e.say(ep, alert.Update, now, out)
}

// heard takes over what was said to those that answered; a dossier that was displaced and
// opened anew knows less than the episode.
func (ep *sweep) heard(k *knock.Sum) {
	if k.Grave() || !ep.knock.Grave() {
		ep.knock = *k
	}
}

// severityNow is the contract's table; what a source from outside did to those that
// answered may raise it.
func (ep *sweep) severityNow() alert.Severity {
	switch {
	case ep.home, ep.knock.Grave():
		return alert.High
	case ep.books.total.answered > 0:
		return alert.Medium
	}
	return alert.Low
}
