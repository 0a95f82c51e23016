package detect

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// steps makes the contacts of many sources, each of which meets many targets: opened, and
// one in three answered, refused or silent a little later.
func steps(n, sources int) []flow.Contact {
	cs := make([]flow.Contact, 0, 2*n)
	now := start
	for i := range n {
		now = now.Add(100 * time.Microsecond)
		c := flow.Contact{
			Time: now, OpenedAt: now,
			Source: packet.AddrFrom4([]byte{10, 8, byte(i % sources >> 8), byte(i % sources)}),
			Target: packet.AddrFrom4([]byte{10, 9, byte(i >> 8), byte(i)}),
			Port:   445, SrcPort: uint16(i),
			Facts: flow.First | flow.SourceHome | flow.TargetHome | flow.Alive,
		}
		cs = append(cs, c)
		c.Time, c.Outcome = now.Add(time.Microsecond), flow.Answered+flow.Outcome(i%3)
		cs = append(cs, c)
	}
	return cs
}

func benchEngine(groups []flow.Service) *Engine {
	return New(DefaultConfig(), Site{Sensor: "bench", Services: groups}, 1)
}

// Judging allocates nothing; only a finding does, and there is one or none for many
// thousand contacts.
func TestObserveDoesNotAllocate(t *testing.T) {
	cs := steps(20_000, 4096)
	e := benchEngine(flow.DefaultConfig().Services)
	var out []alert.Finding
	i := 0
	if n := testing.AllocsPerRun(20_000, func() {
		out = e.Observe(&cs[i], out[:0])
		i++
	}); n != 0 {
		t.Errorf("%g allocations a contact", n)
	}
	if len(out) != 0 {
		t.Errorf("%d findings in the last call: the test is to judge ordinary contacts", len(out))
	}
}

func BenchmarkObserve(b *testing.B) {
	for _, bc := range []struct {
		name    string
		sources int
	}{{"1 k sources", 1 << 10}, {"64 k sources", 1 << 16}} {
		b.Run(bc.name, func(b *testing.B) {
			cs := steps(1<<18, bc.sources)
			e := benchEngine(flow.DefaultConfig().Services)
			var out []alert.Finding
			i := 0
			for b.Loop() {
				out = e.Observe(&cs[i%len(cs)], out[:0])
				i++
			}
		})
	}
}
