package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

var errAway = errors.New("connection refused")

// fails returns an answer that has some records fail.
func fails(which func(r *record.Record) bool, err error) func(*record.Record) error {
	return func(r *record.Record) error {
		if which(r) {
			return err
		}
		return nil
	}
}

func all(*record.Record) bool { return true }

func ofKey(key string) func(*record.Record) bool {
	return func(r *record.Record) bool { return r.Key == key }
}

func offer(t testing.TB, p *Publisher, keys, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		for k := range keys {
			if !p.Offer(finding(fmt.Sprint(k), n)) {
				t.Fatal("no room")
			}
		}
	}
}

// A partition without a leader holds up its own keys and no others.
func TestOneKeyAwayTheOthersGo(t *testing.T) {
	to := &sink{answer: fails(ofKey("2"), errAway)}
	p, d := began(open(t, t.TempDir(), 64<<20), to, nervous())
	offer(t, p, 5, 0, 200)
	eventually(t, "the others arrive", func() bool { return to.count() == 800 })
	eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDegraded)) == 1 })
	if s := p.Stats(); s.Waiting != 200 || s.Degraded != errAway.Error() || s.Retries == 0 {
		t.Errorf("%+v", s)
	}
	offer(t, p, 5, 200, 250)
	eventually(t, "the others go on", func() bool { return to.count() == 1000 })
	to.answers(nil)
	eventually(t, "the end is told", func() bool { return len(d.of(health.OutboxRecovered)) == 1 })
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 5, 250)
}

func TestSinkAwayAndBack(t *testing.T) {
	to := &sink{answer: fails(all, &Broken{errAway})}
	p, d := began(open(t, t.TempDir(), 64<<20), to, quick())
	offer(t, p, 9, 0, 100)
	eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDegraded)) == 1 })
	eventually(t, "it is tried again", func() bool { return p.Stats().Retries > 2000 })
	eventually(t, "all is on disk", func() bool { return p.Stats().Outbox.Records == 900 })
	to.answers(nil)
	eventually(t, "the end is told", func() bool { return len(d.of(health.OutboxRecovered)) == 1 })
	offer(t, p, 9, 100, 110)
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 9, 110)

	if len(d.told) != 2 {
		t.Errorf("told %+v", d.told)
	}
	e := d.of(health.OutboxDegraded)[0]
	if data := e.Data.(health.OutboxDegradedData); !data.Durable || data.Reason != errAway.Error() || data.Sink != "kafka" || data.Since == 0 || data.Records == 0 {
		t.Errorf("%+v", e)
	}
	e = d.of(health.OutboxRecovered)[0]
	if data := e.Data.(health.OutboxRecoveredData); data.Late != 900 || data.Since == 0 {
		t.Errorf("%+v", e)
	}
}

// What only a person can mend is told of at once, and tried again all the same.
func TestBrokenIsToldAtOnce(t *testing.T) {
	to := &sink{answer: fails(all, &Broken{errors.New("wrong password")})}
	p, d := began(open(t, t.TempDir(), 64<<20), to, quick())
	offer(t, p, 1, 0, 3)
	eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDegraded)) == 1 })
	to.answers(nil)
	finish(t, p)
	inOrder(t, to.taken(record.Findings), 1, 3)
}

// A broker that accepts and never answers is a fault too.
func TestNoAnswerIsTold(t *testing.T) {
	to := &sink{hold: make(chan struct{})}
	p, d := began(open(t, t.TempDir(), 64<<20), to, nervous())
	offer(t, p, 3, 0, 3)
	eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDegraded)) == 1 })
	close(to.hold)
	eventually(t, "the end is told", func() bool { return len(d.of(health.OutboxRecovered)) == 1 })
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 3, 3)
	if e := d.of(health.OutboxDegraded)[0]; !strings.Contains(e.Data.(health.OutboxDegradedData).Reason, "no answer") {
		t.Errorf("%+v", e)
	}
}

// A record that is refused for good does not hold up those behind it.
func TestRefusedIsADeadLetter(t *testing.T) {
	refused := []string{"1/3", "1/7", "4/0"}
	to := &sink{answer: fails(func(r *record.Record) bool { return slices.Contains(refused, r.UID) }, &Refused{errors.New("too large")})}
	tune := quick()
	tune.report = time.Hour
	box := open(t, t.TempDir(), 64<<20)
	p, d := began(box, to, tune)
	offer(t, p, 5, 0, 20)
	eventually(t, "they are dead letters", func() bool { return p.Stats().Outbox.Dead == 3 })
	eventually(t, "it is told", func() bool { return len(d.of(health.DeadLetters)) == 1 })
	eventually(t, "the others arrive", func() bool { return to.count() == 97 })
	dead, err := box.List(true, 0, 10)
	if err != nil || len(dead) != 3 || !strings.Contains(dead[0].Reason, "too large") {
		t.Errorf("%+v, %v", dead, err)
	}
	if s := p.Stats(); s.Dead != 3 || s.Degraded != "" || s.Waiting != 0 || s.Retries != 0 {
		t.Errorf("%+v", s)
	}

	// A person mends it, and has them sent.
	to.answers(nil)
	if n, err := box.Retry(nil, true); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	eventually(t, "they are sent", func() bool { return to.count() == 100 })
	finish(t, p)
	to.check(t)
	if len(d.told) != 1 {
		t.Errorf("told %+v", d.told)
	}
}

