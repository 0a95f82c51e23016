package publish

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Left says what is not sent when a Publisher has stopped.
type Left struct {
	Sink    string
	Waiting int    // records in the outbox, for the next start
	Unsaved int    // records that were in memory alone, and are lost
	Why     string // why they were not sent, or not saved
}

// Error says so.
func (l *Left) Error() string {
	var text string
	if l.Waiting > 0 {
		text = fmt.Sprintf("%d records wait in the outbox for the next start", l.Waiting)
	}
	if l.Unsaved > 0 {
		if text != "" {
			text += ", and "
		}
		text += fmt.Sprintf("%d records are lost, for they could not be saved", l.Unsaved)
	}
	return fmt.Sprintf("%s: %s: %s", l.Sink, text, l.Why)
}

// Stop takes no more, saves what is in memory, sends what it can until ctx ends, and closes
// sink and outbox. It returns a *Left if not all was sent, with other errors joined. It
// does not hang: what the disk or the sink does not answer for some seconds is left behind
// as it is, open.
func (p *Publisher) Stop(ctx context.Context) error {
	p.stop.Do(func() { p.stopErr = p.end(ctx) })
	return p.stopErr
}

func (p *Publisher) end(ctx context.Context) error {
	p.queue.close()
	p.closing.Store(true)
	for p.house.Load() && ctx.Err() == nil { // it may add a record yet
		time.Sleep(p.tune.poll)
	}
	_ = p.Drain(ctx) // what is left is said below
	p.cancel()
	close(p.quit)
	sinkEnds := p.within(p.drained)
	close(p.last)
	diskEnds := p.within(p.written)
	<-p.watched
	left := p.left()
	var errs []error
	if sinkEnds {
		errs = append(errs, p.bounded(p.to.Name(), p.to.Close))
	} else {
		errs = append(errs, fmt.Errorf("%s: it does not answer: left as it is", p.to.Name()))
	}
	if diskEnds && sinkEnds {
		errs = append(errs, p.bounded("outbox", p.store.Close))
	} else if !diskEnds {
		errs = append(errs, errors.New("outbox: the disk does not answer: left as it is"))
	}
	if left != nil {
		errs = append([]error{left}, errs...)
	}
	return errors.Join(errs...)
}

// left returns what is not sent, nil if nothing is.
func (p *Publisher) left() error {
	s := p.Stats()
	if s.Waiting == 0 {
		return nil
	}
	l := &Left{Sink: p.to.Name(), Waiting: s.Waiting - s.Queue, Unsaved: s.Queue, Why: s.Degraded}
	if l.Why == "" {
		l.Why = "the time for it was over"
	}
	return l
}

// within reports whether c is closed before the grace is over.
func (p *Publisher) within(c <-chan struct{}) bool {
	timer := time.NewTimer(p.tune.grace)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}

// bounded calls closing, and does not wait longer than the grace.
func (p *Publisher) bounded(what string, closing func() error) error {
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = closing()
	}()
	if !p.within(ended) {
		return fmt.Errorf("%s: it cannot be closed: it does not answer", what)
	}
	if err != nil {
		return fmt.Errorf("%s: it cannot be closed: %w", what, err)
	}
	return nil
}
