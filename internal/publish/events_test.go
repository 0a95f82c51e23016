package publish

import (
	"syscall"
	"testing"

	"github.com/wormwatch/wormwatch/internal/health"
)

// What waits for a sink that is away while the disk fails too is not called durable.
func TestDegradedOnBothSides(t *testing.T) {
	to := &sink{answer: fails(all, &Broken{errAway})}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20), fail: syscall.ENOSPC}
	p, d := began(box, to, nervous())
	offer(t, p, 1, 0, 3)
	eventually(t, "both are told", func() bool { return len(d.of(health.OutboxDegraded)) >= 2 })
	for _, e := range d.of(health.OutboxDegraded) {
		if e.Data.(health.OutboxDegradedData).Durable {
			t.Errorf("%+v", e)
		}
	}
	to.answers(nil)
	box.set(func(f *flaky) { f.fail = nil })
	finish(t, p)
}
