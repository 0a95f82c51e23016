package publish

import "time"

// maxSkip bounds what is remembered to be skipped: beyond it, nothing is read anew.
const maxSkip = 1 << 16

// fill reads what is new in the outbox. From time to time while something fails, it reads
// all anew: what a person dropped is not to be sent, and what waited too long is given up.
func (d *drain) fill(now time.Time) {
	if d.stale(now) {
		d.again(now)
		d.expire(now)
	}
	fresh := d.more.Swap(false)
	if !fresh && now.Sub(d.readAt) < d.tune.retry {
		return
	}
	d.readAt = now
	d.exhausted = d.exhausted && !fresh
	for {
		records, bytes := d.window.room()
		if records <= 0 || bytes <= 0 {
			d.exhausted = false
			d.more.Store(true)
			return
		}
		entries, err := d.store.Next(d.after, records, int(bytes))
		if d.aside(err) {
			d.again(now)
			return
		}
		d.chore("what waits cannot be read", err)
		if err != nil {
			d.unread(now, fresh)
			return
		}
		d.blind = time.Time{}
		for i := range entries {
			e := &entries[i]
			d.after = e.ID
			if d.skip[e.ID] {
				continue
			}
			d.window.add(&item{rec: e.Record, id: e.ID, size: sizeOf(&e.Record)})
		}
		if len(entries) == 0 {
			d.exhausted = true
			d.calm(now)
			return
		}
	}
}

// unread notes that the outbox cannot be read. Nothing of what is in memory overtakes what
// may be in there, unless that takes too long: then it is worth more than its order.
func (d *drain) unread(now time.Time, fresh bool) {
	if d.blind.IsZero() {
		d.blind = now
	}
	d.exhausted = d.exhausted || now.Sub(d.blind) >= d.tune.patience
	d.more.Store(fresh && !d.exhausted)
}

// stale reports whether it is time to read all anew. On a disk that fails it may be that
// nothing can be read: what is in the window is kept then.
func (d *drain) stale(now time.Time) bool {
	since, _ := d.window.trouble()
	n, _ := d.acks.len()
	return !since.IsZero() && now.Sub(d.readAgain) >= d.tune.reread && n <= maxSkip && !d.disk.failing()
}

// again has all that waits read from the start, but for what the sink has or refused.
func (d *drain) again(now time.Time) {
	settled := d.acks.first(maxSkip)
	for _, g := range d.graves {
		settled = append(settled, g.id)
	}
	d.skip = map[uint64]bool{}
	for _, id := range settled {
		d.skip[id] = true
	}
	d.store.Release(settled)
	d.window.empty(d.disk.failing()) // of keys that are sent from memory it holds nothing
	d.after, d.readAgain, d.exhausted = 0, now, false
	d.more.Store(true)
}

// expire gives up what waited too long. That is done right behind again, when nothing is
// about to be sent: else what is always next would never be too old. While the sink takes
// records nothing is: what is old goes first.
func (d *drain) expire(now time.Time) {
	if now.Sub(d.expired) < d.tune.expire {
		return
	}
	d.expired = now
	_, err := d.store.Expire(d.clock.at(now))
	d.chore("what is too old cannot be given up", err)
}

// calm forgets the failures of what does not wait any more: it was given up or dropped, so
// that no success will end them.
func (d *drain) calm(now time.Time) {
	if since, _ := d.window.trouble(); since.IsZero() || d.disk.failing() {
		return // what is sent from memory is not in the window
	}
	d.window.calm(d.beat.Load() != nil)
	since, why := d.window.trouble()
	d.sink.set(now, since, why)
}
