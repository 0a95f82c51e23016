package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// store is the part of an outbox.Store that is used here; tests have it hang and fail.
type store interface {
	Commit(add []record.Record, done []uint64, losses []outbox.Loss) ([]uint64, error)
	Next(after uint64, max, maxBytes int) ([]outbox.Entry, error)
	Release(but []uint64)
	Bury(ids []uint64, reason string, now time.Time) error
	Expire(now time.Time) (int, error)
	Report(made func([]outbox.Loss) record.Record) (bool, error)
	Stats() outbox.Stats
	Bound() int64
	Room() int64
	Close() error
}

// Options are what a Publisher tells, and to whom. Nil is nobody.
type Options struct {
	Tell   func(health.Event)               // logs, and may call Offer
	Encode func(health.Event) record.Record // for the record of what was lost; required
	Log    *slog.Logger
}

// Publisher takes records through memory and an outbox to a sink. Three goroutines work:
// one writes the outbox, one sends, one watches; they begin with Start and end with Stop.
type Publisher struct {
	box    *outbox.Store // store, for the control socket
	store  store
	to     Sink
	tell   func(health.Event)
	encode func(health.Event) record.Record
	log    *slog.Logger
	tune   *tuning

	queue         *queue
	acks          *acks
	sink, disk    fault
	dead          deadNotes
	sent, retries atomic.Uint64
	beat          atomic.Pointer[record.Record] // the latest heartbeat that is not sent
	more          atomic.Bool                   // there may be more in the outbox than was read
	closing       atomic.Bool                   // Stop was called: only the log is told, and nothing reported
	house         atomic.Bool                   // keepHouse is under way
	wake          chan struct{}                 // holds a token when there may be something to send

	reportedAt time.Time // when that was done; of the writer's goroutine alone
	reported   uint64    // losses that were reported, of those since the start
	choreMu    sync.Mutex
	asideAt    time.Time       // when health was last told of a damaged outbox; under choreMu
	chores     map[string]bool // what failed when it was done last

	cancel                    context.CancelFunc // of the Send under way
	quit                      chan struct{}      // closed for the drain and the watch to end
	last                      chan struct{}      // closed for the writer to end
	written, drained, watched chan struct{}      // closed by the goroutines as they end
	stop                      sync.Once
	stopErr                   error
}

// Start takes records from s to sink, from now on until Stop, which closes both.
func Start(s *outbox.Store, sink Sink, o Options) *Publisher {
	tune := defaultTuning()
	// What is about to be sent is not given up for what is worth more: that has to be little
	// of all that waits.
	tune.windowBytes = min(tune.windowBytes, s.Bound()/8)
	return start(s, s, sink, o, tune)
}

func start(s store, box *outbox.Store, sink Sink, o Options, tune tuning) *Publisher {
	p := &Publisher{
		box: box, store: s, to: sink, encode: o.Encode, log: o.Log, tune: &tune,
		queue: newQueue(tune.queueRecords, tune.queueBytes), acks: newAcks(),
		wake: make(chan struct{}, 1), reported: unknown, chores: map[string]bool{},
		quit: make(chan struct{}), last: make(chan struct{}),
		written: make(chan struct{}), drained: make(chan struct{}), watched: make(chan struct{}),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.tell = func(e health.Event) {
		switch {
		case p.closing.Load(): // a record would be refused
			p.log.Warn(e.Message, "kind", string(e.Kind))
		case o.Tell != nil:
			o.Tell(e)
		}
	}
	p.more.Store(true)
	d := &drain{Publisher: p, window: newWindow(&tune), results: make(chan []error, 1), clock: newClock()}
	d.ctx, p.cancel = context.WithCancel(context.Background())
	go p.write()
	go d.run()
	go p.watch()
	return p
}

// Offer hands r over. It never waits, and may be called from any goroutine. It returns
// false if there was no room for all: r, or records that are worth no more, are lost and
// counted.
func (p *Publisher) Offer(r record.Record) bool { return p.queue.offer(r) }

// ErrStopped: Stop was called.
var ErrStopped = errors.New("publisher: it is stopped")

// spare is the room, in octets, that Put leaves in the outbox for what the sensor says of
// itself meanwhile: that waits for nobody, and would take the place of findings.
const spare = 32 << 10

// Put hands r over and waits until there is room, in memory and in the outbox: nothing is
// given up for it, by one caller at a time. It returns the error of ctx, ErrStopped, or
// that r is too large.
func (p *Publisher) Put(ctx context.Context, r record.Record) error {
	size := sizeOf(&r)
	if most := min(p.tune.queueBytes, p.store.Bound()-spare); size > most {
		return fmt.Errorf("record %s: it takes %d octets, and there is never room for more than %d: raise publish.outbox.max_size", r.UID, size, most)
	}
	again := time.NewTicker(p.tune.ackDelay)
	defer again.Stop()
	for {
		if _, queued, _ := p.queue.waiting(); p.store.Room() >= queued+size+spare {
			if full, closed := p.queue.put(r); closed {
				return ErrStopped
			} else if !full {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.queue.room:
		case <-again.C: // the outbox does not say when it has room
		}
	}
}

// Beat hands over the latest heartbeat. It is kept in memory alone, takes the place of one
// that is not sent yet, and goes before what else waits.
func (p *Publisher) Beat(r record.Record) {
	p.beat.Store(&r)
	poke(p.wake)
}

// Store returns the outbox.
func (p *Publisher) Store() *outbox.Store { return p.box }

// Drain waits until nothing waits in memory and in the outbox. Else it returns the error of
// ctx with how many records wait, and why. Dead letters do not wait.
func (p *Publisher) Drain(ctx context.Context) error {
	tick := time.NewTicker(p.tune.poll)
	defer tick.Stop()
	for {
		s := p.Stats()
		if s.Queue == 0 && s.Outbox.Records == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			why := "it takes longer"
			if s.Degraded != "" {
				why = s.Degraded
			}
			return fmt.Errorf("%s: %d records wait: %s: %w", p.to.Name(), s.Waiting, why, ctx.Err())
		case <-tick.C:
		}
	}
}
