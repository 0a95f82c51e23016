package detect

import (
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Version is the version of the rules, as it stands in findings.
const Version = "1"

// Site is what findings say of the place, and what it permits.
type Site struct {
	Sensor    string
	Services  []flow.Service // by Contact.Group; ARP is behind the last
	Allow     *allow.List
	Interface func(uint16) string // name of an interface by Contact.Iface
	// Listed returns the blocklists that name an outside source; nil where there are none.
	Listed func(packet.Addr) []alert.Listing
	// Counted returns what the kernel counted of a source; nil where nothing counts, and
	// of a source that it knows nothing of.
	Counted func(packet.Addr) *alert.Counted
}

// Stats counts what the engine found and what it could not keep.
type Stats struct {
	Contacts        uint64 // steps of trials judged
	Findings        uint64
	Sources         int    // scored
	Episodes        int    // open
	Watched         int    // of them above slow.watch when last seen; counted on demand
	SourcesLost     uint64 // scores displaced (detect.tables.sources)
	DossiersLost    uint64 // dossiers displaced (detect.tables.dossiers)
	EpisodesLost    uint64 // episodes closed early (detect.tables.episodes)
	EpisodesHeld    uint64 // steps of episodes that were closed so and not opened again within the hour
	TrialsLost      uint64 // told by the tracker
	Missed          uint64 // packets that capture lost
	OneWay          bool   // the mirror shows one direction only
	ARPBlind        bool   // replies to who-has do not pass here: ARP is not judged
	StaleDiscounts  uint64 // dark contacts with old names
	OutageDiscounts uint64 // failures that were nobody's fault
}

// Engine judges contacts. Not for concurrent use. All its memory is allocated by New,
// findings apart.
type Engine struct {
	seed     uint64
	cfg      Config
	site     Site
	groups   []group
	sources  *table.Table[sourceKey, source]
	lighter  func(a, b *source) bool
	dossiers *table.Table[sourceKey, dossier]
	targets  targets
	sight    visibility
	sweeps   *episode.Open[sweepKey, sweep]
	watched  []Watched // of the latest Observe
	stats    Stats
}

// group is a service group as the engine needs it.
type group struct {
	name   string
	tcp    []uint16
	udp    []uint16
	weight float64
	arp    bool
	nbns   bool // 137/udp: Windows asks there on its own
}

// New returns an engine for a valid configuration; seed as for the tracker.
func New(cfg Config, site Site, seed uint64) *Engine {
	return &Engine{
		seed:     seed,
		cfg:      cfg,
		site:     site,
		groups:   newGroups(site.Services, cfg.Weights.ARP),
		sources:  table.New[sourceKey, source](cfg.Tables.Sources),
		lighter:  lighter(cfg.Slow.HalfLife),
		dossiers: table.New[sourceKey, dossier](cfg.Tables.Dossiers),
		targets:  targets{seed, table.New[sourceKey, target](cfg.Tables.Targets)},
		sight: visibility{
			seed: seed, outage: cfg.Outage, mirror: cfg.Mirror,
			prefixes: table.New[packet.Addr, view](cfg.Tables.Prefixes),
		},
		sweeps: newSweeps(&cfg, seed),
	}
}

func newGroups(services []flow.Service, arp float64) []group {
	gs := make([]group, 0, len(services)+1)
	for _, s := range services {
		g := group{name: s.Name, tcp: s.TCP, udp: s.UDP, weight: s.Weight}
		if g.weight == 0 {
			g.weight = 1
		}
		for _, p := range s.UDP {
			g.nbns = g.nbns || p == 137
		}
		gs = append(gs, g)
	}
	return append(gs, group{name: flow.GroupARP, weight: arp, arp: true})
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	t := &c.Tables
	return []table.Bill{
		table.BillOf[sourceKey, source]("sources", t.Sources),
		table.BillOf[sourceKey, dossier]("dossiers", t.Dossiers),
		table.BillOf[sourceKey, target]("targets", t.Targets),
		table.BillOf[packet.Addr, view]("prefixes seen", t.Prefixes),
		episode.Bill[sweepKey, sweep]("episodes", t.Episodes),
	}
}

// Stats returns the counters.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Sources, s.Episodes = e.sources.Used(), e.sweeps.Len()
	s.OneWay = e.OneWay()
	s.ARPBlind = !e.sight.arp()
	for i := range e.sources.Cap() {
		if _, src := e.sources.At(i); src != nil && src.score() >= e.cfg.Slow.Watch {
			s.Watched++
		}
	}
	return s
}