// A topic for health records that is missing holds back no finding, and the latest
// heartbeat takes the place of those before.
func TestHealthTopicAway(t *testing.T) {
	health := func(r *record.Record) bool { return r.Stream == record.Health }
	to := &sink{answer: fails(health, errAway)}
	p, _ := began(open(t, t.TempDir(), 64<<20), to, quick())
	beat := func(uid string) record.Record {
		return record.Record{Stream: record.Health, UID: uid, Key: "test", Kind: "heartbeat", Raised: time.Now().UTC()}
	}
	p.Beat(beat("first"))
	started := beat("started")
	started.Kind = "started"
	p.Offer(started)
	for n := range 50 {
		offer(t, p, 3, n, n+1)
		p.Beat(beat(fmt.Sprint(n)))
		eventually(t, "findings arrive", func() bool { return to.count() == 3*(n+1) })
	}
	var tried atomic.Bool
	to.answers(func(r *record.Record) error {
		if r.Stream == record.Health {
			tried.CompareAndSwap(false, r.UID == "last")
			return errAway
		}
		return nil
	})
	p.Beat(beat("last"))
	eventually(t, "the heartbeat is tried", tried.Load)
	to.answers(nil)
	eventually(t, "the heartbeat arrives", func() bool { return slices.Contains(to.taken(record.Health)["test"], "last") })
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 3, 50)
	if got := to.taken(record.Health)["test"]; len(got) != 2 || !slices.Contains(got, "started") {
		t.Errorf("%q", got)
	}
	if s := p.Stats(); s.Sent != 151 {
		t.Errorf("%+v", s)
	}
}

// A key that fails is let be for a while, whatever comes behind it; another one is tried.
// Once that goes, so does what failed together with all others.
func TestBackOff(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	tune := quick()
	tune.backoff, tune.backoffMax = time.Hour, time.Hour
	p, _ := began(open(t, t.TempDir(), 64<<20), to, tune)
	calls := func() int { to.mu.Lock(); defer to.mu.Unlock(); return to.calls }
	offer(t, p, 1, 0, 1)
	eventually(t, "it is tried", func() bool { return p.Stats().Retries == 1 })
	offer(t, p, 1, 1, 50)
	eventually(t, "all is on disk", func() bool { return p.Stats().Outbox.Records == 50 })
	time.Sleep(5 * tune.fresh)
	if n := calls(); n != 1 {
		t.Errorf("%d calls", n)
	}
	p.Offer(finding("1", 0))
	eventually(t, "the other is tried", func() bool { return calls() == 2 })
	to.answers(nil)
	p.Offer(finding("2", 0))
	eventually(t, "all arrive", func() bool { return to.count() == 52 })
	finish(t, p)
	to.check(t)
}

// mute is a sink that says nothing about its first batch.
type mute struct {
	*sink
	said bool
}

func (m *mute) Send(ctx context.Context, batch []*record.Record) []error {
	if m.said {
		return m.sink.Send(ctx, batch)
	}
	m.said = true
	return nil
}

// What a sink says nothing about, it does not have.
func TestNoWordIsAFailure(t *testing.T) {
	to := &mute{sink: &sink{}}
	p, _ := began(open(t, t.TempDir(), 64<<20), to, quick())
	offer(t, p, 2, 0, 10)
	finish(t, p)
	inOrder(t, to.taken(record.Findings), 2, 10)
	if p.Stats().Retries == 0 {
		t.Error("no failure")
	}
}

// What a person drops while the sink is away is not sent afterwards.
func TestDroppedIsNotSent(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := open(t, t.TempDir(), 64<<20)
	p, _ := began(box, to, quick())
	offer(t, p, 2, 0, 10)
	eventually(t, "all is on disk and was tried", func() bool { s := p.Stats(); return s.Outbox.Records == 20 && s.Retries > 100 })
	if n, err := box.Drop([]string{"0/0", "0/5", "1/9"}, false, false); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	// It is read anew within this time; a try may be under way at that moment.
	tries := p.Stats().Retries
	time.Sleep(2 * quick().reread)
	eventually(t, "it is tried again", func() bool { return p.Stats().Retries > tries+200 })
	to.answers(nil)
	finish(t, p)
	to.check(t)
	got := to.taken(record.Findings)
	if slices.Contains(got["0"], "0/0") || slices.Contains(got["0"], "0/5") || slices.Contains(got["1"], "1/9") || len(got["0"]) != 8 || len(got["1"]) != 9 {
		t.Errorf("%q", got)
	}
}

func TestDrain(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	p, _ := began(open(t, t.TempDir(), 64<<20), to, quick())
	if err := p.Drain(context.Background()); err != nil {
		t.Error(err)
	}
	offer(t, p, 2, 0, 10)
	eventually(t, "it fails", func() bool { return p.Stats().Degraded != "" })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Drain(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "kafka: 20 records wait: "+errAway.Error()) {
		t.Error(err)
	}
	to.answers(nil)
	if err := p.Drain(context.Background()); err != nil || to.count() != 20 {
		t.Error(err, to.count())
	}
	finish(t, p)
}
