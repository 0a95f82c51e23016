package publish

import (
	"maps"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

// Stats says how much waits, and what became of what does not.
type Stats struct {
	Queue      int   // records in memory, not yet in the outbox
	QueueBytes int64 // that they take
	Outbox     outbox.Stats
	Waiting    int               // records that the sink does not have yet
	Bytes      int64             // that what waits takes, in memory and on disk
	Oldest     time.Time         // when the first of what waits was raised; zero if nothing waits
	Sent       uint64            // records that the sink took; like all below, since the start
	Retries    uint64            // records that failed, each time
	Dead       uint64            // records that the sink refused for good
	Lost       map[string]uint64 // given up, by reason
	Unsaved    int               // records in memory that the outbox cannot take, for it fails
	Degraded   string            // why records wait; empty while all is well
	Since      time.Time         // since when
	LastSent   time.Time         // when the sink last took a record
}

// Stats returns how things stand. It waits neither for the disk nor for the sink.
func (p *Publisher) Stats() Stats {
	s := Stats{
		Outbox: p.store.Stats(), Sent: p.sent.Load(), Retries: p.retries.Load(), Dead: p.dead.count(), LastSent: p.sink.lastSent(),
	}
	var raised time.Time
	s.Queue, s.QueueBytes, raised = p.queue.waiting()
	acked, _ := p.acks.len()
	s.Waiting = s.Queue + max(int(s.Outbox.Records)-acked, 0)
	s.Bytes = s.QueueBytes + int64(s.Outbox.Bytes)
	switch {
	case int(s.Outbox.Records) > acked:
		s.Oldest = s.Outbox.Oldest
	case s.Queue > 0:
		s.Oldest = raised
	}
	s.Lost = maps.Clone(s.Outbox.Lost)
	p.queue.lossesSince(s.Lost)
	if since, why := p.sink.state(); why != nil {
		s.Degraded, s.Since = why.Error(), since
	}
	if since, why := p.disk.state(); why != nil {
		s.Degraded, s.Since, s.Unsaved = why.Error(), since, s.Queue
	}
	return s
}

// lost is the sum of what was given up.
func (s *Stats) lost() (n uint64) {
	for _, lost := range s.Lost {
		n += lost
	}
	return n
}

// State is s as a heartbeat has it.
func (s *Stats) State(now time.Time) health.OutboxState {
	o := health.OutboxState{
		Records: s.Waiting, Bytes: s.Bytes, Dead: int(s.Outbox.Dead), Lost: s.lost(), Sent: s.Sent,
		Unsaved: s.Unsaved, Degraded: s.Degraded,
	}
	if !s.Oldest.IsZero() {
		o.Oldest = health.MillisOf(now.Sub(s.Oldest))
	}
	return o
}
