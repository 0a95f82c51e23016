package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/detect/knock"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// answersKept is how many of the targets that answered are kept: the candidate victims.
const answersKept = 16

// meeting is a contact in a dossier, and what it adds to the books: of the source, or of
// the fast episode that tells of it.
type meeting struct {
	opened  packet.Time
	target  packet.Addr
	srcPort uint16
	port    uint16
	state   state
	again   bool // no first contact: the target was tried before, and never answered
	excused bool // silence means nothing: no failure until proven
	told    bool // evidence of a fast episode, and in its books instead of the source's
	mark
}

// mark is how a meeting is judged.
type mark struct {
	weight                              float32 // on this part of the score
	part                                part
	judged, dark, failed, novel, served bool // counted as such
}

// state is how a meeting stands.
type state uint8

const (
	waiting state = iota
	answered
	refused
	silent
)

// dossier is the latest first contacts of a source in a group: the sliding window of the
// fast rule, and the samples of findings.
type dossier struct {
	ring    [MaxWindowTargets]meeting
	n       uint64 // meetings since the dossier was opened
	answers [answersKept]meeting
	nAnswer uint64
	ports   uint64 // bit i: port i of the group's list was tried
	knock   knock.Sum
	mac     [6]byte
	vlan    uint16
	iface   uint16
	alive   bool // as source.alive
}

// size is how many meetings are kept.
func (d *dossier) size() int { return int(min(d.n, MaxWindowTargets)) }

// at returns the i-th latest meeting, 0 being the latest.
func (d *dossier) at(i int) *meeting { return &d.ring[(d.n-1-uint64(i))%MaxWindowTargets] }

// add notes a first contact, or one with a target that was tried in vain before.
func (d *dossier) add(c *flow.Contact) *meeting {
	d.n++
	m := d.at(0)
	*m = meeting{
		opened: c.OpenedAt, target: c.Target, srcPort: c.SrcPort, port: c.Port,
		again: c.Has(flow.Again),
	}
	d.mac, d.vlan, d.iface = c.MAC, c.VLAN, c.Iface
	d.alive = d.alive || c.Has(flow.SourceAlive)
	return m
}

// find returns the meeting that c is a step of, nil if it is no longer kept.
func (d *dossier) find(c *flow.Contact) *meeting {
	for i := range d.size() {
		m := d.at(i)
		if m.opened < c.OpenedAt {
			return nil
		}
		if m.opened == c.OpenedAt && m.target == c.Target {
			return m
		}
	}
	return nil
}

// met reports whether the target was met after since.
func (d *dossier) met(target packet.Addr, since packet.Time) bool {
	for i := range d.size() {
		m := d.at(i)
		if m.opened <= since {
			return false
		}
		if m.target == target {
			return true
		}
	}
	return false
}

// answer keeps a target that answered.
func (d *dossier) answer(c *flow.Contact) {
	d.answers[d.nAnswer%answersKept] = meeting{
		opened: c.OpenedAt, target: c.Target, srcPort: c.SrcPort, port: c.Port, state: answered,
	}
	d.nAnswer++
}

// roundTrip is longer than a live host in the network takes to answer.
const roundTrip = 100 * time.Millisecond

// window counts the meetings of the last d up to now.
type window struct {
	targets, answered, resolved int
	first                       packet.Time // the oldest meeting's
}

// For resolved, a target that has waited for longer than a round trip is decided: of a
// sweep at 50 a second the dossier holds the latest second only.
func (d *dossier) window(now packet.Time, width time.Duration) (w window) {
	since := now.Add(-width)
	for i := range d.size() {
		m := d.at(i)
		if m.opened <= since {
			break
		}
		w.first = m.opened
		w.targets++
		switch {
		case m.state == answered || m.excused && m.state != refused && !m.dark:
			w.answered++
			w.resolved++
		case m.state != waiting || m.dark || now.Sub(m.opened) > roundTrip:
			w.resolved++
		}
	}
	return w
}

// within reports whether the latest n meetings happened within width before now.
func (d *dossier) within(n int, now packet.Time, width time.Duration) bool {
	return d.size() >= n && d.at(n-1).opened > now.Add(-width)
}

// thinner orders dossiers by what would be lost with them, as lighter does sources.
func thinner(a, b *dossier) bool {
	if a.alive != b.alive {
		return b.alive
	}
	if a.size() != b.size() {
		return a.size() < b.size()
	}
	return a.size() == 0 || a.at(0).opened < b.at(0).opened
}
