package detect

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
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

// episodeKey: two kinds about one source are two episodes, and so are two service groups.
type episodeKey struct {
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

// episode is what is being told about one source.
type episode struct {
	key      episodeKey
	created  packet.Time
	first    packet.Time // first packet
	last     packet.Time // latest packet
	quiet    packet.Time // closed then, if nothing comes
	books    books
	next     uint32 // targets at which it is told again
	sequence uint16
	severity alert.Severity
	proof    proof
	home     bool // source
	facts    flow.Facts
	mac      [6]byte
	vlan     uint16
	iface    uint16
	ports    uint64
}

// episodes are the open ones.
type episodes struct {
	seed  uint64
	table *table.Table[episodeKey, episode]
	next  packet.Time // no episode closes before
}

func newEpisodes(n int, seed uint64) episodes {
	return episodes{seed: seed, table: table.New[episodeKey, episode](n)}
}

func (es *episodes) hash(k *episodeKey) uint64 {
	return keyHash(es.seed, &k.source) ^ uint64(k.kind)<<63
}

func (es *episodes) open(k *sourceKey, kind kind) *episode {
	if es.table.Used() == 0 {
		return nil
	}
	ek := episodeKey{*k, kind}
	_, ep := es.table.Get(es.hash(&ek), ek)
	return ep
}

func (es *episodes) due(now packet.Time) bool { return es.table.Used() != 0 && now >= es.next }

// lesser says which episode is closed early when there is no room: the less severe one,
// then the one that has been quiet for longer.
func lesser(a, b *episode) bool {
	if a.severity != b.severity {
		return a.severity < b.severity
	}
	return a.quiet < b.quiet
}

// touch keeps an episode open: there is new evidence.
func (e *Engine) touch(ep *episode, c *flow.Contact) {
	ep.last = max(ep.last, packetTime(c))
	ep.quiet = c.Time.Add(e.cfg.Episodes.Quiet)
}

// again is how soon an episode that had to be closed for want of room may be opened again.
const again = time.Hour

// begin opens an episode.
func (e *Engine) begin(ep episode, j *judgement, out []alert.Finding) []alert.Finding {
	told := &j.src.told[ep.key.kind]
	if *told != 0 && j.c.Time.Sub(*told) < min(again, e.cfg.Episodes.Quiet) {
		e.stats.EpisodesHeld++
		return out
	}
	*told = j.c.Time
	h := e.episodes.hash(&ep.key)
	ep.created, ep.quiet = j.c.Time, j.c.Time.Add(e.cfg.Episodes.Quiet)
	ep.home, ep.facts = j.c.Has(flow.SourceHome), j.c.Facts
	if e.episodes.table.Used() == 0 || ep.quiet < e.episodes.next {
		e.episodes.next = ep.quiet
	}
	_, slot, evicted := e.episodes.table.Claim(h, ep.key, lesser)
	if evicted {
		e.stats.EpisodesLost++
		out = e.say(slot, alert.Close, j.c.Time, out)
	}
	*slot = ep
	slot.severity = slot.severityNow()
	slot.next = 10 * max(1, slot.books.total.targets)
	return e.say(slot, alert.Create, j.c.Time, out)
}

// grown tells of an episode again if it grew tenfold, or became more severe.
func (e *Engine) grown(ep *episode, now packet.Time, out []alert.Finding) []alert.Finding {
	s, targets := ep.severityNow(), ep.books.total.targets
	if s <= ep.severity && targets < ep.next {
		return out
	}
	ep.severity = max(ep.severity, s)
	for ep.next <= targets {
		ep.next *= 10
	}
	return e.say(ep, alert.Update, now, out)
}

// severityNow is the contract's table.
func (ep *episode) severityNow() alert.Severity {
	switch {
	case ep.home:
		return alert.High
	case ep.books.total.answered > 0:
		return alert.Medium
	}
	return alert.Low
}

// closeQuiet ends the episodes whose time is up, each at its own time, in order.
func (e *Engine) closeQuiet(now packet.Time, out []alert.Finding) []alert.Finding {
	t := e.episodes.table
	var due []int
	e.episodes.next = now.Add(10 * 365 * 24 * time.Hour)
	for i := range t.Cap() {
		if _, ep := t.At(i); ep != nil && ep.quiet <= now {
			due = append(due, i)
		} else if ep != nil {
			e.episodes.next = min(e.episodes.next, ep.quiet)
		}
	}
	slices.SortFunc(due, func(x, y int) int {
		_, a := t.At(x)
		_, b := t.At(y)
		return cmp.Or(cmp.Compare(a.quiet, b.quiet), cmp.Compare(a.created, b.created),
			bytes.Compare(a.key.source.addr[:], b.key.source.addr[:]),
			cmp.Compare(a.key.source.group, b.key.source.group), cmp.Compare(a.key.kind, b.key.kind))
	})
	for _, i := range due {
		_, ep := t.At(i)
		out = e.say(ep, alert.Close, ep.quiet, out)
		t.Free(i)
	}
	return out
}
