package publish

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// fault is what does not work, since when and why: the sink, or the disk.
type fault struct {
	mu     sync.Mutex
	since  time.Time // zero if all is well
	why    error
	busy   time.Time // when the call began that is under way; zero if none is
	rest   time.Time // not to be tried before
	told   time.Time // since of the fault that health was told of; zero if none was
	healed time.Time // since when it works again after that; zero if it does not
	late   uint64    // records sent since told that were raised before healed
	sent   time.Time // the latest success of a sink
}

func (f *fault) failing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.since.IsZero()
}

// resting reports whether it is too early to try again.
func (f *fault) resting(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.rest)
}

// begin notes a call.
func (f *fault) begin(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy = now
}

// end notes how a call ended; after an error it is not tried before rest is over.
func (f *fault) end(now time.Time, err error, rest time.Duration) {
	since, _ := f.state()
	switch {
	case err == nil:
		since, rest = time.Time{}, 0
	case since.IsZero():
		since = now
	}
	f.set(now, since, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy, f.rest = time.Time{}, now.Add(rest)
}

// set notes since when it fails, zero for not at all, and why.
func (f *fault) set(now, since time.Time, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !since.IsZero():
		f.healed = time.Time{}
	case f.healed.IsZero():
		f.healed = now
	}
	f.since, f.why = since, why
}

// state returns since when it fails, zero for not at all, and why.
func (f *fault) state() (since time.Time, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since, f.why
}

// count notes that a record was sent.
func (f *fault) count(now, raised time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = now
	if !f.told.IsZero() && (!f.since.IsZero() || raised.Before(f.healed)) {
		f.late++
	}
}

func (f *fault) lastSent() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent
}

// begun reports whether there is a fault to tell of, once: one that lasts longer than
// patience, or that only a person can mend. A call that has not come back for so long is
// one too.
func (f *fault) begun(now time.Time, patience time.Duration) (since time.Time, why error, begun bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	since, why = f.since, f.why
	if since.IsZero() && !f.busy.IsZero() && now.Sub(f.busy) >= patience {
		since, why = f.busy, fmt.Errorf("no answer for %s", now.Sub(f.busy).Round(time.Second))
	}
	var broken *Broken
	if !f.told.IsZero() || since.IsZero() || now.Sub(since) < patience && !errors.As(why, &broken) {
		return since, why, false
	}
	f.told, f.late, f.healed = since, 0, time.Time{}
	return since, why, true
}

// ended reports whether a fault that was told of is over, once: it has worked for as long
// as calm, and what is the oldest that waits was raised after it began to, or nothing waits
// (oldest is zero).
func (f *fault) ended(now, oldest time.Time, calm time.Duration) (since time.Time, late uint64, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.told.IsZero() || f.healed.IsZero() || now.Sub(f.healed) < calm ||
		!oldest.IsZero() && oldest.Before(f.healed) {
		return time.Time{}, 0, false
	}
	since, late = f.told, f.late
	f.told = time.Time{}
	return since, late, true
}
