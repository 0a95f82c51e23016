// Package lineage remembers who reached which home host on the watched services, and what
// followed: when the host starts to sweep, the sweeper that infected it can be named.
//
// That somebody was reached proves nothing: a scanner reaches many. Proof is payload that
// went to the host, or that the host called back to the one who knocked, as worms make it
// do to fetch their body (TFTP, FTP, HTTP).
package lineage

import (
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// kept is how many that reached a host are remembered.
const kept = 6

// host names one; realms separate equal addresses.
type host struct {
	addr  packet.Addr
	realm uint32
}

// Meeting is that a source reached a home host on a watched service.
type Meeting struct {
	Time       packet.Time // of the answer
	Source     packet.Addr
	Octets     uint32 // of payload that went to the host, saturating
	Port       uint16
	CalledBack uint16 // port at the source that the host called then, 0: none
	Proto      uint8  // of that call
	Group      uint8
	first      bool // they had never met before
	swept      bool // the source swept by then, in a sweep that is over
}

// Proven reports whether an infection can have come of it.
func (m *Meeting) Proven() bool { return m.Octets > 0 || m.CalledBack != 0 }

// reached is who reached a host.
type reached struct {
	latest   packet.Time
	began    packet.Time // its own latest sweep that is over, 0: none
	n        uint8
	meetings [kept]Meeting
}

// Stats counts what the book could not keep.
type Stats struct {
	Hosts        int
	HostsLost    uint64 // displaced (detect.lineage.victims)
	MeetingsLost uint64 // displaced by others of the same host within the memory
}

// Book is the memory. Not for concurrent use; all of it is allocated by New.
type Book struct {
	seed  uint64
	cfg   Config
	site  Site
	table *table.Table[host, reached]
	some  provers
	stats Stats
}

// New returns an empty book for a valid configuration.
func New(cfg Config, site Site, seed uint64) *Book {
	return &Book{
		seed: seed, cfg: cfg, site: site,
		table: table.New[host, reached](cfg.Victims), some: newProvers(cfg.Victims, cfg.Memory),
	}
}

// Stats returns the counters.
func (b *Book) Stats() Stats {
	s := b.stats
	s.Hosts = b.table.Used()
	return s
}

func (b *Book) hash(h *host) uint64 {
	return table.Hash(b.seed, (*[16]byte)(&h.addr), uint64(h.realm))
}

func (b *Book) get(h host) *reached {
	_, r := b.table.Get(b.hash(&h), h)
	return r
}

// Met takes a contact that was answered. Those that somebody is allowed to make are not
// for here.
func (b *Book) Met(c *flow.Contact) {
	if c.Outcome != flow.Answered || !c.Has(flow.TargetHome) || c.Port == 0 {
		return
	}
	h := host{c.Target, c.Realm}
	r := b.get(h)
	if r == nil {
		var evicted bool
		_, r, evicted = b.table.Claim(b.hash(&h), h, func(x, y *reached) bool { return x.latest < y.latest })
		if evicted && c.Time.Sub(r.latest) < b.cfg.Memory {
			b.stats.HostsLost++
		}
		*r = reached{}
	}
	r.latest = max(r.latest, c.Time)
	m := r.find(c.Source)
	if m == nil {
		m = b.place(r, h.realm, c.Time)
		*m = Meeting{Source: c.Source}
	}
	// A later meeting takes an unproven one's place, not that of one with something to it.
	if m.Time == 0 || !m.Proven() || c.Time.Sub(m.Time) > b.cfg.Memory {
		*m = Meeting{Time: c.Time, Source: c.Source, Port: c.Port, Group: c.Group, first: c.Has(flow.First)}
	}
}

func (r *reached) find(source packet.Addr) *Meeting {
	for i := range r.meetings[:r.n] {
		if r.meetings[i].Source == source {
			return &r.meetings[i]
		}
	}
	return nil
}

// place makes room for a meeting: the one goes that says least.
func (b *Book) place(r *reached, realm uint32, now packet.Time) *Meeting {
	if r.n < kept {
		r.n++
		return &r.meetings[r.n-1]
	}
	var scores [kept]float64
	for i := range scores {
		scores[i] = b.site.Score(r.meetings[i].Source, realm, r.meetings[i].Group)
	}
	least := &r.meetings[0]
	for i, lowest := 1, scores[0]; i < kept; i++ {
		if m := &r.meetings[i]; b.less(m, least, scores[i], lowest, now) {
			least, lowest = m, scores[i]
		}
	}
	if now.Sub(least.Time) < b.cfg.Memory {
		b.stats.MeetingsLost++
	}
	return least
}

// less orders meetings by what they say: forgotten ones first, then those of sources of a
// lower score, then of old acquaintances, then old ones.
func (b *Book) less(x, y *Meeting, p, q float64, now packet.Time) bool {
	if old := now.Sub(x.Time) >= b.cfg.Memory; old != (now.Sub(y.Time) >= b.cfg.Memory) {
		return old
	}
	if p != q {
		return p < q
	}
	if x.first != y.first {
		return y.first
	}
	return x.Time < y.Time
}
