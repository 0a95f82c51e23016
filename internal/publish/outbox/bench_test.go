package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// bench returns n records of 3 KB, as a scan has them.
func bench(n int) (out []record.Record) {
	for i := range n {
		out = append(out, rec(i, alert.Update, alert.High, 3000))
	}
	return out
}

func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := opened(b, DefaultConfig())
			add := bench(n)
			var done []uint64
			b.SetBytes(int64(n) * 3000)
			for b.Loop() {
				var err error
				if done, err = s.Commit(add, done, nil); err != nil { // as in use: what was added is acknowledged by the next
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkNext(b *testing.B) {
	s := opened(b, DefaultConfig())
	for range 10 {
		must(b, s, bench(1000)...)
	}
	b.SetBytes(100 * 3000)
	for after := uint64(0); b.Loop(); {
		es, err := s.Next(after, 100, 1<<20)
		if err != nil {
			b.Fatal(err)
		}
		if after = 0; len(es) > 0 {
			after = es[len(es)-1].ID
		}
	}
}

// BenchmarkShed commits to an outbox that is full, so that for each that comes one goes.
func BenchmarkShed(b *testing.B) {
	s := opened(b, Config{MaxSize: 64 << 20, MaxAge: time.Hour})
	add := bench(1000)
	for s.Stats().Lost[Full] == 0 {
		must(b, s, add...)
	}
	b.SetBytes(1000 * 3000)
	for b.Loop() {
		must(b, s, add...)
	}
	b.ReportMetric(float64(b.N*1000)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkOpen opens an outbox of 64 MiB, which is read as a whole.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	for s.Stats().Bytes < 64<<20 {
		must(b, s, bench(1000)...)
	}
	size := s.Stats().FileBytes
	b.SetBytes(int64(size))
	for b.Loop() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if s, err = Open(dir, DefaultConfig()); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
