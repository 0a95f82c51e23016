// Package c2 judges IRC sessions of home hosts: a bot that takes its orders there, or a
// person that chats. Each session gets a score of named parts; who is above the threshold
// is a bot. Of each home host there is one episode, which shows its most telling session.
package c2

import (
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Version is the version of the rules, as it stands in findings.
const Version = "1"

// Site is what the judge has to know of the place.
type Site struct {
	Sensor    string
	Home      func(packet.Addr) bool
	Allow     *allow.List
	Interface func(uint16) string               // name of an interface by Talk.Iface; may be nil
	Listed    func(packet.Addr) []alert.Listing // blocklists that name a server, for the evidence; may be nil
}

// Known is what the site knows of a server.
type Known struct {
	Novel    bool        // never seen before this session
	Learning bool        // too early to tell: every server is new
	First    packet.Time // when it was first seen, 0 where unknown
	Listed   string      // blocklist that names it, empty if none does
}

// Stats counts what the judge found and what it could not keep.
type Stats struct {
	Sessions     uint64 // of home hosts, with servers that are judged
	Allowed      uint64 // of them, by an allow entry when they began
	Findings     uint64
	Open         int    // sessions that are open or wait for an answer
	Episodes     int    // open
	SessionsLost uint64 // displaced while open (detect.irc.tables.sessions)
	PlacesLost   uint64 // servers and channels displaced within a day (detect.irc.tables.places)
	MembersLost  uint64 // hosts of a server or channel of which only the number is known
	EpisodesLost uint64 // closed early (detect.irc.tables.episodes)
	EpisodesHeld uint64 // steps of episodes that were closed so and not opened again
}

// host is who is told of.
type host struct {
	addr  packet.Addr
	realm uint32
}

// Judge judges sessions. Not for concurrent use. All its memory is allocated by New,
// findings apart.
type Judge struct {
	seed     uint64
	cfg      Config
	site     Site
	usual    ports
	tls      ports
	sessions *table.Table[uint64, session]
	hasty    queue // registrations that may be answered any moment
	waiting  queue // those behind, which were not welcomed yet
	places   *table.Table[placeKey, place]
	episodes *episode.Open[host, evidence]
	stats    Stats
}

// New returns a judge for a valid configuration; seed as for the tracker.
func New(cfg Config, site Site, seed uint64) *Judge {
	j := &Judge{
		seed: seed, cfg: cfg, site: site,
		usual: newPorts(cfg.Ports, cfg.TLSPorts), tls: newPorts(cfg.TLSPorts),
		sessions: table.New[uint64, session](cfg.Tables.Sessions),
		places:   table.New[placeKey, place](cfg.Tables.Places),
	}
	j.hasty, j.waiting = newQueue(j.sessions), newQueue(j.sessions)
	j.episodes = episode.New(cfg.Tables.Episodes, cfg.Quiet, episode.Spec[host, evidence]{
		Hash:  j.hashHost,
		Life:  func(e *evidence) *episode.Life { return &e.Life },
		Order: compareHosts,
	})
	return j
}

// Stats returns the counters.
func (j *Judge) Stats() Stats {
	s := j.stats
	s.Open, s.Episodes = j.sessions.Used(), j.episodes.Len()
	return s
}

// kind is what the judge finds.
var kind = allow.Of(alert.IRCC2)

// Observe judges what a conversation came to, with what is known of its server, appends
// what it finds to out, and returns out. Talks come in order of time.
func (j *Judge) Observe(t *stream.Talk, k Known, out []alert.Finding) []alert.Finding {
	out = j.Advance(t.Time, out)
	if !j.concerns(t) {
		return out
	}
	s := j.session(t)
	s.allowed = j.site.Allow.Permits(kind, t.Client, t.Server, t.Time, s.fresh) != 0
	if s.fresh {
		j.stats.Sessions++
		if s.allowed {
			j.stats.Allowed++
		}
	}
	if s.learn(t, &k, j.cfg.NewFor) && !s.allowed {
		out = j.judge(s, t.Time, out)
	}
	j.touch(s, t.Time)
	if t.End {
		j.ended(s)
	}
	return out
}

// concerns reports whether a conversation is of a sort that is judged.
func (j *Judge) concerns(t *stream.Talk) bool {
	switch {
	case !j.site.Home(t.Client), !j.cfg.Inside && j.site.Home(t.Server):
		return false
	case t.Proto == stream.TLS:
		return j.tls.has(t.ServerPort)
	}
	return t.Proto == stream.IRC && t.IRC != nil
}

// Advance tells that it is now, appends what fell due to out, each at its own time, and
// returns out: registrations that were not welcomed, and the ends of episodes.
func (j *Judge) Advance(now packet.Time, out []alert.Finding) []alert.Finding {
	for s := j.nextDue(); s != nil && s.due <= now; s = j.nextDue() {
		due := s.due
		out = j.closeQuiet(due, out)
		if s.hasty {
			out = j.patient(s, due, out)
		} else {
			out = j.overdue(s, due, out)
		}
	}
	return j.closeQuiet(now, out)
}

// Next returns a time before which Advance finds nothing.
func (j *Judge) Next() packet.Time {
	if s := j.nextDue(); s != nil {
		return min(s.due, j.episodes.Next())
	}
	return j.episodes.Next()
}

// nextDue returns the session that falls due first, nil if none waits.
func (j *Judge) nextDue() *session {
	a, b := j.hasty.first(), j.waiting.first()
	if a == nil || b != nil && b.due < a.due {
		return b
	}
	return a
}

// Talking returns since when a host has had an IRC session open that is told of.
func (j *Judge) Talking(addr packet.Addr, realm uint32) (since packet.Time, ok bool) {
	e := j.episodes.Get(host{addr, realm})
	if e == nil || e.open == 0 {
		return 0, false
	}
	return e.since, true
}

// ports is a set of them, a bit each.
type ports [1 << 16 / 64]uint64

func newPorts(lists ...[]uint16) (set ports) {
	for _, list := range lists {
		for _, p := range list {
			set[p/64] |= 1 << (p % 64)
		}
	}
	return set
}

func (s *ports) has(p uint16) bool { return s[p/64]&(1<<(p%64)) != 0 }