// OneWay reports whether the mirror shows one direction only. It costs nothing to ask.
func (e *Engine) OneWay() bool { return e.sight.all.oneWay(&e.cfg.Mirror) }

// The kinds of finding that the engine makes.
var (
	scanFast = allow.Of(alert.ScanFast)
	scanSlow = allow.Of(alert.ScanSlow)
	scans    = scanFast | scanSlow
)

// Observe judges one step of a trial, appends what it finds to out, and returns out.
// Contacts come in order of time.
func (e *Engine) Observe(c *flow.Contact, out []alert.Finding) []alert.Finding {
	out = e.Advance(c.Time, out)
	e.stats.Contacts++
	e.watched = e.watched[:0]
	if c.Outcome == flow.Lost {
		e.stats.TrialsLost++
		e.sight.note(c, 0, false, false)
		return out
	}
	g := &e.groups[c.Group]
	k := sourceKey{c.Source, c.Realm, c.Group}
	h := keyHash(e.seed, &k)
	_, known := e.sources.Get(h, k)
	e.sight.note(c, h, g.arp, known != nil && known.alive && !e.suspicious(known))
	may := e.site.Allow.Permits(scans, c.Source, c.Target, c.Time, c.Outcome == flow.Opened)
	if may.Has(scans) || g.exempt(c) {
		return out
	}
	j := judgement{
		c: c, k: k, h: h, may: may, g: g,
		src: e.source(h, &k),
		dos: e.dossier(h, &k, c.Outcome == flow.Opened && c.Facts&(flow.First|flow.Again) != 0),
	}
	e.judge(&j)
	out = e.rules(&j, out)
	e.watch(&j)
	return out
}

// exempt: Windows looks up the names of Internet hosts that talk to it on its own; that
// is a matter of policy, and never a scan.
func (g *group) exempt(c *flow.Contact) bool {
	return g.nbns && c.Port == 137 && c.Has(flow.SourceHome) && !c.Has(flow.TargetHome)
}

// Advance tells that it is now, appends the ends of the episodes that fell quiet to out,
// and returns out.
func (e *Engine) Advance(now packet.Time, out []alert.Finding) []alert.Finding {
	e.sweeps.CloseQuiet(now, func(_ *sweepKey, ep *sweep) {
		out = e.say(ep, alert.Close, ep.Quiet, out)
	})
	return out
}

// Missed tells that n packets of interest were lost by now: until that is a minute ago the
// silence of targets means nothing, and counts of episodes that are open are lower bounds.
func (e *Engine) Missed(now packet.Time, n uint64) {
	e.sight.missed(now, n)
	e.stats.Missed += n
}

// Next returns a time before which Advance finds nothing.
func (e *Engine) Next() packet.Time { return e.sweeps.Next() }

func (e *Engine) source(h uint64, k *sourceKey) *source {
	if _, s := e.sources.Get(h, *k); s != nil {
		return s
	}
	_, s, evicted := e.sources.Claim(h, *k, e.lighter)
	if evicted && s.score() >= zero {
		e.stats.SourcesLost++
	}
	*s = source{}
	return s
}

func (e *Engine) dossier(h uint64, k *sourceKey, claim bool) *dossier {
	if _, d := e.dossiers.Get(h, *k); d != nil || !claim {
		return d
	}
	_, d, evicted := e.dossiers.Claim(h, *k, thinner)
	if evicted && d.size() > 1 {
		e.stats.DossiersLost++
	}
	*d = dossier{}
	return d
}
