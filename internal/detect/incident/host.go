package incident

import (
	"slices"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// What evidence counts.
const (
	strong = 1.0
	weak   = 0.5
)

// standing is what is held against a host in one family: the latest evidence of either
// strength, 0 where there is none.
type standing struct {
	strong, weak packet.Time
	techniques   uint64 // as interned
	omitted      uint32 // moments that are no longer kept
	classes      uint8
}

func (s *standing) add(ev *Evidence, techniques uint64) {
	if ev.Strong {
		s.strong = max(s.strong, ev.Time)
	} else {
		s.weak = max(s.weak, ev.Time)
	}
	s.techniques |= techniques
	s.classes |= ev.classes()
}

func (s *standing) empty() bool { return s.strong == 0 && s.weak == 0 }

// host is the evidence about one.
type host struct {
	standing [families]standing
	line     shortline // up to its incident
	by       infection // where standing[infections] holds
	told     packet.Time
	mac      [6]byte
	learning bool        // when the latest evidence came
	outward  bool        // the latest sweep went outside
	apart    packet.Time // latest evidence of the edge that no sweep outward makes by itself
	open     bool        // has an open incident
}

// forget drops what is left of a family.
func (h *host) forget(f family) {
	h.standing[f] = standing{}
	h.line.drop(f)
}

// host returns the record of one, nil if there is no room for evidence of that strength.
func (b *Book) host(k *key, strength float64) *host {
	hash := b.hash(k)
	if _, h := b.hosts.Get(hash, *k); h != nil {
		return h
	}
	if !b.room(hash, strength) {
		b.stats.HostsRefused++
		return nil
	}
	_, h, evicted := b.hosts.Claim(hash, *k, b.lesser)
	if evicted && b.worth(h) > 0 {
		b.stats.HostsLost++
	}
	*h = host{open: b.open.Get(*k) != nil}
	return h
}

// room reports whether there is a place for evidence of that strength: weak evidence, which
// is easily forged, displaces no strong one before that has lost as much by its age.
func (b *Book) room(hash uint64, strength float64) bool {
	first := b.hosts.Set(hash) * table.Ways
	for slot := range table.Ways {
		if _, h := b.hosts.At(first + slot); h == nil || b.worth(h) <= strength {
			return true
		}
	}
	return false
}

// lesser says whose evidence goes when there is no room.
func (b *Book) lesser(x, y *host) bool { return b.worth(x) < b.worth(y) }

// worth is what would be lost with the evidence about a host: it fades as the evidence
// does, so that of equals the older goes.
func (b *Book) worth(h *host) (sum float64) {
	if h.open {
		sum = float64(families)
	}
	for f := range h.standing {
		sum += b.faded(h.standing[f].strong, h.standing[f].weak)
	}
	return sum
}

// faded is the strength of evidence of these times, fading linearly to nothing.
func (b *Book) faded(s, w packet.Time) float64 { return max(strong*b.left(s), weak*b.left(w)) }

// left is how much is left of evidence of a time.
func (b *Book) left(at packet.Time) float64 {
	if at == 0 {
		return 0
	}
	return max(0, 1-float64(b.now.Sub(at))/float64(b.cfg.Fade))
}

// weight is what a family counts.
type weight struct {
	strength float64 // in full while it lasts
	faded    float64 // by its age
}

// weigh returns what a family counts now. A sweep that goes on counts as of its latest packet,
// not of when it was told. An IRC session that is still open counts as now; as a bot's if
// the latest of a bot is no older than the session.
func (b *Book) weigh(k *key, h *host, f family) (w weight) {
	s, t := h.standing[f].strong, h.standing[f].weak
	if f == ircs && !h.standing[f].empty() {
		if since, ok := b.talking(k); ok && s != 0 && s >= since {
			s = b.now
		} else if ok {
			t = b.now
		}
	}
	if f == sweeps && s != 0 && b.site.Sweeping != nil {
		if latest, ok := b.site.Sweeping(k.addr, k.realm); ok {
			s = max(s, latest)
		}
	}
	switch {
	case b.left(s) > 0:
		w.strength = strong
	case b.left(t) > 0:
		w.strength = weak
	}
	w.faded = b.faded(s, t)
	return w
}

// Leaves tells that a packet ends an IRC session of a host. If it was told of, and is open
// still for Site.Talking, it counts as of now from here on: that it began days ago makes it
// no older.
func (b *Book) Leaves(now packet.Time, addr packet.Addr, realm uint32) {
	k := key{addr, realm}
	_, h := b.hosts.Get(b.hash(&k), k)
	if h == nil || h.standing[ircs].empty() {
		return
	}
	since, ok := b.talking(&k)
	if !ok {
		return
	}
	b.now = max(b.now, now)
	if s := &h.standing[ircs]; s.strong != 0 && s.strong >= since {
		s.strong = b.now
	} else {
		s.weak = b.now
	}
}

func (b *Book) talking(k *key) (since packet.Time, ok bool) {
	if b.site.Talking == nil {
		return 0, false
	}
	return b.site.Talking(k.addr, k.realm)
}

// counts reports whether a family counts: novelty only beside a strong sweep.
func (b *Book) counts(k *key, h *host, f family) bool {
	switch {
	case f == novelties && b.weigh(k, h, sweeps).strength < strong:
		return false
	case f == edges && h.outward && b.left(h.apart) == 0:
		return false // the same packets as the sweep's
	}
	return b.weigh(k, h, f).strength > 0
}

// counting returns which families count.
func (b *Book) counting(k *key, h *host) (which [families]bool) {
	for f := range families {
		which[f] = b.counts(k, h, f)
	}
	return which
}

// sum is what all families count together.
func (b *Book) sum(k *key, h *host) (sum float64) {
	for f, counts := range b.counting(k, h) {
		if counts {
			sum += b.weigh(k, h, family(f)).strength
		}
	}
	return sum
}

// confidence is how sure the rule is, 0-100: as if a strong kind by itself were wrong once
// in five times, a weak one in three of five, and they erred independently.
func (b *Book) confidence(k *key, h *host) uint8 {
	const right = 0.8
	wrong := 1.0
	for f, counts := range b.counting(k, h) {
		if counts {
			wrong *= 1 - right*b.weigh(k, h, family(f)).faded
		}
	}
	c := 100 * (1 - wrong)
	if h.learning {
		c -= 10
	}
	return uint8(c)
}

// recall enters an IRC session that is open but of which the evidence had to go: of whom it
// is is not known any more.
func (b *Book) recall(k *key, h *host) {
	if !h.standing[ircs].empty() {
		return
	}
	if since, ok := b.talking(k); ok {
		b.enter(k, h, &Evidence{
			Time: since, Host: k.addr, Realm: k.realm, Kind: IRC, Event: string(alert.IRCC2), MAC: h.mac, Learning: h.learning,
			Message: k.addr.String() + " has an open IRC session that was told of earlier",
		})
	}
}

// interned are the ids of techniques, by the bit that stands for them.
type interned struct {
	ids [64]string
	n   int
}

// maxID bounds an id; ATT&CK's have nine characters.
const maxID = 16

// intern returns the bits of ids.
func (b *Book) intern(ids []string) (set uint64) {
	t := &b.techniques
	for _, id := range ids {
		id = id[:min(len(id), maxID)]
		i := slices.Index(t.ids[:t.n], id)
		if i < 0 && t.n == len(t.ids) {
			b.stats.TechniquesLost++
			continue
		}
		if i < 0 {
			i = t.n
			t.ids[i] = strings.Clone(id)
			t.n++
		}
		set |= 1 << i
	}
	return set
}

// list returns the ids of a set, ascending.
func (t *interned) list(set uint64) []string {
	ids := []string{}
	for i := range t.n {
		if set>>i&1 != 0 {
			ids = append(ids, t.ids[i])
		}
	}
	slices.Sort(ids)
	return ids
}
