// Package outward looks at whom the home hosts connect to outside: hosts that a blocklist
// names, and what nobody here ever used before.
//
// A contact with a listed host is evidence at the attempt: a worm whose server was taken
// down still asks for it. A listed host that tries a home host is none, since the Internet
// knocks at everybody all day; it is counted, and findings about it name the list.
//
// Novelty is evidence only if no home host was ever seen to use the port outward before, and
// it is none of a watched service: a sweep outward must not be its own second witness. A
// new server is nothing: hosts visit new web sites every day. A new port is rare once a
// site was watched for a week, and where a bot reports to is its author's choice; yet games,
// calls and passive FTP choose their ports freely too, hence this is weak evidence, which
// counts only beside other. What counts is an answer to a connection that was seen to be
// asked for, so that nobody outside can make a port known, or have a host accused, by
// sending forged answers.
//
// All of it is evidence about a host, told at most once an hour for the same thing and a
// few times an hour for a host. What a site never saw before is told as a finding of its
// own (novelty.first_seen) only if that is configured.
package outward

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Version is the version of the rules, as it stands in findings.
const Version = "1"

// Site is what the judge has to know of the place.
type Site struct {
	Sensor    string
	Services  []flow.Service // by Contact.Group
	Territory *flow.Territory
	Allow     *allow.List
}

// Stats counts what was seen and what could not be kept.
type Stats struct {
	Contacted    uint64 // attempts of home hosts to reach a listed host
	Knocked      uint64 // attempts of listed hosts to reach a home host
	Unasked      uint64 // answers from outside to nothing that was seen to be asked for
	Evidence     uint64 // pieces told
	Repeated     uint64 // pieces told already within the hour
	Held         uint64 // pieces beyond what is told of a host in an hour
	Findings     uint64
	Episodes     int    // open
	OpeningsLost uint64 // connections that still waited for an answer (detect.novelty.tables.openings)
	ToldLost     uint64 // pieces that may be told again within the hour (detect.novelty.tables.told)
	EpisodesLost uint64 // closed early (detect.novelty.tables.episodes)
	EpisodesHeld uint64 // things of hosts whose episode was closed so, within the hour
}

// Judge looks outward. Not for concurrent use. All its memory is allocated by New, evidence
// and findings apart.
type Judge struct {
	seed     uint64
	cfg      novelty.Config
	site     Site
	seen     *novelty.Store
	lists    *blocklist.Set
	openings *openings
	told     *table.Table[piece, telling]
	open     *episode.Open[host, episodeOf] // nil unless cfg.Alert
	found    []alert.Finding                // that Advance has to give
	minute   packet.Time                    // when store and lists were told the time
	stats    Stats
}

// New returns a judge for a valid configuration that notes what it sees in a store and
// looks in lists; seed as for the tracker.
func New(cfg novelty.Config, site Site, seen *novelty.Store, lists *blocklist.Set, seed uint64) *Judge {
	j := &Judge{
		seed: seed, cfg: cfg, site: site, seen: seen, lists: lists,
		openings: newOpenings(cfg.Tables.Openings, seed),
		told:     table.New[piece, telling](cfg.Tables.Told),
	}
	if cfg.Alert {
		j.open = episode.New(cfg.Tables.Episodes, cfg.Quiet, episode.Spec[host, episodeOf]{
			Hash: func(h host) uint64 { return table.Hash(seed, (*[16]byte)(&h.addr), uint64(h.realm)) },
			Life: func(e *episodeOf) *episode.Life { return &e.Life },
			Order: func(a, b *host) int {
				return cmp.Or(bytes.Compare(a.addr[:], b.addr[:]), cmp.Compare(a.realm, b.realm))
			},
		})
	}
	return j
}

// Bill returns the memory that New allocates; that of the store is its own.
func Bill(cfg *novelty.Config) []table.Bill {
	out := []table.Bill{
		table.BillOf[struct{}, second]("connections outward", cfg.Tables.Openings),
		table.BillOf[piece, telling]("outward evidence", cfg.Tables.Told),
	}
	if cfg.Alert {
		out = append(out, episode.Bill[host, episodeOf]("novelty episodes", cfg.Tables.Episodes))
	}
	return out
}

// Stats returns the counters.
func (j *Judge) Stats() Stats {
	s := j.stats
	s.OpeningsLost = j.openings.lost
	if j.open != nil {
		s.Episodes = j.open.Len()
	}
	return s
}

// Packet takes a packet, appends the evidence that it is to out, and returns out. Packets
// come in order of time; Advance is due behind each. Nearly all of them end at the first
// comparison: only those that open a TCP connection are looked at.
func (j *Judge) Packet(ev *packet.Event, out []incident.Evidence) []incident.Evidence {
	if ev.Time.Sub(j.minute) >= time.Minute {
		j.minute = ev.Time
		j.seen.Watch(ev.Time)
		j.lists.Watch(ev.Time)
	}
	if ev.Kind != packet.KindTCP || ev.TCPFlags&packet.SYN == 0 || ev.Flags&packet.FlagCut != 0 {
		return out
	}
	switch ev.TCPFlags & (packet.SYN | packet.ACK | packet.RST | packet.FIN) {
	case packet.SYN:
		return j.opened(ev, out)
	case packet.SYN | packet.ACK:
		return j.answered(ev, out)
	}
	return out
}

