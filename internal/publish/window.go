package publish

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// item is a record on its way to the sink.
type item struct {
	rec  record.Record
	id   uint64 // in the outbox, 0 for what is not from there
	from *entry // in the queue, nil for what is not from there
	size int64
	beat bool // a heartbeat: it is nowhere else
}

// key is within what order is kept.
type key struct {
	stream record.Stream
	key    string
}

func (i *item) key() key { return key{i.rec.Stream, i.rec.Key} }

// lane is what is known of one key while it has records in the window, or fails.
type lane struct {
	n      int       // records in the window
	tries  int       // failures in a row, while others of the stream succeeded
	until  time.Time // not to be tried before
	since  time.Time // the first of the failures; zero if it does not fail
	why    error
	failed uint64 // the count of the gate at the latest failure together with all others
}

// gate is what is known of one stream: that nothing of it could be sent says that the
// sink is away, or its topic, and not one partition.
type gate struct {
	tries int // failures of all that was tried, in a row
	count uint64
	at    time.Time // the latest
	until time.Time
	since time.Time
	why   error
}

// window holds what was read from the outbox and is not sent yet, in order, and decides
// what may be tried when. Of one key nothing overtakes.
type window struct {
	tune  *tuning
	items []*item // ascending IDs
	bytes int64
	lanes map[key]*lane
	gates [record.Health + 1]gate
}

func newWindow(tune *tuning) *window { return &window{tune: tune, lanes: map[key]*lane{}} }

// room returns how much more it may hold.
func (w *window) room() (records int, bytes int64) {
	return w.tune.windowRecords - len(w.items), w.tune.windowBytes - w.bytes
}

func (w *window) add(i *item) {
	w.items = append(w.items, i)
	w.bytes += i.size
	w.lane(i.key()).n++
}

func (w *window) lane(k key) *lane {
	l := w.lanes[k]
	if l == nil {
		l = &lane{}
		w.lanes[k] = l
	}
	return l
}

// choose returns what may be sent now, in order: one batch.
func (w *window) choose(now time.Time) []*item {
	var out []*item
	bytes := w.tune.batchBytes
	for _, i := range w.items {
		if w.due(i.key()).After(now) {
			continue
		}
		if bytes -= i.size; len(out) == w.tune.batchRecords || len(out) > 0 && bytes < 0 {
			break
		}
		out = append(out, i)
	}
	return out
}

// due returns when the next record of a key may be sent; a time gone by says now. What
// was not tried yet does not wait for the whole back-off of a stream: it may be that only
// one partition is away, and that nothing else came.
func (w *window) due(k key) time.Time {
	g, l := &w.gates[k.stream], w.lanes[k]
	at := g.until
	if l == nil || l.failed != g.count {
		at = earlier(at, g.at.Add(w.tune.fresh))
	}
	if g.tries == 0 {
		at = time.Time{}
	}
	if l != nil && l.until.After(at) {
		return l.until
	}
	return at
}

// holds reports whether records of k are in the window: what comes behind them waits.
func (w *window) holds(k key) bool {
	l := w.lanes[k]
	return l != nil && l.n > 0
}

// next returns when the first of what is in the window may be sent, false if it is empty.
func (w *window) next() (at time.Time, some bool) {
	for k, l := range w.lanes {
		if l.n == 0 {
			continue
		}
		if d := w.due(k); !some || d.Before(at) {
			at, some = d, true
		}
	}
	return at, some
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// judge notes how a batch went; errs[i] belongs to batch[i]. That a record is refused says
// that the sink works.
func (w *window) judge(batch []*item, errs []error, now time.Time) {
	var went, failed [record.Health + 1]bool
	var why [record.Health + 1]error
	for i, it := range batch {
		s := it.rec.Stream
		if errs[i] == nil || isRefused(errs[i]) {
			went[s] = true
		} else if !failed[s] {
			failed[s], why[s] = true, errs[i]
		}
	}
	for s := range w.gates {
		if g := &w.gates[s]; went[s] {
			*g = gate{count: g.count}
		} else if failed[s] {
			g.fail(w.tune, why[s], now)
		}
	}
	w.judgeLanes(batch, errs, went, now)
}

func (g *gate) fail(tune *tuning, why error, now time.Time) {
	if g.tries == 0 {
		g.since = now
		g.count++
	}
	g.tries++
	g.at, g.until, g.why = now, now.Add(tune.delay(g.tries)), why
}

// judgeLanes notes how each key of a batch went: by the first of its records that failed.
func (w *window) judgeLanes(batch []*item, errs []error, went [record.Health + 1]bool, now time.Time) {
	failed := map[key]bool{}
	for i, it := range batch {
		k := it.key()
		switch {
		case it.beat || failed[k]:
		case errs[i] == nil || isRefused(errs[i]):
			if l := w.lanes[k]; l != nil {
				*l = lane{n: l.n}
			}
		default:
			failed[k] = true
			if w.lanes[k] != nil || len(w.lanes) < 2*w.tune.windowRecords {
				w.lane(k).fail(w.tune, errs[i], now, &w.gates[k.stream], went[k.stream])
			}
		}
	}
}

// fail notes a failure: of this key alone, where others of its stream went.
func (l *lane) fail(tune *tuning, why error, now time.Time, g *gate, alone bool) {
	l.why = why
	if l.since.IsZero() {
		l.since = now
	}
	if !alone {
		l.failed = g.count
		return
	}
	l.tries++
	l.until = now.Add(tune.delay(l.tries))
}

// remove takes out what is gone: the sink has it, or never will.
func (w *window) remove(gone map[*item]bool) {
	kept := w.items[:0]
	for _, i := range w.items {
		if !gone[i] {
			kept = append(kept, i)
			continue
		}
		w.bytes -= i.size
		if l := w.lanes[i.key()]; l.n > 1 || !l.since.IsZero() {
			l.n--
		} else {
			delete(w.lanes, i.key())
		}
	}
	clear(w.items[len(kept):])
	w.items = kept
}

// empty forgets what it holds, but not which keys fail: unless it held nothing of them,
// and with idle not even then.
func (w *window) empty(idle bool) {
	w.items, w.bytes = nil, 0
	for k, l := range w.lanes {
		if l.since.IsZero() || l.n == 0 && !idle {
			delete(w.lanes, k)
		}
		l.n = 0
	}
}

// calm forgets the failures of what has nothing in the window. beat: a heartbeat waits.
func (w *window) calm(beat bool) {
	var waits [record.Health + 1]bool
	waits[record.Health] = beat
	for k, l := range w.lanes {
		if l.n > 0 {
			waits[k.stream] = true
		} else {
			delete(w.lanes, k)
		}
	}
	for s := range w.gates {
		if !waits[s] {
			w.gates[s] = gate{count: w.gates[s].count}
		}
	}
}

// trouble returns since when something cannot be sent, and the latest reason; zero if all
// goes well.
func (w *window) trouble() (since time.Time, why error) {
	worse := func(at time.Time, err error) {
		if !at.IsZero() && (since.IsZero() || at.Before(since)) {
			since, why = at, err
		}
	}
	for i := range w.gates {
		worse(w.gates[i].since, w.gates[i].why)
	}
	for _, l := range w.lanes {
		worse(l.since, l.why)
	}
	return since, why
}
