package flow

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Stats counts what the tracker did and what it could not keep.
type Stats struct {
	Events     uint64 // observed
	Trials     uint64 // opened
	First      uint64 // of them first meetings
	TrialsLost uint64 // given up unanswered for want of room (memory.half_open)
	PairsLost  uint64 // remembered pairs displaced before their time (memory.pairs)
	TrialsOpen int
	Pairs      int
	Hosts      int
}

// Tracker finds contacts and their outcomes in a stream of events. Not for concurrent
// use. All its memory is allocated by New.
type Tracker struct {
	seed     uint64
	cfg      Config
	nets     *Territory
	ports    *Ports
	hosts    *hosts
	pairs    *pairs
	trials   *trials
	relays   *relays
	prefixes *prefixes
	now      packet.Time
	latest   packet.Time   // event
	watched  time.Duration // packet time in which there was traffic: gaps count for maxGap
	stats    Stats
}

// New returns a tracker for a valid configuration. A replay uses a fixed seed, a live
// sensor a secret one.
func New(cfg Config, seed uint64) *Tracker {
	return &Tracker{
		seed:     seed,
		cfg:      cfg,
		nets:     NewTerritory(&cfg.Networks),
		ports:    NewPorts(&cfg),
		hosts:    newHosts(&cfg.Memory),
		pairs:    newPairs(&cfg.Memory),
		trials:   newTrials(&cfg.Memory),
		relays:   newRelays(),
		prefixes: newPrefixes(),
	}
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	m := &c.Memory
	ring := table.Round(m.HalfOpen)
	half := table.BillOf[trialKey, trial]("half-open slots", 2*m.HalfOpen)
	half.Bytes += int64(ring) * 16
	hosts := table.BillOf[struct{}, hour]("home addresses", m.Addresses)
	hosts.Bytes += int64(hosts.Entries/table.Ways)*4 + seenCache*8
	return []table.Bill{
		half,
		table.BillOf[struct{}, pair]("pairs", m.Pairs),
		hosts,
		table.BillOf[uint64, relay]("link addresses", relaysKept),
		table.BillOf[packet.Addr, darkCount]("prefixes", prefixesKept),
	}
}

// Stats returns the counters.
func (t *Tracker) Stats() Stats {
	s := t.stats
	s.PairsLost = t.pairs.evicted
	s.TrialsOpen = t.trials.table.Used()
	s.Pairs = t.pairs.table.Used()
	s.Hosts = t.hosts.table.Used()
	return s
}

// Observe takes one event, appends the contacts that it opens or decides to out, after
// those that fell due before it, and returns out. Events come in order of time; one that
// does not counts as of the latest.
func (t *Tracker) Observe(ev *packet.Event, out []Contact) []Contact {
	if t.stats.Events == 0 {
		t.now, t.latest = ev.Time, ev.Time
	}
	t.stats.Events++
	out = t.Advance(ev.Time, out)
	t.watch()
	t.see(ev)
	switch ev.Kind {
	case packet.KindTCP:
		return t.tcp(ev, out)
	case packet.KindUDP:
		return t.udp(ev, out)
	case packet.KindUnreachable:
		return t.unreachable(ev, out)
	case packet.KindARPRequest, packet.KindARPReply:
		return t.arp(ev, out)
	}
	return out
}

// Advance tells that it is now, appends the contacts whose time to answer ran out, each
// with its deadline as its time, and returns out.
func (t *Tracker) Advance(now packet.Time, out []Contact) []Contact {
	if now <= t.now {
		return out
	}
	t.now = now
	latest := now.Add(-t.cfg.Memory.AnswerTimeout)
	for {
		slot, ok := t.trials.next(latest)
		if !ok {
			return out
		}
		out = t.expire(slot, out)
	}
}

// maxGap is how much of a time without any packet counts as watched. A sensor sees some
// packet each hour; a recording with a gap of a month shows nothing of that month, and
// nobody is dead or dark because of it.
const maxGap = time.Hour

// watch adds the time since the latest event to what was watched.
func (t *Tracker) watch() {
	t.watched += min(max(0, t.now.Sub(t.latest)), maxGap)
	t.latest = t.now
}

// hour is the hour of watching, the clock of aliveness.
func (t *Tracker) hour() hour { return 1 + hour(t.watched/time.Hour) }

func (t *Tracker) hash(a *packet.Addr, realm uint32) uint64 {
	return table.Hash(t.seed, (*[16]byte)(a), uint64(realm))
}

// credible reports whether ev proves that its source exists. A bare SYN and a request to
// a watched UDP service may be forged by the million and prove nothing; an answer to a
// trial is looked at where the trial is.
func (t *Tracker) credible(ev *packet.Event) bool {
	switch ev.Kind {
	case packet.KindTCP:
		if ev.TCPFlags&packet.ACK == 0 || ev.Flags&packet.FlagCut != 0 {
			return false
		}
		opens := ev.TCPFlags&packet.SYN != 0
		return !opens || t.ports.tcp[ev.SrcPort] == NoGroup
	case packet.KindUDP:
		return t.ports.udp[ev.SrcPort] == NoGroup && t.ports.udp[ev.DstPort] == NoGroup ||
			ev.Flags&packet.FlagGroup != 0
	case packet.KindARPRequest, packet.KindARPReply, packet.KindICMP:
		return true
	}
	return false
}

// see marks the source of a credible event alive, at most once an hour and address.
func (t *Tracker) see(ev *packet.Event) {
	if !t.credible(ev) {
		return
	}
	h := t.hash(&ev.Src, t.nets.Realm(ev))
	if t.hosts.fresh(h, t.hour()) {
		t.alive(ev, h)
	}
}

// alive notes that the source of ev, with hash h, exists. TCP from an unknown address in
// a prefix that answers for everybody proves nothing.
func (t *Tracker) alive(ev *packet.Event, h uint64) {
	if ev.Src.IsZero() || ev.Src.IsMulticast() {
		return
	}
	home := t.nets.Home(ev.Src)
	t.relays.learn(t.seed, &ev.SrcMAC, ev.Src, h, home, hourOf(t.now))
	if !home || ev.Kind == packet.KindTCP && t.prefixes.proxied(t.seed, ev.Src) {
		return
	}
	t.hosts.mark(h, t.hour())
}
