package publish

import (
	"fmt"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// ofFindings says which records are findings.
func ofFindings(r *record.Record) bool { return r.Stream == record.Findings }

// it is left the sink does not count as failing, and what was lost is told of.
func TestTooOldIsGivenUp(t *testing.T) {
	to := &sink{answer: fails(ofFindings, errAway)}
	p, _ := began(open(t, t.TempDir(), 64<<20), to, quick())
	for n := range 30 {
		r := finding(fmt.Sprint(n%3), n)
		r.Raised = r.Raised.Add(-8 * 24 * time.Hour)
		p.Offer(r)
	}
	p.Offer(encode(health.Event{Kind: health.Started}))
	eventually(t, "they are given up", func() bool { s := p.Stats(); return s.Lost[outbox.Age] == 30 && s.Outbox.Records == 0 })
	eventually(t, "that is told of", func() bool { return len(to.taken(record.Health)["test"]) == 2 })
	if s := p.Stats(); s.Degraded != "" {
		t.Errorf("%+v", s)
	}
	finish(t, p)
	to.check(t)
}

// What the sink has and the outbox does not know yet is not given up as well.
func TestSentIsNotLost(t *testing.T) {
	to := &sink{answer: fails(ofKey("1"), errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	tune := quick()
	tune.ackDelay = time.Hour
	p, _ := began(box, to, tune)
	for n := range 10 {
		for k := range 2 {
			r := finding(fmt.Sprint(k), n)
			r.Raised = r.Raised.Add(-8 * 24 * time.Hour)
			p.Offer(r)
		}
	}
	eventually(t, "one key is sent, the other given up", func() bool { return to.count() == 10 && p.Stats().Lost[outbox.Age] >= 10 })
	to.answers(nil)
	_ = p.Stop(over()) // it does not wait for the acks
	if n := p.Stats().Lost[outbox.Age]; n != 10 {
		t.Errorf("%d are lost", n)
	}
}

// A small outbox too gives up Updates before Creates: it is not all about to be sent.
func TestSmallOutboxKeepsCreates(t *testing.T) {
	const creates = 100
	to := &sink{answer: fails(all, errAway)}
	p := Start(open(t, t.TempDir(), 1<<20), to, Options{Encode: encode})
	for n := range 400 + creates {
		r := finding(fmt.Sprint(n%7), n)
		if r.Activity = alert.Update; n >= 400 {
			r.Activity = alert.Create
		}
		r.Body = append(r.Body, make([]byte, 3000)...)
		p.Offer(r)
		if n == 399 {
			eventually(t, "some are about to be sent", func() bool { s := p.Stats(); return s.Queue == 0 && s.Retries > 0 })
		}
	}
	eventually(t, "memory is empty", func() bool { return p.Stats().Queue == 0 })
	to.answers(nil)
	finish(t, p)
	found := 0
	for _, r := range to.got {
		if r.Stream == record.Findings && r.Activity == alert.Create {
			found++
		}
	}
	if found != creates {
		t.Errorf("%d Creates of %d", found, creates)
	}
}
