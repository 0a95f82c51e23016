// Package incident brings together what the detectors found about one home host: two kinds
// of evidence that do not depend on each other make it compromised.
//
// Each detector may err, but not for the same reasons: who sweeps may be an inventory tool,
// who talks IRC may be a person, and hardly anybody is both. So what counts are families of
// evidence of which each rests on other packets or other knowledge:
//
//   - sweep: scan.fast or scan.slow (strong), or a score above the watch score (weak). Both
//     are the same contacts, weighed by the same rules, hence one family;
//   - irc: irc.c2 of a bot (strong) or of a person (weak), without what blocklists add to its
//     score;
//   - edge: SMB answered across the edge (weak, since cloud shares and partners are), strong
//     if it is known that it was for more than sharing files. Look-ups of names never count,
//     nor do answers that a sweep outward got: they are packets of the sweep;
//   - listed: a contact with a host that a blocklist names (weak);
//   - novel: a connection to a port that nobody here had used outward before (weak, and only
//     beside a strong sweep: games and calls choose their ports freely; and the novelty of
//     an IRC server is a part of that evidence already). The ports of watched services are
//     none, or a sweep outward would be its own novelty;
//   - infection: a sweeper reached the host, payload went over or the host called back, and
//     then the host began to sweep itself (strong).
//
// A strong one counts 1, a weak one 1/2, and of a family the best counts. A host is
// compromised when what counts at one time is more than 1: two strong ones, a strong and a
// weak one, or three weak ones of three families. Two weak ones never suffice.
//
// Evidence counts for 48 hours (fade), a sweep from its latest packet on, and an IRC session
// that is still open counts as now: a slow worm registers once, and then needs more than half an hour for seven probes. That
// it counts in full until then, and fades only in the confidence of the finding, keeps the
// rule the same in either order: if its weight faded, a sweep and a day later a listed host
// would be less than a listed host and a day later a sweep.
package incident

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Version is the version of the rules, as it stands in findings.
const Version = "1"

// key names a host; realms separate equal addresses.
type key struct {
	addr  packet.Addr
	realm uint32
}

// Book holds the evidence. Not for concurrent use. All its memory is allocated by New,
// findings apart.
type Book struct {
	seed       uint64
	cfg        Config
	site       Site
	now        packet.Time
	hosts      *table.Table[key, host]
	open       *episode.Open[key, incident]
	techniques interned
	stats      Stats
}

// New returns an empty book for a valid configuration; seed as for the tracker.
func New(cfg Config, site Site, seed uint64) *Book {
	b := &Book{seed: seed, cfg: cfg, site: site, hosts: table.New[key, host](cfg.Tables.Hosts)}
	b.open = episode.New(cfg.Tables.Episodes, cfg.Quiet, episode.Spec[key, incident]{
		Hash: func(k key) uint64 { return b.hash(&k) },
		Life: func(i *incident) *episode.Life { return &i.Life },
		Order: func(x, y *key) int {
			return cmp.Or(bytes.Compare(x.addr[:], y.addr[:]), cmp.Compare(x.realm, y.realm))
		},
	})
	return b
}

func (b *Book) hash(k *key) uint64 {
	return table.Hash(b.seed, (*[16]byte)(&k.addr), uint64(k.realm))
}

// Stats returns the counters.
func (b *Book) Stats() Stats {
	s := b.stats
	s.Hosts, s.Episodes = b.hosts.Used(), b.open.Len()
	return s
}

// Renew keeps those incidents open that would be closed by now and whose sweep went on since
// it was told. It is to be called before the sweeps themselves are closed.
func (b *Book) Renew(now packet.Time) {
	if b.site.Sweeping == nil || !b.open.Due(now) {
		return
	}
	b.open.Each(func(k *key, i *incident) {
		if i.Quiet > now {
			return
		}
		if latest, ok := b.site.Sweeping(k.addr, k.realm); ok && latest.Add(b.cfg.Quiet) > i.Quiet {
			b.open.Touch(i, latest, latest)
		}
	})
}

// Advance tells that it is now, appends the ends of the incidents that fell quiet to out,
// and returns out.
func (b *Book) Advance(now packet.Time, out []alert.Finding) []alert.Finding {
	b.now = max(b.now, now)
	b.open.CloseQuiet(b.now, func(_ *key, i *incident) { out = b.end(i, i.Quiet, out) })
	return out
}

// Finding takes what a detector told, and appends what comes of it to out. Ends of episodes
// are no evidence.
func (b *Book) Finding(f *alert.Finding, out []alert.Finding) []alert.Finding {
	ev, ok := evidenceOf(f)
	if !ok {
		return out
	}
	ev.outward = f.Scan != nil && b.outward(f.Scan.Samples)
	return b.Note(&ev, out)
}

