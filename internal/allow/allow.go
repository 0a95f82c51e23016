// Package allow answers who may do what would be told of otherwise.
package allow

import (
	"net/netip"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Entry names who may do what looks like scanning, or worse. Tags as in flow.Config.
type Entry struct {
	Source netip.Prefix `yaml:"source" desc:"address or prefix that may"`
	Target netip.Prefix `yaml:"target" desc:"only towards this prefix; everywhere when absent"`
	Kinds  []string     `yaml:"kinds" desc:"kinds of finding that are expected; all when absent"`
	Reason string       `yaml:"reason" desc:"why; required"`
	By     string       `yaml:"by" desc:"who allowed it"`
	Until  time.Time    `yaml:"until" desc:"date (UTC) after which the entry no longer holds, by packet time"`
}

// Kinds is a set of kinds of finding.
type Kinds uint16

// Of returns the set of ks; one that is unknown is not in it.
func Of(ks ...alert.Kind) (set Kinds) {
	for _, k := range ks {
		if i := slices.Index(alert.Kinds, k); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// Has reports whether all of ks are in the set.
func (s Kinds) Has(ks Kinds) bool { return s&ks == ks }

// List is the entries of a site; nil is none. Not for concurrent use.
type List struct {
	entries []Entry
	kinds   []Kinds
	hits    []uint64
}

// New returns the list of entries.
func New(entries []Entry) *List {
	l := &List{entries: entries, hits: make([]uint64, len(entries))}
	for i := range entries {
		set := ^Kinds(0)
		if len(entries[i].Kinds) > 0 {
			set = 0
			for _, k := range entries[i].Kinds {
				set |= Of(alert.Kind(k))
			}
		}
		l.kinds = append(l.kinds, set)
	}
	return l
}

// Hits returns by entry how often it covered something that would have been looked at.
func (l *List) Hits() []uint64 { return l.hits }

// Permits returns which of the kinds asked for source may cause at target. Entries that
// cover any of them are counted if count is set. Nothing is allocated, and a site has
// few entries.
func (l *List) Permits(asked Kinds, source, target packet.Addr, now packet.Time, count bool) (may Kinds) {
	if l == nil || len(l.entries) == 0 {
		return 0
	}
	s, t := source.Netip(), target.Netip()
	for i := range l.entries {
		if l.kinds[i]&asked == 0 || !l.entries[i].covers(s, t, now) {
			continue
		}
		if count {
			l.hits[i]++
		}
		may |= l.kinds[i] & asked
	}
	return may
}

func (e *Entry) covers(source, target netip.Addr, now packet.Time) bool {
	return e.Source.Contains(source) &&
		(!e.Target.IsValid() || e.Target.Contains(target)) &&
		(e.Until.IsZero() || now.UTC().Before(e.Until))
}
