package edge

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/detect/knock"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// tally counts contacts and the different peers of them.
type tally struct {
	first    packet.Time // packet
	contacts uint32
	peers    distinct
}

func (t *tally) add(c *flow.Contact, peer uint64) {
	if t.contacts == 0 {
		t.first = c.OpenedAt
	}
	t.contacts++
	t.peers.add(uint32(peer >> 32))
}

// portsKept is how many different ports are named.
const portsKept = 16

// trail is what a source did, whoever answered.
type trail struct {
	tally
	services uint64 // by Contact.Group
	ports    [portsKept]uint16
	nPorts   uint8
	learning bool
	met      samples
	mac      [6]byte
	vlan     uint16
	iface    uint16
}

// note takes what a contact tells beside the counts.
func (t *trail) note(c *flow.Contact) {
	t.met.meet(sampleOf(c))
	t.services |= 1 << c.Group
	if t.nPorts < portsKept && !slices.Contains(t.ports[:t.nPorts], c.Port) {
		t.ports[t.nPorts] = c.Port
		t.nPorts++
	}
	t.mac, t.vlan, t.iface = c.MAC, c.VLAN, c.Iface
	t.learning = c.Has(flow.Learning)
}

// tries are what a source did so far, told of or not. Outside sources may be forged by the
// million: they are in here only once somebody answered them.
type tries struct {
	trail
	lookups tally // of the contacts, those that asked for names
	last    packet.Time
	told    packet.Time // latest Create
}

// slighter says whose tries go when there is no room: of those not told of, who met fewer;
// then who was longer unseen.
func slighter(a, b *tries) bool {
	if told := a.told != 0; told != (b.told != 0) {
		return !told
	}
	if a.peers.n != b.peers.n {
		return a.peers.n < b.peers.n
	}
	return a.last < b.last
}

// asked returns the trail of the name look-ups alone.
func (t *tries) asked(c *flow.Contact) trail {
	asked := trail{tally: t.lookups}
	t.met.each(func(s *sample) {
		if s.port == portNames {
			asked.met.meet(*s)
		}
	})
	asked.note(c)
	return asked
}

// crossing is the episode of a source that crosses the edge.
type crossing struct {
	episode.Life
	key key
	trail
	answered distinct // peers
	reached  samples
	octets   uint64 // of payload, both ways
	next     struct{ peers, answered uint64 }
	lookups  bool // nothing but name look-ups
	knock    knock.Sum
	told     knock.Kinds // of it, in the records so far
}

// reach takes a peer that answered.
func (e *crossing) reach(c *flow.Contact, peer uint64) {
	e.note(c)
	e.reached.meet(sampleOf(c))
	e.peers.add(uint32(peer >> 32))
	e.answered.add(uint32(peer >> 32))
}

// advance sets how far the episode has to grow until it is told again.
func (e *crossing) advance() {
	e.next.peers = tenfold(e.next.peers, e.peers.n)
	e.next.answered = tenfold(e.next.answered, e.answered.n)
}

// tenfold returns the first of next, next*10, ... that is above n; 10n to begin with.
func tenfold(next uint64, n uint32) uint64 {
	if next == 0 {
		return 10 * uint64(max(1, n))
	}
	for next <= uint64(n) {
		next *= 10
	}
	return next
}

// severity is the contract's table, one step higher where it is known what the knock was
// for, and that it was for more than sharing files.
func (j *Judge) severity(e *crossing) alert.Severity {
	s := alert.Low
	switch {
	case e.key.ingress:
		s = alert.Medium
	case j.site.HomeDefault:
		s = alert.Informational
	}
	if e.knock.Grave() {
		s++
	}
	return s
}
