package detect

import (
	"net/netip"
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// allowed answers which kinds of finding a contact may not lead to.
type allowed struct {
	entries []Allow
	Hits    []uint64 // by entry: contacts that it covered
}

// permits is what an entry covers.
type permits struct{ fast, slow bool }

func newAllowed(entries []Allow) *allowed {
	return &allowed{entries: entries, Hits: make([]uint64, len(entries))}
}

// of looks the contact up: nothing is allocated, and a site has few entries.
func (a *allowed) of(c *flow.Contact) (p permits) {
	if len(a.entries) == 0 {
		return p
	}
	source, target := c.Source.Netip(), c.Target.Netip()
	for i := range a.entries {
		e := &a.entries[i]
		if !e.covers(source, target, c.Time) {
			continue
		}
		if c.Outcome == flow.Opened {
			a.Hits[i]++
		}
		p.fast = p.fast || e.names(alert.ScanFast)
		p.slow = p.slow || e.names(alert.ScanSlow)
	}
	return p
}

func (e *Allow) covers(source, target netip.Addr, now packet.Time) bool {
	return e.Source.Contains(source) &&
		(!e.Target.IsValid() || e.Target.Contains(target)) &&
		(e.Until.IsZero() || now.UTC().Before(e.Until))
}

func (e *Allow) names(k alert.Kind) bool {
	return len(e.Kinds) == 0 || slices.Contains(e.Kinds, string(k))
}
