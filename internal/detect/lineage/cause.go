package lineage

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

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
// may begin to sweep, and those who reached it be found out, later than that is remembered
// elsewhere.
func (b *Book) Swept(source packet.Addr, realm uint32, since packet.Time) {
	if r := b.get(host{source, realm}); r != nil {
		r.began = since
	}
	b.proven(source, realm, func(_ packet.Addr, m *Meeting) {
		m.swept = m.swept || since.Add(-early) <= m.Time
	})
}

// Began returns when a host began its latest sweep that is over, if that is no longer ago
// than the memory.
func (b *Book) Began(addr packet.Addr, realm uint32, now packet.Time) (began packet.Time, ok bool) {
	if r := b.get(host{addr, realm}); r != nil && r.began != 0 && now.Sub(r.began) <= b.cfg.Memory {
		return r.began, true
	}
	return 0, false
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
