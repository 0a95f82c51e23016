package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// staleSources unsuspicious sources make a dark target an old name if they keep trying it:
// the first a day before, so that bots that sweep side by side never excuse each other,
// and all within staleMemory, so that a slip of the finger is forgotten.
const (
	staleSources = 2
	staleAfter   = 24 * time.Hour
	staleMemory  = 72 * time.Hour
	failersKept  = 4
)

// target is what is known of a host in a group from those who tried it.
type target struct {
	clients [2]table.Sketch // sketches of unsuspicious sources that it answered, this week and last
	week    uint16
	failers [failersKept]failer
	dark    [staleSources]failer // unsuspicious sources that tried it while dark
	since   packet.Time          // first try of the oldest of them
}

// failer is a source that fails at the target, and when it last did.
type failer struct {
	who uint32
	at  uint32 // minutes since 1970
}

type targets struct {
	seed  uint64
	table *table.Table[sourceKey, target]
}

func (ts *targets) get(k *sourceKey) *target {
	_, t := ts.table.Get(keyHash(ts.seed, k), *k)
	return t
}

// claim returns the target's entry, a new one if there was none.
func (ts *targets) claim(k *sourceKey) *target {
	h := keyHash(ts.seed, k)
	if _, t := ts.table.Get(h, *k); t != nil {
		return t
	}
	_, t, _ := ts.table.Claim(h, *k, lessVisited)
	*t = target{}
	return t
}

func lessVisited(a, b *target) bool {
	if x, y := a.fanIn(), b.fanIn(); x != y {
		return x < y
	}
	return a.since < b.since
}

func (t *target) fanIn() int { return (t.clients[0] | t.clients[1]).Count() }

// served notes that the target answered the unsuspicious source with hash h.
func (t *target) served(h uint64, now packet.Time) {
	t.turn(now)
	t.clients[0].Add(h)
}

// serves reports whether the target is a known server: it answered so many sources.
func (t *target) serves(now packet.Time, clients int) bool {
	t.turn(now)
	return t.fanIn() >= clients
}

func (t *target) turn(now packet.Time) {
	week := dayOf(now) / 7
	switch week - t.week {
	case 0:
		return
	case 1:
		t.clients[0], t.clients[1] = 0, t.clients[0]
	default:
		t.clients = [2]table.Sketch{}
	}
	t.week = week
}

// failed notes that the source with hash h, which had reached the target, fails at it.
func (t *target) failed(h uint64, now packet.Time) {
	who, minute := uint32(h>>32)|1, minuteOf(now)
	oldest := 0
	for i := range t.failers {
		if t.failers[i].who == who {
			oldest = i
			break
		}
		if t.failers[i].at < t.failers[oldest].at {
			oldest = i
		}
	}
	t.failers[oldest] = failer{who, minute}
}

// worked takes back a failure of the source with hash h: another port answered.
func (t *target) worked(h uint64) {
	for i := range t.failers {
		if t.failers[i].who == uint32(h>>32)|1 {
			t.failers[i] = failer{}
		}
	}
}

// out reports whether so many sources other than h failed lately at what they had reached.
func (t *target) out(h uint64, now packet.Time, sources int, within time.Duration) bool {
	since := minuteOf(now.Add(-within))
	n := 0
	for _, f := range t.failers {
		if f.who != 0 && f.who != uint32(h>>32)|1 && f.at >= since {
			n++
		}
	}
	return n >= sources
}

func minuteOf(t packet.Time) uint32 { return uint32(max(t, 0) / (60 * 1e9)) }

// triedDark notes that an unsuspicious source tried the target while it was dark.
func (t *target) triedDark(h uint64, now packet.Time) {
	who, expired := uint32(h>>32)|1, minuteOf(now.Add(-staleMemory))
	slot, live := 0, 0
	for i := range t.dark {
		switch {
		case t.dark[i].who == who:
			t.dark[i].at = minuteOf(now)
			return
		case t.dark[i].at < expired:
			slot = i
		default:
			live++
		}
	}
	if live == 0 {
		t.since = now
	}
	if live < staleSources {
		t.dark[slot] = failer{who, minuteOf(now)}
	}
}

// stale reports whether other unsuspicious sources have been trying this dark target, day
// after day.
func (t *target) stale(h uint64, now packet.Time) bool {
	if now.Sub(t.since) < staleAfter {
		return false
	}
	n, expired := 0, minuteOf(now.Add(-staleMemory))
	for _, f := range t.dark {
		if f.who != 0 && f.who != uint32(h>>32)|1 && f.at >= expired {
			n++
		}
	}
	return n >= staleSources
}

func keyHash(seed uint64, k *sourceKey) uint64 {
	return table.Hash(seed, (*[16]byte)(&k.addr), uint64(k.realm)<<8|uint64(k.group))
}
