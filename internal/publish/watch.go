package publish

import "time"

// watch is the goroutine that tells of what does not work. It touches neither disk nor
// sink, so that it goes on when these hang.
func (p *Publisher) watch() {
	defer close(p.watched)
	tick := time.NewTicker(p.tune.look)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			p.look(now)
		case <-p.quit:
			return
		}
	}
}

func (p *Publisher) look(now time.Time) {
	if since, why, begun := p.sink.begun(now, p.tune.patience); begun {
		p.tell(p.degraded(since, why, true))
	}
	if since, late, ended := p.sink.ended(now, p.oldest(), 0); ended {
		p.tell(p.recovered(now, since, late, true))
	}
	if since, why, begun := p.disk.begun(now, p.tune.diskPatience); begun {
		p.tell(p.degraded(since, why, false))
	}
	if since, late, ended := p.disk.ended(now, time.Time{}, p.tune.calm); ended {
		p.tell(p.recovered(now, since, late, false))
	}
	if data, due := p.dead.due(now, p.tune.report); due {
		p.tell(deadEvent(data, p.store.Stats()))
	}
}

// oldest returns when the first of what waits was raised; zero if nothing does.
func (p *Publisher) oldest() time.Time { return p.Stats().Oldest }
