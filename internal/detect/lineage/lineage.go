// Package lineage remembers who reached which home host on the watched services, and what
// followed: when the host starts to sweep, the sweeper that infected it can be named.
//
// That somebody was reached proves nothing: a scanner reaches many. Proof is payload that
// went to the host, or that the host called back to the one who knocked, as worms make it
// do to fetch their body (TFTP, FTP, HTTP).
package lineage

import (
	"time"

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
	least := &r.meetings[0]
	for i := 1; i < kept; i++ {
		if b.less(&r.meetings[i], least, realm, now) {
			least = &r.meetings[i]
		}
	}
	if now.Sub(least.Time) < b.cfg.Memory {
		b.stats.MeetingsLost++
	}
	return least
}

// less orders meetings by what they say: forgotten ones first, then those of unsuspicious
// sources, then of old acquaintances, then old ones.
func (b *Book) less(x, y *Meeting, realm uint32, now packet.Time) bool {
	if old := now.Sub(x.Time) >= b.cfg.Memory; old != (now.Sub(y.Time) >= b.cfg.Memory) {
		return old
	}
	if p, q := b.site.Score(x.Source, realm), b.site.Score(y.Source, realm); p != q {
		return p < q
	}
	if x.first != y.first {
		return y.first
	}
	return x.Time < y.Time
}

// portTFTP is where the worms of 2003 and later had their body fetched from (RFC 1350).
const portTFTP = 69

// Packet notes what follows a meeting: payload to the host, or a call back. For nearly every
// packet it looks at the ports and flags only.
func (b *Book) Packet(ev *packet.Event) {
	switch {
	case ev.Kind == packet.KindTCP && ev.TCPFlags&(packet.SYN|packet.ACK) == packet.SYN:
		if b.site.Ports.Group(packet.ProtoTCP, ev.DstPort) == flow.NoGroup {
			b.calledBack(ev)
		}
	case ev.Kind == packet.KindTCP && ev.Payload > 0:
		if b.site.Ports.Group(packet.ProtoTCP, ev.DstPort) != flow.NoGroup {
			b.payload(ev)
		}
	case ev.Kind == packet.KindUDP && ev.DstPort == portTFTP:
		b.calledBack(ev)
	}
}

func (b *Book) payload(ev *packet.Event) {
	if m := b.meeting(ev.Dst, ev.Src, ev, b.cfg.Memory); m != nil {
		b.proves(m, ev)
		m.Octets += min(uint32(ev.Payload), ^uint32(0)-m.Octets)
	}
}

func (b *Book) calledBack(ev *packet.Event) {
	if m := b.meeting(ev.Src, ev.Dst, ev, b.cfg.CallBack); m != nil && m.CalledBack == 0 {
		b.proves(m, ev)
		m.CalledBack, m.Proto = ev.DstPort, ev.Proto
	}
}

// proves notes that something came of a meeting, before that is entered.
func (b *Book) proves(m *Meeting, ev *packet.Event) {
	if !m.Proven() {
		b.some.add(b.hash(&host{m.Source, b.site.Realm(ev)}), ev.Time)
	}
}

// meeting returns that of a victim with a source if it is no older than within.
func (b *Book) meeting(victim, source packet.Addr, ev *packet.Event, within time.Duration) *Meeting {
	r := b.get(host{victim, b.site.Realm(ev)})
	if r == nil {
		return nil
	}
	m := r.find(source)
	if m == nil || ev.Time.Sub(m.Time) > within {
		return nil
	}
	return m
}

// early is how long before its sweep was told apart a source may have begun it: with a
// probe here and there.
const early = 10 * time.Minute

// Cause returns the meeting that a host which began to sweep at that time was most likely
// infected by. sweeps tells since when a source sweeps.
func (b *Book) Cause(victim packet.Addr, realm uint32, began packet.Time, sweeps func(packet.Addr, uint32) (packet.Time, bool)) (Meeting, bool) {
	r := b.get(host{victim, realm})
	if r == nil {
		return Meeting{}, false
	}
	var best *Meeting
	for i := range r.meetings[:r.n] {
		m := &r.meetings[i]
		if !m.Proven() || m.Time >= began || began.Sub(m.Time) > b.cfg.Memory {
			continue
		}
		if since, ok := sweeps(m.Source, realm); !m.swept && (!ok || since.Add(-early) > m.Time) {
			continue
		}
		if best == nil || m.better(best) {
			best = m
		}
	}
	if best == nil {
		return Meeting{}, false
	}
	return *best, true
}

// better: a call back says more than payload; of equals the later one.
func (m *Meeting) better(than *Meeting) bool {
	if back := m.CalledBack != 0; back != (than.CalledBack != 0) {
		return back
	}
	return m.Time > than.Time
}

// Victims tells of the home hosts that a source reached and that something came of, in no
// particular order: for a source that is found out after its victims. It looks at the whole
// book.
func (b *Book) Victims(source packet.Addr, realm uint32, tell func(victim packet.Addr)) {
	b.proven(source, realm, func(victim packet.Addr, _ *Meeting) { tell(victim) })
}

// Swept tells that a sweep of a source, which began then, is over: those whom it reached
// may begin to sweep later than that is remembered elsewhere.
func (b *Book) Swept(source packet.Addr, realm uint32, since packet.Time) {
	b.proven(source, realm, func(_ packet.Addr, m *Meeting) {
		m.swept = m.swept || since.Add(-early) <= m.Time
	})
}

// proven tells of the meetings of a source that something came of.
func (b *Book) proven(source packet.Addr, realm uint32, tell func(victim packet.Addr, m *Meeting)) {
	if !b.some.may(b.hash(&host{source, realm})) {
		return
	}
	for i := range b.table.Cap() {
		h, r := b.table.At(i)
		if r == nil || h.realm != realm {
			continue
		}
		if m := r.find(source); m != nil && m.Proven() {
			tell(h.addr, m)
		}
	}
}