// Pending reports whether there are findings that Advance has to give.
func (j *Judge) Pending() bool { return len(j.found) > 0 }

// Next returns a time before which Advance finds nothing, if nothing is Pending.
func (j *Judge) Next() packet.Time {
	if j.open == nil {
		return episode.Never
	}
	return j.open.Next()
}

// Advance tells that it is now, appends the findings since the latest Advance and the ends
// of the episodes that fell quiet to out, and returns out.
func (j *Judge) Advance(now packet.Time, out []alert.Finding) []alert.Finding {
	if len(j.found) > 0 {
		out = append(out, j.found...)
		clear(j.found)
		j.found = j.found[:0]
	}
	if j.open == nil || !j.open.Due(now) {
		return out
	}
	j.open.CloseQuiet(now, func(_ *host, e *episodeOf) { j.say(e, alert.Close, e.Quiet) })
	return j.Advance(now, out)
}

// opened takes a bare SYN.
func (j *Judge) opened(ev *packet.Event, out []incident.Evidence) []incident.Evidence {
	from, to := j.home(ev.Src), j.home(ev.Dst)
	switch {
	case from && !to && !ev.Dst.IsMulticast() && !ev.Dst.IsZero():
		realm := j.site.Territory.Realm(ev)
		j.openings.note(ev.Src, ev.Dst, realm, ev.SrcPort, ev.DstPort, ev.Time)
		return j.contacted(ev, realm, out)
	case to && !from:
		j.knocked(ev)
	}
	return out
}

// answered takes a SYN-ACK.
func (j *Judge) answered(ev *packet.Event, out []incident.Evidence) []incident.Evidence {
	if !j.home(ev.Dst) || j.home(ev.Src) {
		return out
	}
	realm := j.site.Territory.Realm(ev)
	if !j.openings.has(ev.Dst, ev.Src, realm, ev.DstPort, ev.SrcPort, ev.Time) {
		j.stats.Unasked++
		return out
	}
	j.seen.Target(ev.Time, ev.Src, ev.SrcPort)
	sight := j.seen.Port(ev.Time, ev.SrcPort)
	if !sight.New || sight.Learning {
		return out
	}
	by := host{ev.Dst, realm}
	if sight.Last == 0 {
		// The MAC of an answer is the router's.
		j.novel(by, [6]byte{}, item{ev.Time, ev.Src, ev.SrcPort, target, 0})
	}
	if j.watched(ev.SrcPort) {
		return out
	}
	return j.usedPort(ev, by, &sight, out)
}

// watched reports whether a service on a TCP port is watched: who sweeps it outward is told
// of for that.
func (j *Judge) watched(port uint16) bool {
	return slices.ContainsFunc(j.site.Services, func(s flow.Service) bool { return slices.Contains(s.TCP, port) })
}

// Observe takes a step of a trial, appends what it finds to out, and returns out. Contacts
// come in order of time.
func (j *Judge) Observe(c *flow.Contact, out []alert.Finding) []alert.Finding {
	if c.Outcome == flow.Opened && c.Has(flow.SourceHome) && !c.Has(flow.TargetHome) &&
		int(c.Group) < len(j.site.Services) && !c.Target.IsMulticast() {
		sight := j.seen.Service(c.Time, c.Source, c.Realm, c.Group)
		if sight.Last == 0 && !sight.Learning {
			j.novel(host{c.Source, c.Realm}, c.MAC, item{c.Time, c.Target, c.Port, service, c.Group})
		}
	}
	return j.Advance(c.Time, out)
}

// Server notes the IRC server outside that a home host talks with, and returns what was
// known of it and the first of the blocklists that name it, "" if none does.
func (j *Judge) Server(t *stream.Talk) (sight novelty.Sight, listed string) {
	if j.home(t.Server) || !j.home(t.Client) {
		return sight, ""
	}
	sight = j.seen.IRCServer(t.Time, t.Server, t.ServerPort)
	if sight.Last == 0 && !sight.Learning {
		j.novel(host{t.Client, t.Realm}, t.MAC, item{t.Time, t.Server, t.ServerPort, ircServer, 0})
	}
	var buf [blocklist.MaxHits]blocklist.Hit
	if hits := j.lists.Lookup(t.Server, buf[:0]); len(hits) > 0 {
		listed = j.lists.List(hits[0])
	}
	return sight, listed
}

func (j *Judge) home(a packet.Addr) bool { return j.site.Territory.Home(a) }
