package publish

import (
	"maps"
	"sync"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// entry is a record that waits in memory.
type entry struct {
	rec     record.Record
	size    int64
	seq     uint64
	next    *entry
	done    bool // committed, or sent from memory: settle removes it
	refused bool // by the sink, and not yet a dead letter: it waits for the outbox
}

// overhead is what a record takes in memory beside its octets, about.
const overhead = 256

// sizeOf returns the octets that r takes in memory, about.
func sizeOf(r *record.Record) int64 {
	return int64(overhead + len(r.UID) + len(r.Key) + len(r.Kind) + len(r.Episode) + len(r.Sensor) + len(r.Body))
}

// fifo is a list of entries, oldest first.
type fifo struct{ head, tail *entry }

func (f *fifo) push(e *entry) {
	e.next = nil
	if f.head == nil {
		f.head = e
	} else {
		f.tail.next = e
	}
	f.tail = e
}

func (f *fifo) unshift(e *entry) {
	e.next = f.head
	if f.head == nil {
		f.tail = e
	}
	f.head = e
}

func (f *fifo) shift() *entry {
	e := f.head
	f.head, e.next = e.next, nil
	return e
}

// queue holds records until they are in the outbox. It is bounded; what is worth least
// goes first, and of that the oldest. No call waits for anything but other calls.
//
// What is taken stays in the account until it is settled, and only one batch is out at a
// time: so records leave in the order in which they came, whoever takes them.
type queue struct {
	mu         sync.Mutex
	ranks      [record.MaxRank + 1]fifo // what is not taken
	n          int                      // records, those taken included
	bytes      int64                    // that they take
	seq        uint64
	taken      bool
	closed     bool
	lost       tally             // that is in no account yet
	lostSince  map[string]uint64 // by reason, since the start
	maxRecords int
	maxBytes   int64
	some, room chan struct{} // hold a token when a record came, or room was made
}

func newQueue(maxRecords int, maxBytes int64) *queue {
	return &queue{
		lost: tally{}, lostSince: map[string]uint64{}, maxRecords: maxRecords, maxBytes: maxBytes,
		some: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
}

// poke puts a token into c if there is none.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// offer adds r, and reports whether nothing was lost by it.
func (q *queue) offer(r record.Record) bool {
	e := &entry{rec: r, size: sizeOf(&r)}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.lose(stopped, e)
		return false
	}
	whole := true
	for !q.fits(e.size) {
		whole = false
		victim := e
		if e.size <= q.maxBytes {
			victim = q.least(r.Rank(), e)
		}
		q.lose(outbox.QueueFull, victim)
		if victim == e {
			return false
		}
		q.n, q.bytes = q.n-1, q.bytes-victim.size
	}
	q.add(e)
	return whole
}

// put adds r if there is room and the queue is open, and reports which of the two is not so.
func (q *queue) put(r record.Record) (full, closed bool) {
	e := &entry{rec: r, size: sizeOf(&r)}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return false, true
	case !q.fits(e.size):
		return true, false
	}
	q.add(e)
	if q.fits(0) {
		poke(q.room) // for the next of those who wait
	}
	return false, false
}

func (q *queue) fits(size int64) bool { return q.n < q.maxRecords && q.bytes+size <= q.maxBytes }

func (q *queue) add(e *entry) {
	q.seq++
	e.seq = q.seq
	q.n, q.bytes = q.n+1, q.bytes+e.size
	q.ranks[e.rec.Rank()].push(e)
	poke(q.some)
}

// least takes out the oldest of the lowest rank, if that is not above rank; else it
// returns e.
func (q *queue) least(rank byte, e *entry) *entry {
	for i := range q.ranks[:rank+1] {
		if q.ranks[i].head != nil {
			return q.ranks[i].shift()
		}
	}
	return e
}

func (q *queue) lose(reason string, e *entry) {
	q.lost.lose(reason, &e.rec)
	q.lostSince[reason]++
}

// take hands out the oldest entries, at most as many and as much as is said but one at
// least; none while a batch is out. settle gives them back.
func (q *queue) take(records int, bytes int64) []*entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.taken {
		return nil
	}
	var out []*entry
	for len(out) < records {
		f := q.oldest()
		if f == nil || len(out) > 0 && f.head.size > bytes {
			break
		}
		bytes -= f.head.size
		out = append(out, f.shift())
	}
	q.taken = len(out) > 0
	return out
}

// oldest returns the list whose first entry came first, nil if all are empty.
func (q *queue) oldest() *fifo {
	var best *fifo
	for i := range q.ranks {
		if f := &q.ranks[i]; f.head != nil && (best == nil || f.head.seq < best.head.seq) {
			best = f
		}
	}
	return best
}

// settle removes the entries of the batch that are done; the others are back where they were.
func (q *queue) settle(batch []*entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := len(batch) - 1; i >= 0; i-- {
		if e := batch[i]; e.done {
			q.n, q.bytes = q.n-1, q.bytes-e.size
		} else {
			q.ranks[e.rec.Rank()].unshift(e)
		}
	}
	q.taken = false
	poke(q.room)
	if q.n > 0 {
		poke(q.some)
	}
}

// losses hands out what was lost and is in no account yet. What cannot be entered there
// comes back by lostAgain.
func (q *queue) losses() []outbox.Loss {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.lost.list()
	clear(q.lost)
	return out
}

func (q *queue) lostAgain(losses []outbox.Loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range losses {
		q.lost.add(l)
	}
}

// close makes the queue take no more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	poke(q.room)
}

// waiting returns how many records there are, the octets that they take, and when the
// oldest of those that are not taken was raised.
func (q *queue) waiting() (records int, bytes int64, raised time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if f := q.oldest(); f != nil {
		raised = f.head.rec.Raised
	}
	return q.n, q.bytes, raised
}

// lossesSince enters what was lost since the start, by reason. The outbox hears of the same
// losses, later.
func (q *queue) lossesSince(by map[string]uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	maps.Copy(by, q.lostSince)
}
