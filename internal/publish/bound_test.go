package publish

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// heap returns the octets in use, after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// While the sink is away, memory stays as it is however much comes; what is worth least
// goes, and every record is either sent or counted, once.
func TestSinkAwayMemoryIsBounded(t *testing.T) {
	const records, creates = 20_000, 200
	to := &sink{answer: fails(all, errAway)}
	tune := quick()
	tune.queueBytes, tune.windowBytes, tune.batchBytes = 1<<20, 1<<20, 1<<18
	tune.report = 0
	p, _ := began(open(t, t.TempDir(), 4<<20), to, tune)
	before := heap()
	most := uint64(0)
	for n := range records {
		r := finding(fmt.Sprint(n%50), n)
		r.Activity = alert.Update
		if n%(records/creates) == 0 {
			r.Activity = alert.Create
		}
		r.Body = append(r.Body, make([]byte, 3000)...)
		p.Offer(r)
		if n%2000 == 1999 {
			most = max(most, heap())
		}
	}
	eventually(t, "memory is empty", func() bool { return p.Stats().Queue == 0 })
	if most > before+(24<<20) {
		t.Errorf("%d MiB in use, %d MiB before", most>>20, before>>20)
	}
	s := p.Stats()
	if s.Outbox.Records+s.lost() != records || s.Outbox.Bytes > 4<<20 {
		t.Errorf("%+v", s)
	}
	to.answers(nil)
	finish(t, p)
	to.check(t)
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

// BenchmarkPublish is what a record of 3 KB costs from Offer to the sink, synced.
func BenchmarkPublish(b *testing.B) {
	to := &sink{}
	p, _ := began(open(b, b.TempDir(), 1<<30), to, defaultTuning())
	r := finding("10.1.2.3", 0)
	r.Body = make([]byte, 3000)
	b.SetBytes(int64(len(r.Body)))
	ctx := b.Context()
	for b.Loop() {
		if err := p.Put(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Drain(ctx); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	finish(b, p)
}

// BenchmarkOne is how long one record takes from Offer to the sink while nothing else
// comes, the sync of the disk included.
func BenchmarkOne(b *testing.B) {
	arrived := make(chan struct{}, 1)
	to := &sink{answer: func(*record.Record) error { arrived <- struct{}{}; return nil }}
	p, _ := began(open(b, b.TempDir(), 1<<30), to, defaultTuning())
	var longest time.Duration
	for b.Loop() {
		from := time.Now()
		p.Offer(finding("10.1.2.3", 0))
		<-arrived
		longest = max(longest, time.Since(from))
	}
	b.ReportMetric(float64(longest.Microseconds()), "longest-µs")
	b.StopTimer()
	finish(b, p)
}
