package publish

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// model is a queue as one would write it down: a list.
type model struct {
	waits, out []record.Record
	lost       map[string]uint64
	maxRecords int
	maxBytes   int64
}

func (m *model) fits(r record.Record) bool {
	bytes := sizeOf(&r)
	both := slices.Concat(m.out, m.waits)
	for i := range both {
		bytes += sizeOf(&both[i])
	}
	return len(both) < m.maxRecords && bytes <= m.maxBytes
}

func (m *model) offer(r record.Record) bool {
	whole := true
	for !m.fits(r) {
		whole = false
		victim := -1
		for i := range m.waits {
			if m.waits[i].Rank() <= r.Rank() && (victim < 0 || m.waits[i].Rank() < m.waits[victim].Rank()) {
				victim = i
			}
		}
		if victim < 0 || sizeOf(&r) > m.maxBytes {
			m.lost[r.Kind]++
			return false
		}
		m.lost[m.waits[victim].Kind]++
		m.waits = slices.Delete(m.waits, victim, victim+1)
	}
	m.waits = append(m.waits, r)
	return whole
}

func uids(rs []record.Record) (out []string) {
	for i := range rs {
		out = append(out, rs[i].UID)
	}
	return out
}

func TestQueueIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{lost: map[string]uint64{}, maxRecords: rapid.IntRange(1, 20).Draw(t, "records"), maxBytes: rapid.Int64Range(300, 8000).Draw(t, "bytes")}
		q := newQueue(m.maxRecords, m.maxBytes)
		var out []*entry
		n := 0
		t.Repeat(map[string]func(*rapid.T){
			"offer": func(t *rapid.T) {
				n++
				r := record.Record{
					Stream: record.Stream(rapid.IntRange(1, 2).Draw(t, "stream")), UID: fmt.Sprint(n),
					Kind:     rapid.SampledFrom([]string{"a", "b"}).Draw(t, "kind"),
					Activity: alert.Activity(rapid.IntRange(0, 3).Draw(t, "activity")),
					Severity: alert.Severity(rapid.IntRange(0, 9).Draw(t, "severity")),
					Body:     make([]byte, rapid.SampledFrom([]int{0, 10, 1000, 9000}).Draw(t, "octets")),
				}
				if got, want := q.offer(r), m.offer(r); got != want {
					t.Fatalf("offered %t, want %t", got, want)
				}
			},
			"take": func(t *rapid.T) {
				records, bytes := rapid.IntRange(1, 10).Draw(t, "most"), rapid.Int64Range(1, 5000).Draw(t, "octets")
				got := q.take(records, bytes)
				if out != nil {
					if got != nil {
						t.Fatal("two batches are out")
					}
					return
				}
				for len(m.waits) > 0 && len(m.out) < records && (len(m.out) == 0 || sizeOf(&m.waits[0]) <= bytes) {
					bytes -= sizeOf(&m.waits[0])
					m.out, m.waits = append(m.out, m.waits[0]), m.waits[1:]
				}
				var have []record.Record
				for _, e := range got {
					have = append(have, e.rec)
				}
				if !slices.Equal(uids(have), uids(m.out)) {
					t.Fatalf("took %q, want %q", uids(have), uids(m.out))
				}
				out = got
			},
			"settle": func(t *rapid.T) {
				if out == nil {
					return
				}
				var kept []record.Record
				for _, e := range out {
					if e.done = rapid.Bool().Draw(t, "done"); !e.done {
						kept = append(kept, e.rec)
					}
				}
				q.settle(out)
				m.waits, m.out, out = append(kept, m.waits...), nil, nil
			},
			"": func(t *rapid.T) {
				records, bytes, _ := q.waiting()
				var want int64
				both := slices.Concat(m.out, m.waits)
				for i := range both {
					want += sizeOf(&both[i])
				}
				if records != len(both) || bytes != want || records > m.maxRecords || bytes > m.maxBytes {
					t.Fatalf("%d records of %d octets, want %d of %d", records, bytes, len(both), want)
				}
				lost := map[string]uint64{}
				losses := q.losses()
				for _, l := range losses {
					lost[l.Kind] += l.Count
				}
				q.lostAgain(losses)
				if fmt.Sprint(lost) != fmt.Sprint(m.lost) {
					t.Fatalf("lost %v, want %v", lost, m.lost)
				}
			},
		})
	})
}

// The sorts of losses are bounded, whatever the kinds are made of; their sum stays right.
func TestTallyIsBounded(t *testing.T) {
	y := tally{}
	for n := range 3 * maxSorts {
		r := finding("0", n)
		r.Kind = fmt.Sprint(n)
		y.lose(stopped, &r)
	}
	var sum uint64
	for _, l := range y.list() {
		sum += l.Count
	}
	if len(y) > maxSorts+1 || sum != 3*maxSorts {
		t.Errorf("%d sorts, %d lost", len(y), sum)
	}
}

func BenchmarkOffer(b *testing.B) {
	q := newQueue(1<<15, 16<<20)
	r := finding("10.1.2.3", 1)
	r.Body = make([]byte, 3000)
	b.ReportAllocs()
	for b.Loop() {
		q.offer(r)
	}
}
