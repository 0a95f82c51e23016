package publish

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// What waits too long is given up, though it is always next to be sent. Once nothing of

// A writer that cannot save what was sent rests until it is time to try again.
func TestFailingDiskCostsNoCPU(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	tune := quick()
	tune.retry = 100 * time.Millisecond
	p, _ := began(box, to, tune)
	offer(t, p, 3, 0, 10)
	eventually(t, "all is on disk", func() bool { return p.Stats().Outbox.Records == 30 })
	box.set(func(f *flaky) { f.fail = syscall.EROFS })
	to.answers(nil)
	eventually(t, "all is sent", func() bool { return to.count() == 30 })
	eventually(t, "the disk fails", func() bool { return p.Stats().Unsaved == 0 && p.disk.failing() })
	from, spent := time.Now(), cpu(t)
	time.Sleep(500 * time.Millisecond)
	if took, spent := time.Since(from), cpu(t)-spent; spent > took/2 {
		t.Errorf("%s of processor time in %s", spent, took)
	}
	box.set(func(f *flaky) { f.fail = nil })
	finish(t, p)
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What is in memory does not overtake what is in an outbox that cannot be read.
func TestUnreadableKeepsTheOrder(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	tune := quick()
	tune.windowRecords = 1
	p, _ := began(box, to, tune)
	offer(t, p, 1, 0, 3)
	eventually(t, "all is on disk, and tried", func() bool { s := p.Stats(); return s.Outbox.Records == 3 && s.Retries > 0 })
	box.set(func(f *flaky) { f.fail, f.blind = syscall.EIO, syscall.EIO })
	offer(t, p, 1, 3, 4)
	eventually(t, "the disk fails", func() bool { return p.Stats().Unsaved == 1 })
	time.Sleep(2 * tune.reread)
	to.answers(nil)
	time.Sleep(2 * tune.reread) // to do what is wrong
	box.set(func(f *flaky) { f.fail, f.blind = nil, nil })
	finish(t, p)
	inOrder(t, to.taken(record.Findings), 1, 4)
}

// A disk that is gone altogether does not keep what comes from being sent.
func TestDeadDiskSendsFromMemory(t *testing.T) {
	to := &sink{}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	p, _ := began(box, to, quick())
	offer(t, p, 3, 0, 10)
	eventually(t, "it works", func() bool { return p.Drain(t.Context()) == nil })
	box.set(func(f *flaky) { f.fail, f.blind = syscall.EIO, syscall.EIO })
	offer(t, p, 3, 10, 50)
	eventually(t, "all arrive", func() bool { return to.count() == 150 })
	box.set(func(f *flaky) { f.fail, f.blind = nil, nil })
	finish(t, p)
	inOrder(t, to.taken(record.Findings), 3, 50)
}

// Where it is gone for long, with something in it that was not read, what comes is worth
// more than its order.
func TestDeadDiskWithUnreadRecords(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	tune := nervous()
	tune.windowRecords = 1
	p, _ := began(box, to, tune)
	offer(t, p, 1, 0, 3)
	eventually(t, "all is on disk, and tried", func() bool { s := p.Stats(); return s.Outbox.Records == 3 && s.Retries > 0 })
	box.set(func(f *flaky) { f.fail, f.blind = syscall.EIO, syscall.EIO })
	to.answers(nil)
	offer(t, p, 1, 3, 10)
	eventually(t, "what comes arrives", func() bool { return to.count() >= 7 })
	box.set(func(f *flaky) { f.fail, f.blind = nil, nil })
	finish(t, p)
	if n := to.count(); n != 10 {
		t.Errorf("%d arrived", n)
	}
}

// An outbox that is set aside is told of, whatever failed before.
func TestAsideIsToldAfterAnotherFailure(t *testing.T) {
	p, d := began(open(t, t.TempDir(), 64<<20), &sink{}, quick())
	p.chore("test", syscall.ENOSPC)
	p.chore("test", &outbox.Aside{Err: outbox.ErrDamaged})
	if len(d.of(health.OutboxDamaged)) != 1 {
		t.Error("it is not told of")
	}
	finish(t, p)
}

// What is refused and not yet buried is not sent again because all is read anew.
func TestRefusedIsNotReadAgain(t *testing.T) {
	to := &sink{answer: func(r *record.Record) error {
		if r.Key == "0" {
			return &Refused{errors.New("too large")}
		}
		return errAway
	}}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	p, d := began(box, to, quick())
	box.set(func(f *flaky) { f.unburied = syscall.ENOSPC })
	offer(t, p, 2, 0, 5)
	eventually(t, "it is refused", func() bool { return p.Stats().Dead == 5 })
	box.set(func(f *flaky) { f.blind = &outbox.Aside{Err: outbox.ErrDamaged} })
	eventually(t, "it is read anew", func() bool { return len(d.of(health.OutboxDamaged)) > 0 })
	box.set(func(f *flaky) { f.blind = nil })
	tries := p.Stats().Retries
	eventually(t, "all is tried again", func() bool { return p.Stats().Retries > tries+50 })
	if n := p.Stats().Dead; n != 5 {
		t.Errorf("%d were refused", n)
	}
	box.set(func(f *flaky) { f.unburied = nil })
	to.answers(nil)
	finish(t, p)
}
