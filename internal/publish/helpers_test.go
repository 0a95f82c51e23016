package publish

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
	"github.com/wormwatch/wormwatch/internal/size"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what has to happen.
const patience = time.Minute

// eventually waits until it is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// quick is a tuning by which a test does not take long.
func quick() tuning {
	t := defaultTuning()
	t.backoff, t.backoffMax, t.fresh = time.Millisecond, 20*time.Millisecond, 5*time.Millisecond
	t.ackDelay, t.retry, t.poll, t.look = 5*time.Millisecond, 10*time.Millisecond, time.Millisecond, 5*time.Millisecond
	t.patience, t.diskPatience, t.calm = patience, patience, 20*time.Millisecond
	t.reread, t.expire, t.report = 50*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond
	return t
}

// nervous is quick, and tells of a fault soon.
func nervous() tuning {
	t := quick()
	t.patience, t.diskPatience = 50*time.Millisecond, 30*time.Millisecond
	return t
}

// finding returns the n-th record of a key.
func finding(key string, n int) record.Record {
	return record.Record{
		Stream: record.Findings, UID: fmt.Sprintf("%s/%d", key, n), Key: key, Kind: "scan.fast", Episode: key,
		Activity: alert.Create, Severity: alert.High, Sensor: "test", Raised: time.Now().UTC().Truncate(time.Millisecond),
		Body: []byte(`{"n":` + strconv.Itoa(n) + `}`),
	}
}

// sink is a Sink in memory that fails as it is told. It finds out whether the rules are
// kept.
type sink struct {
	mu      sync.Mutex
	answer  func(r *record.Record) error // nil: it takes all
	hold    chan struct{}                // Send waits until it is closed, or ctx is over
	ctxToo  bool                         // Send ends with ctx while it holds
	got     []record.Record              // in order
	calls   int
	sending bool
	closed  bool
	wrong   []string
}

func (s *sink) Name() string { return "kafka" }

func (s *sink) Send(ctx context.Context, batch []*record.Record) []error {
	s.mu.Lock()
	if s.sending || s.closed || len(batch) == 0 {
		s.wrong = append(s.wrong, fmt.Sprintf("Send of %d: sending %t, closed %t", len(batch), s.sending, s.closed))
	}
	s.calls++
	s.sending = true
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		var over <-chan struct{}
		if s.ctxToo {
			over = ctx.Done()
		}
		select {
		case <-hold:
		case <-over:
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sending = false
	errs := make([]error, len(batch))
	failed := map[string]bool{}
	for i, r := range batch {
		switch {
		case failed[r.Key]:
			errs[i] = errors.New("what comes before it failed")
		case s.ctxToo && ctx.Err() != nil:
			errs[i] = ctx.Err()
		case s.answer != nil:
			errs[i] = s.answer(r)
		}
		if errs[i] == nil {
			s.got = append(s.got, *r)
		} else if !isRefused(errs[i]) {
			failed[r.Key] = true
		}
	}
	return errs
}

func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sending || s.closed {
		s.wrong = append(s.wrong, fmt.Sprintf("Close: sending %t, closed %t", s.sending, s.closed))
	}
	s.closed = true
	return nil
}

// answers has the sink answer so from now on.
func (s *sink) answers(f func(r *record.Record) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

// taken returns the identities of what it took of a stream, by key and in order.
func (s *sink) taken(stream record.Stream) map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]string{}
	for _, r := range s.got {
		if r.Stream == stream {
			out[r.Key] = append(out[r.Key], r.UID)
		}
	}
	return out
}

func (s *sink) check(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.wrong {
		t.Error(w)
	}
}

// desk hears what a publisher tells.
type desk struct {
	mu   sync.Mutex
	told []health.Event
}

func (d *desk) tell(e health.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, e)
}

func (d *desk) of(kind health.Kind) (out []health.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.told {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func encode(e health.Event) record.Record {
	return record.Record{
		Stream: record.Health, UID: "h", Key: "test", Kind: string(e.Kind), Severity: e.Severity, Sensor: "test",
		Raised: time.Now().UTC(), Body: []byte(fmt.Sprintf("%q", e.Message)),
	}
}

// open opens an outbox as large as is said.
func open(t testing.TB, dir string, room size.Size) *outbox.Store {
	t.Helper()
	cfg := outbox.DefaultConfig()
	cfg.MaxSize = room
	s, err := outbox.Open(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// began starts a publisher over s with a desk of its own.
func began(s store, to Sink, tune tuning) (*Publisher, *desk) {
	d := &desk{}
	box, _ := s.(*outbox.Store)
	return start(s, box, to, Options{Tell: d.tell, Encode: encode}, tune), d
}

// finish stops p, and checks that nothing is left.
func finish(t testing.TB, p *Publisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// inOrder checks that each key has all of its n records, in order and once each.
func inOrder(t testing.TB, got map[string][]string, keys, n int) {
	t.Helper()
	if len(got) != keys {
		t.Errorf("%d keys, want %d", len(got), keys)
	}
	for key, uids := range got {
		if len(uids) != n {
			t.Errorf("%s: %d records, want %d", key, len(uids), n)
		}
		for i, uid := range uids {
			if want := fmt.Sprintf("%s/%d", key, i); uid != want {
				t.Errorf("%s: %s at %d of %s", key, uid, i, strings.Join(uids, " "))
				break
			}
		}
	}
}

// flaky is an outbox on a disk that fails and hangs as it is told.
type flaky struct {
	*outbox.Store
	mu       sync.Mutex
	fail     error         // of what writes
	blind    error         // of what reads
	unburied error         // of Bury
	hold     chan struct{} // Commit waits until it is closed
	room     uint64        // nothing is added while it has more records; 0 is no bound
	commits  int           // that were tried
}

func (f *flaky) set(do func(f *flaky)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(f)
}

func (f *flaky) state() (hold chan struct{}, fail, blind error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hold, f.fail, f.blind
}

func (f *flaky) roomFor() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.room
}

func (f *flaky) Commit(add []record.Record, done []uint64, losses []outbox.Loss) ([]uint64, error) {
	f.set(func(f *flaky) { f.commits++ })
	hold, fail, _ := f.state()
	if hold != nil {
		<-hold
	}
	if room := f.roomFor(); len(add) > 0 && room > 0 && f.Stats().Records > room {
		fail = syscall.ENOSPC
	}
	if fail != nil {
		return nil, fail
	}
	return f.Store.Commit(add, done, losses)
}

func (f *flaky) Next(after uint64, most, octets int) ([]outbox.Entry, error) {
	if _, _, blind := f.state(); blind != nil {
		return nil, blind
	}
	return f.Store.Next(after, most, octets)
}

func (f *flaky) Bury(ids []uint64, reason string, now time.Time) error {
	_, fail, _ := f.state()
	f.set(func(f *flaky) {
		if f.unburied != nil {
			fail = f.unburied
		}
	})
	if fail != nil {
		return fail
	}
	return f.Store.Bury(ids, reason, now)
}
