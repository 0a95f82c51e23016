package quality

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// window is the classic counter: so many distinct hosts at which a source failed within
// so long a time. With 25 in 5 minutes it is Zeek's scan.zeek (addr_scan_threshold 25,
// addr_scan_interval 5 min), the rule that was removed in 6.1. The window slides, so a
// scan across two tumbling ones is not missed, and a failure that repeats counts once, at
// its latest time: the rule's fair best form.
type window struct {
	name    string
	targets int
	width   time.Duration
	failed  map[packet.Addr][]failure // oldest first, each target once
}

type failure struct {
	target packet.Addr
	at     packet.Time
}

func newWindow(name string, targets int, width time.Duration) *window {
	return &window{name: name, targets: targets, width: width, failed: map[packet.Addr][]failure{}}
}

func (w *window) title() string { return w.name }

// observe reports whether c makes its source a scanner; it then starts from nothing.
func (w *window) observe(c *flow.Contact) bool {
	if c.Outcome != flow.Refused && c.Outcome != flow.Silent {
		return false
	}
	kept := w.failed[c.Source]
	n := 0
	for _, f := range kept {
		if f.target != c.Target && c.Time.Sub(f.at) < w.width {
			kept[n] = f
			n++
		}
	}
	kept = append(kept[:n], failure{c.Target, c.Time})
	if len(kept) >= w.targets {
		delete(w.failed, c.Source)
		return true
	}
	w.failed[c.Source] = kept
	return false
}
