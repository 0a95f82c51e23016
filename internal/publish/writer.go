package publish

import (
	"errors"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// write is the goroutine that takes the queue into the outbox. All that waits goes in one
// transaction, and what the sink has goes out in the same; while that is synced, the next
// gathers. So the slower the disk, the more a transaction has.
func (p *Publisher) write() {
	defer close(p.written)
	tick := time.NewTicker(p.tune.retry)
	defer tick.Stop()
	ride := time.NewTimer(time.Hour)
	defer ride.Stop()
	for {
		select {
		case <-p.queue.some:
		case <-p.acks.some:
		case <-ride.C:
		case <-tick.C:
			p.keepHouse(time.Now())
		case <-p.last:
			p.commitLast()
			return
		}
		for p.commit(time.Now(), false) {
		}
		if n, from := p.acks.len(); n > 0 && !p.disk.failing() { // else the tick tries again
			ride.Reset(time.Until(from.Add(p.tune.ackDelay)))
		}
	}
}

// commitLast saves all that there is, unless the outbox fails.
func (p *Publisher) commitLast() {
	for p.commit(time.Now(), true) {
	}
}

// ackRecords bounds the acks of a transaction.
const ackRecords = 4096

// commit makes one transaction of what there is, and reports whether there may be more to
// do at once. Acks alone wait for records, unless they waited long enough or force is set.
func (p *Publisher) commit(now time.Time, force bool) bool {
	failing := p.disk.failing()
	if failing && !force && p.disk.resting(now) {
		return false
	}
	if failing {
		p.clearOut()
	}
	batch := p.queue.take(p.tune.batchRecords, p.tune.batchBytes)
	losses := p.queue.losses()
	done := p.acks.first(ackRecords)
	_, from := p.acks.len()
	ripe := force || len(done) == ackRecords || now.Sub(from) >= p.tune.ackDelay
	// An outbox that fails is tried with nothing too, else it would fail until the next
	// record.
	if len(batch)+len(losses) == 0 && (len(done) == 0 || !ripe) && !failing {
		return false
	}
	err := p.save(batch, done, losses)
	if err == nil {
		p.acks.known(len(done))
	} else {
		p.queue.lostAgain(losses)
	}
	for _, e := range batch {
		e.done = err == nil
	}
	if len(batch) > 0 {
		p.queue.settle(batch)
	}
	if err == nil && len(batch) > 0 {
		p.more.Store(true)
	}
	poke(p.wake)
	return err == nil
}

// clearOut makes room in an outbox that fails: what the sink has may leave it where nothing
// new fits in, as on a full disk.
func (p *Publisher) clearOut() {
	done := p.acks.first(ackRecords)
	if len(done) == 0 {
		return
	}
	if _, err := p.store.Commit(nil, done, nil); err == nil {
		p.acks.known(len(done))
	} else {
		p.aside(err)
	}
}

// save commits, and once more where the outbox was damaged and is begun anew.
func (p *Publisher) save(batch []*entry, done []uint64, losses []outbox.Loss) (err error) {
	add := make([]record.Record, len(batch))
	for i, e := range batch {
		add[i] = e.rec
	}
	p.disk.begin(time.Now())
	for range 2 {
		if _, err = p.store.Commit(add, done, losses); !p.aside(err) {
			break
		}
	}
	p.disk.end(time.Now(), err, p.tune.retry)
	return err
}

// aside tells of an outbox that was set aside, and reports whether err says so. On a disk
// that damages each new one too, the log alone hears of those that come soon after.
func (p *Publisher) aside(err error) bool {
	var a *outbox.Aside
	if !errors.As(err, &a) {
		return false
	}
	now := time.Now()
	p.choreMu.Lock()
	due := now.Sub(p.asideAt) >= p.tune.report
	if due {
		p.asideAt = now
	}
	p.choreMu.Unlock()
	if due {
		p.tell(DamagedEvent(a))
	} else {
		p.log.Error(a.Error())
	}
	return true
}

// keepHouse has the outbox report what was lost, once the sink works.
func (p *Publisher) keepHouse(now time.Time) {
	p.house.Store(true)
	defer p.house.Store(false)
	if p.closing.Load() {
		return
	}
	lost := p.lostOnDisk()
	if p.sink.failing() || p.sink.lastSent().IsZero() || lost == p.reported || now.Sub(p.reportedAt) < p.tune.report {
		return
	}
	told, err := p.store.Report(func(losses []outbox.Loss) record.Record {
		e := lostEvent(losses)
		p.log.Warn(e.Message, "kind", string(e.Kind), "remedy", e.Remedy)
		return p.encode(e)
	})
	p.chore("what was lost cannot be reported", err)
	if err == nil {
		p.reported, p.reportedAt = lost, now
	}
	if told {
		p.more.Store(true)
		poke(p.wake)
	}
}

// unknown is what the losses come to before the outbox was asked: an earlier run may have
// left some.
const unknown = ^uint64(0)

// lostOnDisk returns how many losses the outbox counted since the start.
func (p *Publisher) lostOnDisk() (n uint64) {
	for _, lost := range p.store.Stats().Lost {
		n += lost
	}
	return n
}

// chore logs why something failed that nobody waits for, once until it works again.
func (p *Publisher) chore(what string, err error) {
	if p.aside(err) {
		return
	}
	p.choreMu.Lock()
	before := p.chores[what]
	p.chores[what] = err != nil
	p.choreMu.Unlock()
	if err != nil && !before {
		p.log.Warn("outbox: "+what, "error", err)
	}
}
