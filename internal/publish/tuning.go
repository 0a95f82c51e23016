package publish

import (
	"math/rand/v2"
	"time"
)

// tuning is what tests make smaller. No user would set it.
type tuning struct {
	queueRecords  int
	queueBytes    int64
	windowRecords int           // that were read from the outbox and are not acked
	windowBytes   int64         // that they take
	batchRecords  int           // of a Send, and of a commit
	batchBytes    int64         // the same
	maxAcks       int           // that the outbox does not know yet: beyond it, nothing is sent
	backoff       time.Duration // after the first failure; it doubles
	backoffMax    time.Duration
	fresh         time.Duration // what was not tried yet waits so long after a failure of the sink
	ackDelay      time.Duration // an ack waits so long for a commit to ride along
	retry         time.Duration // of an outbox that fails
	patience      time.Duration // a fault that lasts longer is told of
	diskPatience  time.Duration // of the disk: until then, what is in memory is in danger
	calm          time.Duration // of the disk: it is well after as long without a fault
	poll          time.Duration // of Drain
	reread        time.Duration // while the sink fails, what waits is read anew so often
	expire        time.Duration // between looks for what is too old
	report        time.Duration // between two records about losses, or about dead letters
	grace         time.Duration // at the end of Stop, for a call of the sink or the disk that hangs
	look          time.Duration // of the watch
}

func defaultTuning() tuning {
	return tuning{
		queueRecords: 1 << 15, queueBytes: 16 << 20,
		windowRecords: 4096, windowBytes: 16 << 20,
		batchRecords: 512, batchBytes: 4 << 20,
		maxAcks: 1 << 20,
		backoff: 100 * time.Millisecond, backoffMax: 30 * time.Second, fresh: time.Second,
		ackDelay: 100 * time.Millisecond, retry: time.Second, patience: 10 * time.Second, diskPatience: 2 * time.Second, calm: 10 * time.Second, poll: 20 * time.Millisecond, reread: 10 * time.Second,
		expire: time.Minute, report: time.Minute, grace: 5 * time.Second, look: 250 * time.Millisecond,
	}
}

// delay returns how long to wait after so many failures in a row: doubling, and between a
// half and all of it, so that sensors that lost the same broker do not come back at once.
func (t *tuning) delay(tries int) time.Duration {
	d := t.backoffMax
	if shift := tries - 1; shift < 20 {
		d = min(t.backoff<<shift, t.backoffMax)
	}
	return d/2 + rand.N(d/2+1)
}