// outward reports whether most of these targets are outside.
func (b *Book) outward(targets []alert.Sample) bool {
	outside := 0
	for _, t := range targets {
		if !b.site.Home(packet.AddrFrom(t.IP)) {
			outside++
		}
	}
	return 2*outside > len(targets)
}

// Note takes a piece of evidence, and appends what comes of it to out. Evidence about hosts
// outside is none.
func (b *Book) Note(ev *Evidence, out []alert.Finding) []alert.Finding {
	out = b.Advance(ev.Time, out)
	if !b.site.Home(ev.Host) {
		return out
	}
	k := key{ev.Host, ev.Realm}
	h := b.host(&k, ev.strength())
	if h == nil {
		return out
	}
	b.enter(&k, h, ev)
	return b.weighed(&k, h, ev, false, out)
}

// enter puts evidence into the record of a host.
func (b *Book) enter(k *key, h *host, ev *Evidence) {
	b.stats.Evidence++
	f := ev.Kind.family()
	if b.weigh(k, h, f).strength == 0 {
		h.forget(f)
	}
	h.standing[f].add(ev, b.intern(ev.techniques()))
	m := momentOf(ev)
	if gone, ok := h.line.put(&m); ok {
		h.standing[gone].omitted++
	}
	if ev.MAC != ([6]byte{}) {
		h.mac = ev.MAC
	}
	h.learning = ev.Learning
	switch {
	case f == sweeps:
		h.outward = ev.outward
	case f == edges && (ev.Strong || ev.Event != string(alert.NetBIOSEgress)):
		h.apart = max(h.apart, ev.Time)
	}
}

// weighed looks at a host of which ev is the latest evidence; told is true if there is more
// that is worth telling than ev itself.
func (b *Book) weighed(k *key, h *host, ev *Evidence, told bool, out []alert.Finding) []alert.Finding {
	f := ev.Kind.family()
	if !b.counts(k, h, f) {
		return out
	}
	i := b.open.Get(*k)
	if i == nil {
		return b.begin(k, h, ev, out)
	}
	news := told || ev.classes()&^i.classes[f] != 0
	m := momentOf(ev)
	i.put(&m)
	i.classes[f] |= ev.classes()
	i.take(h, b.counting(k, h), b.infector(h))
	b.open.Touch(i, ev.Time, b.now)
	if !news {
		return out
	}
	i.confidence = max(i.confidence, b.confidence(k, h))
	return b.say(i, alert.Update, b.now, out)
}

// again is how soon an incident that had to be closed for want of room may be opened again.
const again = time.Hour

// begin opens an incident if the evidence about a host suffices.
func (b *Book) begin(k *key, h *host, ev *Evidence, out []alert.Finding) []alert.Finding {
	b.recall(k, h)
	if b.sum(k, h) <= 1 {
		return out
	}
	if h.told != 0 && b.now.Sub(h.told) < min(again, b.cfg.Quiet) {
		b.stats.EpisodesHeld++
		return out
	}
	if b.site.Allowed != nil && b.site.Allowed(k.addr, b.now) {
		b.stats.Allowed++
		return out
	}
	h.told, h.open = b.now, true
	i := incident{key: *k, confidence: b.confidence(k, h)}
	i.Severity, i.First, i.Last = alert.Critical, ev.Time, ev.Time
	i.take(h, b.counting(k, h), b.infector(h))
	b.victims(&i)
	begun, lost := b.open.Begin(*k, i, b.now)
	if lost != nil {
		b.stats.EpisodesLost++
		out = b.end(lost, b.now, out)
	}
	return b.say(begun, alert.Create, b.now, out)
}

// end tells of the end of an incident.
func (b *Book) end(i *incident, now packet.Time, out []alert.Finding) []alert.Finding {
	if _, h := b.hosts.Get(b.hash(&i.key), i.key); h != nil {
		h.open = false
	}
	return b.say(i, alert.Close, now, out)
}

// Open returns the open incidents as they stand, in order of their start.
func (b *Book) Open() []alert.Finding {
	var fs []alert.Finding
	b.open.Each(func(_ *key, i *incident) { fs = append(fs, b.finding(i, alert.Update, i.Last)) })
	slices.SortFunc(fs, func(x, y alert.Finding) int {
		return cmp.Or(x.FirstSeen.Compare(y.FirstSeen), cmp.Compare(x.Episode, y.Episode))
	})
	return fs
}
