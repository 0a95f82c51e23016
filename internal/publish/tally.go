package publish

import (
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// stopped is why a record is lost that is offered when the publisher takes no more. The
// other reasons are the outbox's.
const stopped = "stopped"

// maxSorts bounds the sorts of losses that are told apart. Kinds are few; this is for
// whoever makes them of what a packet says.
const maxSorts = 256

// sort is what losses are counted by.
type sort struct {
	reason, kind string
	activity     alert.Activity
	severity     alert.Severity
}

// tally counts what was lost.
type tally map[sort]*outbox.Loss

// lose counts r.
func (t tally) lose(reason string, r *record.Record) {
	t.add(outbox.Loss{
		Reason: reason, Kind: r.Kind, Activity: r.Activity, Severity: r.Severity,
		Count: 1, First: r.Raised, Last: r.Raised,
	})
}

// add counts what another tally counted.
func (t tally) add(l outbox.Loss) {
	s := sort{l.Reason, l.Kind, l.Activity, l.Severity}
	if t[s] == nil && len(t) >= maxSorts {
		s = sort{reason: l.Reason}
		l.Kind, l.Activity, l.Severity = "", 0, 0
	}
	have := t[s]
	if have == nil {
		t[s] = &l
		return
	}
	have.Count += l.Count
	if l.First.Before(have.First) {
		have.First = l.First
	}
	if l.Last.After(have.Last) {
		have.Last = l.Last
	}
}

// list returns what was counted.
func (t tally) list() []outbox.Loss {
	var out []outbox.Loss
	for _, l := range t {
		out = append(out, *l)
	}
	return out
}
