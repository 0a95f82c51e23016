package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// What waits when a publisher stops is sent by the next.
func TestWhatWaitsSurvivesAStop(t *testing.T) {
	dir := t.TempDir()
	away := &sink{answer: fails(all, errAway)}
	p, _ := began(open(t, dir, 64<<20), away, quick())
	offer(t, p, 4, 0, 50)
	var left *Left
	if err := p.Stop(over()); !errors.As(err, &left) || left.Waiting != 200 || left.Unsaved != 0 ||
		!strings.Contains(err.Error(), "200 records wait in the outbox for the next start") {
		t.Fatal(err)
	}
	if p.Offer(finding("0", 50)) || p.Stats().Lost[stopped] != 1 {
		t.Error("it takes records after its end")
	}
	if err := p.Put(context.Background(), finding("0", 50)); !errors.Is(err, ErrStopped) {
		t.Error(err)
	}
	if err := p.Stop(context.Background()); !errors.As(err, &left) {
		t.Error("the second Stop says another thing:", err)
	}
	away.check(t)

	to := &sink{}
	p, _ = began(open(t, dir, 64<<20), to, quick())
	offer(t, p, 4, 50, 60)
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 4, 60)
}

// A Send that is under way is let go at the end of Stop, and what it did not take waits.
func TestStopEndsASendThatHangs(t *testing.T) {
	dir := t.TempDir()
	to := &sink{hold: make(chan struct{}), ctxToo: true}
	p, _ := began(open(t, dir, 64<<20), to, quick())
	offer(t, p, 4, 0, 50)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	var left *Left
	if err := p.Stop(ctx); !errors.As(err, &left) || left.Waiting != 200 {
		t.Fatal(err)
	}
	to.check(t)
	if !to.closed {
		t.Error("the sink is not closed")
	}
	again := &sink{}
	p, _ = began(open(t, dir, 64<<20), again, quick())
	finish(t, p)
	inOrder(t, again.taken(record.Findings), 4, 50)
}

// Neither a sink nor a disk that never answers holds up the end; they are left open.
func TestStopDoesNotHang(t *testing.T) {
	tune := quick()
	tune.grace = 20 * time.Millisecond
	hold := make(chan struct{})

	to := &sink{hold: hold}
	p, _ := began(open(t, t.TempDir(), 64<<20), to, tune)
	offer(t, p, 1, 0, 5)
	eventually(t, "it sends", func() bool { to.mu.Lock(); defer to.mu.Unlock(); return to.sending })
	var left *Left
	if err := p.Stop(over()); !errors.As(err, &left) || left.Waiting != 5 || !strings.Contains(err.Error(), "kafka: it does not answer") {
		t.Error(err)
	}
	if to.closed {
		t.Error("the sink is closed while it sends")
	}

	idle := &sink{}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20), hold: hold}
	q, _ := began(box, idle, tune)
	offer(t, q, 1, 0, 5)
	if err := q.Stop(over()); !errors.As(err, &left) || left.Unsaved != 5 || !strings.Contains(err.Error(), "outbox: the disk does not answer") {
		t.Error(err)
	}

	// They answer at last, and their goroutines end.
	close(hold)
	for _, p := range []*Publisher{p, q} {
		<-p.drained
		<-p.written
		if err := p.store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What could not be saved at the end is said to be lost.
func TestStopSaysWhatIsLost(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20), fail: fmt.Errorf("outbox: %w", syscall.ENOSPC)}
	p, _ := began(box, to, quick())
	offer(t, p, 2, 0, 5)
	var left *Left
	if err := p.Stop(over()); !errors.As(err, &left) || left.Waiting != 0 || left.Unsaved != 10 ||
		!strings.Contains(err.Error(), "10 records are lost") || !strings.Contains(err.Error(), "no space left") {
		t.Error(err)
	}
	to.check(t)
}

// Losses that could not be told of are told of by the next.
func TestLossesSurviveAStop(t *testing.T) {
	dir := t.TempDir()
	tune := quick()
	tune.queueRecords = 10
	hold := make(chan struct{})
	box := &flaky{Store: open(t, dir, 64<<20), hold: hold}
	p, _ := began(box, &sink{answer: fails(all, errAway)}, tune)
	for n := range 30 {
		p.Offer(finding("0", n))
	}
	box.set(func(f *flaky) { f.hold = nil })
	close(hold)
	lost := p.Stats().Lost[outbox.QueueFull]
	eventually(t, "they are in the account", func() bool {
		s := p.Stats()
		return s.Queue == 0 && s.Outbox.Lost[outbox.QueueFull] == lost
	})
	_ = p.Stop(over())

	to := &sink{}
	p, _ = began(open(t, dir, 64<<20), to, quick())
	eventually(t, "they are told of", func() bool { return len(to.taken(record.Health)["test"]) == 1 })
	finish(t, p)
	to.check(t)
	for _, r := range to.got {
		if r.Stream == record.Health && string(r.Body) != fmt.Sprintf("%q", fmt.Sprintf("%d records were given up and never sent (queue_full %d)", lost, lost)) {
			t.Errorf("%s", r.Body)
		}
	}
	if n := len(to.taken(record.Findings)["0"]); n+int(lost) != 30 {
		t.Errorf("%d sent, %d lost", n, lost)
	}
}

// Put waits for room in memory and on disk: nothing is lost, however slow the sink is.
func TestPutWaitsForRoom(t *testing.T) {
	const each = 1500
	hold := make(chan struct{})
	to := &sink{hold: hold}
	tune := quick()
	tune.queueRecords = 50
	box := open(t, t.TempDir(), 1<<20)
	p, d := began(box, to, tune)
	done := make(chan error)
	go func() {
		for n := range each {
			r := finding("0", n)
			r.Body = append(r.Body, make([]byte, 3000)...)
			if err := p.Put(context.Background(), r); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	eventually(t, "the outbox is full", func() bool { return box.Room() < 50<<10 })
	for range 10 { // what the sensor says of itself does not wait
		p.Offer(encode(health.Event{Kind: health.OutboxDegraded, Message: strings.Repeat("x", 2000)}))
	}
	time.Sleep(5 * tune.ackDelay) // what does not wait is given up by now
	to.mu.Lock()
	to.hold = nil
	to.mu.Unlock()
	close(hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, octets := range []int{1 << 20, 20 << 20} {
		if err := p.Put(t.Context(), record.Record{UID: "huge", Body: make([]byte, octets)}); err == nil || !strings.Contains(err.Error(), "huge") {
			t.Error(err)
		}
	}
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 1, each)
	if s := p.Stats(); s.lost() != 0 || len(d.told) != 0 {
		t.Errorf("%+v %+v", s, d.told)
	}
}

func TestPutEndsWithItsContext(t *testing.T) {
	tune := quick()
	tune.queueRecords = 1
	hold := make(chan struct{})
	box := &flaky{Store: open(t, t.TempDir(), 64<<20), hold: hold}
	p, _ := began(box, &sink{}, tune)
	if err := p.Put(context.Background(), finding("0", 0)); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := p.Put(ctx, finding("0", 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	close(hold)
	finish(t, p)
}
