// Package episode keeps what is being told of: an episode begins with a Create, is told
// again by Updates when it grew or changed, and is closed when it fell quiet. Each
// detector has its own evidence; how an episode lives is the same for all.
package episode

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Life is what every episode has. A detector embeds it in its evidence.
type Life struct {
	Created  packet.Time
	First    packet.Time // first packet
	Last     packet.Time // latest packet
	Quiet    packet.Time // closed then, if nothing comes
	Sequence uint16      // of the latest record
	Severity alert.Severity
}

// Spec is what the episodes of a detector differ in.
type Spec[K comparable, E any] struct {
	Hash func(K) uint64
	Life func(*E) *Life
	// Order breaks ties between episodes that end at the same time: records come in the
	// same order in every run.
	Order func(a, b *K) int
}

// Open holds the episodes of a detector that are not closed; fixed at start.
type Open[K comparable, E any] struct {
	spec  Spec[K, E]
	table *table.Table[K, E]
	quiet time.Duration
	next  packet.Time // none closes before
}

// New returns room for so many episodes, which close after quiet without new evidence.
func New[K comparable, E any](entries int, quiet time.Duration, spec Spec[K, E]) *Open[K, E] {
	return &Open[K, E]{spec: spec, table: table.New[K, E](entries), quiet: quiet}
}

// Bill returns the memory that New allocates.
func Bill[K comparable, E any](name string, entries int) table.Bill {
	return table.BillOf[K, E](name, entries)
}

// Get returns the open episode of k, nil if there is none.
func (o *Open[K, E]) Get(k K) *E {
	if o.table.Used() == 0 {
		return nil
	}
	_, e := o.table.Get(o.spec.Hash(k), k)
	return e
}

// Len returns how many are open.
func (o *Open[K, E]) Len() int { return o.table.Used() }

// Begin opens the episode of k, which must not be open, with e as its evidence. If
// another had to go for it, lost is that one, for its Close.
func (o *Open[K, E]) Begin(k K, e E, now packet.Time) (begun *E, lost *E) {
	life := o.spec.Life(&e)
	life.Created, life.Quiet = now, now.Add(o.quiet)
	if o.table.Used() == 0 || life.Quiet < o.next {
		o.next = life.Quiet
	}
	_, slot, evicted := o.table.Claim(o.spec.Hash(k), k, o.lesser)
	if evicted {
		gone := *slot
		lost = &gone
	}
	*slot = e
	return slot, lost
}

// Touch keeps an episode open: a packet at that time was new evidence.
func (o *Open[K, E]) Touch(e *E, at, now packet.Time) {
	life := o.spec.Life(e)
	life.Last, life.Quiet = max(life.Last, at), now.Add(o.quiet)
}

// lesser says which episode is closed early when there is no room: the less severe one,
// then the one that has been quiet for longer.
func (o *Open[K, E]) lesser(a, b *E) bool {
	x, y := o.spec.Life(a), o.spec.Life(b)
	if x.Severity != y.Severity {
		return x.Severity < y.Severity
	}
	return x.Quiet < y.Quiet
}

// Next returns a time before which none has to be closed; never, if none is open.
func (o *Open[K, E]) Next() packet.Time {
	if o.table.Used() == 0 {
		return Never
	}
	return o.next
}

// Never is behind all times.
const Never = packet.Time(math.MaxInt64)

// Due reports whether an episode may have to be closed.
func (o *Open[K, E]) Due(now packet.Time) bool { return o.table.Used() != 0 && now >= o.next }

// CloseQuiet ends those whose time is up, in order of their ends; end is told of each
// while it is still there.
func (o *Open[K, E]) CloseQuiet(now packet.Time, end func(k *K, e *E)) {
	if !o.Due(now) {
		return
	}
	var due []int
	o.next = now.Add(10 * 365 * 24 * time.Hour)
	for i := range o.table.Cap() {
		if _, e := o.table.At(i); e != nil && o.spec.Life(e).Quiet <= now {
			due = append(due, i)
		} else if e != nil {
			o.next = min(o.next, o.spec.Life(e).Quiet)
		}
	}
	slices.SortFunc(due, func(x, y int) int {
		k, a := o.table.At(x)
		l, b := o.table.At(y)
		return cmp.Or(cmp.Compare(o.spec.Life(a).Quiet, o.spec.Life(b).Quiet),
			cmp.Compare(o.spec.Life(a).Created, o.spec.Life(b).Created), o.spec.Order(k, l))
	})
	for _, i := range due {
		k, e := o.table.At(i)
		end(k, e)
		o.table.Free(i)
	}
}

// Each tells of all open episodes, in no particular order.
func (o *Open[K, E]) Each(tell func(k *K, e *E)) {
	for i := range o.table.Cap() {
		if k, e := o.table.At(i); e != nil {
			tell(k, e)
		}
	}
}

// Identify returns the identities of an episode and of its latest record: hashes, so that
// a replay gives the same. parts name the episode: sensor, source, what is told of it.
func (l *Life) Identify(parts ...string) (episode, record string) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%d", strings.Join(parts, "\x00"), l.Created)
	id := h.Sum(nil)
	r := sha256.Sum256(binary.BigEndian.AppendUint16(id, l.Sequence))
	return hex.EncodeToString(id[:16]), hex.EncodeToString(r[:16])
}

// Finding returns a record with all that the episode's life tells.
func (l *Life) Finding(a alert.Activity, now packet.Time) alert.Finding {
	return alert.Finding{
		Activity: a, Severity: l.Severity, Sequence: int(l.Sequence),
		Time: now.UTC(), FirstSeen: l.First.UTC(), LastSeen: l.Last.UTC(),
	}
}
