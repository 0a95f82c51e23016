package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// drain is the one who sends. All of it belongs to its goroutine, but for the Send that is
// under way.
type drain struct {
	*Publisher
	window    *window
	after     uint64 // the latest ID that was read
	exhausted bool   // all that is in the outbox is in the window
	readAt    time.Time
	blind     time.Time // since when it cannot be read; zero if it can
	readAgain time.Time // when the window was last read from the start
	expired   time.Time // when what is too old was last given up
	clock     clock
	skip      map[uint64]bool // sent or refused before that, and still in the outbox
	graves    []grave         // refused, and not yet dead letters
	buryAt    time.Time       // not before, after a failure
	under     []*item         // the batch under way, nil if none is
	lent      []*entry        // what was taken from the queue for it
	results   chan []error
	ctx       context.Context // of Send
}

// grave is a record of the outbox that was refused, and why.
type grave struct {
	id  uint64
	why string
}

// run sends until quit is closed and the Send under way is over.
func (d *drain) run() {
	defer close(d.drained)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		d.bury(now)
		if d.under == nil {
			d.fill(now)
			d.send(now)
		}
		timer.Reset(d.pause(now))
		select {
		case errs := <-d.results:
			d.judge(errs, time.Now())
		case <-d.wake:
		case <-timer.C:
		case <-d.quit:
			if d.under != nil {
				d.judge(<-d.results, time.Now())
			}
			d.bury(time.Now())
			return
		}
	}
}

// pause returns how long there is nothing to do, at most until the outbox is to be read
// again: a person may have brought dead letters back.
func (d *drain) pause(now time.Time) time.Duration {
	pause := d.tune.retry
	if d.under != nil || d.stuffed() {
		return pause
	}
	if at, some := d.window.next(); some {
		pause = min(pause, at.Sub(now))
	}
	return max(pause, time.Millisecond)
}

// stuffed reports whether too much is gone that the outbox could not be told of.
func (d *drain) stuffed() bool {
	n, _ := d.acks.len()
	return n >= d.tune.maxAcks || len(d.graves) >= d.tune.windowRecords
}

// send begins to send what may be sent.
func (d *drain) send(now time.Time) {
	if d.stuffed() {
		return
	}
	batch := d.window.choose(now)
	if len(batch) == 0 && d.exhausted && d.disk.failing() {
		batch = d.borrow(now)
	}
	if b := d.heartbeat(now); b != nil {
		batch = append([]*item{b}, batch...)
	}
	if len(batch) == 0 {
		return
	}
	d.under = batch
	records := make([]*record.Record, len(batch))
	for i, it := range batch {
		r := it.rec
		records[i] = &r
	}
	d.sink.begin(now)
	go func() { d.results <- d.call(records) }()
}

// call has the sink send. What it does not answer for has failed.
func (d *drain) call(records []*record.Record) []error {
	errs := d.to.Send(d.ctx, records)
	for len(errs) < len(records) {
		errs = append(errs, fmt.Errorf("%s: it said nothing about this record", d.to.Name()))
	}
	return errs
}

// borrow takes what may be sent from the queue: what the outbox cannot take does not have
// to wait for it. Until it is settled nothing of the queue is committed, so that nothing
// overtakes.
func (d *drain) borrow(now time.Time) (batch []*item) {
	d.lent = d.queue.take(4*d.tune.batchRecords, d.tune.batchBytes)
	if !d.disk.failing() || d.more.Load() { // the writer was quicker
		d.giveBack()
		return nil
	}
	for _, e := range d.lent {
		k := key{e.rec.Stream, e.rec.Key}
		if e.refused || d.window.holds(k) || d.window.due(k).After(now) || len(batch) == d.tune.batchRecords {
			continue
		}
		batch = append(batch, &item{rec: e.rec, from: e, size: e.size})
	}
	if len(batch) == 0 {
		d.giveBack()
	}
	return batch
}

// giveBack returns what was taken from the queue.
func (d *drain) giveBack() {
	if d.lent != nil {
		d.queue.settle(d.lent)
		d.lent = nil
	}
}

// heartbeat returns the latest heartbeat, if its topic may be tried.
func (d *drain) heartbeat(now time.Time) *item {
	if d.window.gates[record.Health].until.After(now) {
		return nil
	}
	r := d.beat.Swap(nil)
	if r == nil {
		return nil
	}
	return &item{rec: *r, beat: true}
}

// judge ends a Send.
func (d *drain) judge(errs []error, now time.Time) {
	batch := d.under
	d.under = nil
	d.window.judge(batch, errs, now)
	gone := make(map[*item]bool, len(batch))
	for i, it := range batch {
		switch err := errs[i]; {
		case err == nil:
			gone[it] = true
			d.sentOne(it, now)
		case isRefused(err):
			gone[it] = true
			d.refuse(it, err)
		default:
			d.retries.Add(1)
			if it.beat { // a newer one takes its place
				d.beat.CompareAndSwap(nil, &it.rec)
			}
		}
	}
	d.window.remove(gone)
	d.giveBack()
	since, why := d.window.trouble()
	d.sink.set(now, since, why)
	d.sink.begin(time.Time{})
}

func (d *drain) sentOne(it *item, now time.Time) {
	if it.beat {
		return
	}
	d.sent.Add(1)
	d.sink.count(now, it.rec.Raised)
	if it.from != nil {
		it.from.done = true
	} else {
		d.acks.add(it.id)
	}
}

// refuse has what the sink will never take become a dead letter.
func (d *drain) refuse(it *item, why error) {
	switch {
	case it.beat:
		d.chore("a heartbeat is refused", why)
	case it.from != nil:
		it.from.refused = true // a dead letter once the outbox takes it
	default:
		d.dead.note(d.to.Name(), &it.rec, why)
		d.graves = append(d.graves, grave{it.id, why.Error()})
	}
}

// bury makes dead letters of what was refused.
func (d *drain) bury(now time.Time) {
	if now.Before(d.buryAt) {
		return
	}
	for len(d.graves) > 0 {
		why := d.graves[0].why
		var ids []uint64
		for _, g := range d.graves[:min(len(d.graves), d.tune.batchRecords)] {
			if g.why != why {
				break
			}
			ids = append(ids, g.id)
		}
		err := d.store.Bury(ids, why, now)
		d.chore("dead letters cannot be kept", err)
		if err != nil {
			d.buryAt = now.Add(d.tune.retry)
			return
		}
		d.graves = d.graves[len(ids):]
	}
}

func isRefused(err error) bool {
	var r *Refused
	return errors.As(err, &r)
}
