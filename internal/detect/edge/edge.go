// Package edge tells of NetBIOS and SMB that cross the edge of the home networks and are
// answered: neither has business there, in either direction. It is a matter of policy, told
// once a source and direction and then summed up, not of scans: what nobody answers is the
// scan engine's, or nothing.
//
// One exception is Windows' own habit of asking hosts on the Internet for their names
// (137/udp). Hardly any answers, so that a source which asked enough of them is told of
// by itself, as what it is.
package edge

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Version is the version of the rules, as it stands in findings.
const Version = "1"

// key names what is told of: a source, and which way it crosses.
type key struct {
	addr    packet.Addr
	realm   uint32
	ingress bool // from outside to home
}

// The kinds of finding that the judge makes.
var (
	egress  = allow.Of(alert.NetBIOSEgress)
	ingress = allow.Of(alert.NetBIOSIngress)
)

// kind returns that of a direction, and the set of it.
func (k *key) kind() (alert.Kind, allow.Kinds) {
	if k.ingress {
		return alert.NetBIOSIngress, ingress
	}
	return alert.NetBIOSEgress, egress
}

// Judge judges what crosses the edge. Not for concurrent use. All its memory is allocated
// by New, findings apart.
type Judge struct {
	seed    uint64
	cfg     Config
	site    Site
	watched watched
	tries   *table.Table[key, tries]
	open    *episode.Open[key, crossing]
	lost    packet.Time // latest trial given up
	stats   Stats
}

// New returns a judge for a valid configuration; seed as for the tracker.
func New(cfg Config, site Site, seed uint64) *Judge {
	j := &Judge{
		seed: seed, cfg: cfg, site: site,
		watched: newWatched(cfg.Services, site.Services),
		tries:   table.New[key, tries](cfg.Tables.Sources),
	}
	j.open = episode.New(cfg.Tables.Episodes, cfg.Quiet, episode.Spec[key, crossing]{
		Hash: func(k key) uint64 { return j.hash(&k) },
		Life: func(e *crossing) *episode.Life { return &e.Life },
		Order: func(a, b *key) int {
			return cmp.Or(bytes.Compare(a.addr[:], b.addr[:]), cmp.Compare(a.realm, b.realm))
		},
	})
	return j
}

// hash is the same for both directions: a source is in one of them.
func (j *Judge) hash(k *key) uint64 {
	return table.Hash(j.seed, (*[16]byte)(&k.addr), uint64(k.realm))
}

// Stats returns the counters.
func (j *Judge) Stats() Stats {
	s := j.stats
	s.Sources, s.Episodes = j.tries.Used(), j.open.Len()
	return s
}

// Advance tells that it is now, appends the ends of the episodes that fell quiet to out,
// and returns out.
func (j *Judge) Advance(now packet.Time, out []alert.Finding) []alert.Finding {
	if !j.open.Due(now) {
		return out
	}
	j.open.CloseQuiet(now, func(_ *key, e *crossing) { out = j.end(e, e.Quiet, out) })
	return out
}

// Missed tells that packets were lost by now: counts are lower bounds.
func (j *Judge) Missed(now packet.Time) { j.lost = now }

// Next returns a time before which Advance finds nothing.
func (j *Judge) Next() packet.Time { return j.open.Next() }

// Observe judges one step of a trial, appends what it finds to out, and returns out.
// Contacts come in order of time.
func (j *Judge) Observe(c *flow.Contact, out []alert.Finding) []alert.Finding {
	out = j.Advance(c.Time, out)
	if !j.watched.contact(c) {
		return out
	}
	if c.Outcome == flow.Lost {
		j.lost = c.Time
		j.stats.TrialsLost++
		return out
	}
	if c.Has(flow.SourceHome) == c.Has(flow.TargetHome) || c.Target.IsMulticast() {
		return out
	}
	j.stats.Crossed++
	switch c.Outcome {
	case flow.Opened:
		return j.tried(c, out)
	case flow.Answered:
		return j.answered(c, out)
	}
	return out
}

func keyOf(c *flow.Contact) key {
	return key{c.Source, c.Realm, c.Has(flow.TargetHome)}
}

func (j *Judge) permits(k *key, target packet.Addr, now packet.Time, count bool) bool {
	_, kinds := k.kind()
	return j.site.Allow.Permits(kinds, k.addr, target, now, count) != 0
}

// Reached returns the episode that tells of the crossing which c, an answer, is; ok is false
// if c is none, or nothing is told of it.
func (j *Judge) Reached(c *flow.Contact) (episode string, ok bool) {
	if c.Outcome != flow.Answered || c.Has(flow.Proxied) || !j.watched.contact(c) || c.Has(flow.SourceHome) == c.Has(flow.TargetHome) {
		return "", false
	}
	return j.Told(c.Source, c.Target, c.Realm, c.Time)
}

// Told returns the open episode of a source with what crossed the edge to a target; ok is
// false if there is none.
func (j *Judge) Told(source, target packet.Addr, realm uint32, now packet.Time) (episode string, ok bool) {
	home := j.site.Territory.Home(source)
	if home == j.site.Territory.Home(target) {
		return "", false
	}
	k := key{source, realm, !home}
	e := j.open.Get(k)
	if e == nil || e.lookups || j.permits(&k, target, now, false) {
		return "", false
	}
	episode, _ = j.identify(e)
	return episode, true
}

func (j *Judge) peer(a packet.Addr) uint64 { return table.Hash(j.seed, (*[16]byte)(&a), 0) }

// Packet counts the payload of ev if it belongs to what is being told of, and keeps that
// open. It comes after the contacts of the same event. For nearly every packet it looks at
// the ports only.
func (j *Judge) Packet(ev *packet.Event) {
	if ev.Payload == 0 || ev.Flags&packet.FlagGroup != 0 || j.open.Len() == 0 {
		return
	}
	toward, from := j.watched.ports(ev)
	if !toward && !from {
		return
	}
	k, target := key{addr: ev.Src}, ev.Dst
	if !toward || from && ev.Flags&packet.FlagReply != 0 {
		k.addr, target = ev.Dst, ev.Src
	}
	home := j.site.Territory.Home(k.addr)
	if home == j.site.Territory.Home(target) {
		return
	}
	k.realm, k.ingress = j.site.Territory.Realm(ev), !home
	// An episode whose time is up is closed already, even if nobody told the judge yet.
	e := j.open.Get(k)
	if e == nil || ev.Time >= e.Quiet || j.permits(&k, target, ev.Time, false) {
		return
	}
	e.octets += uint64(ev.Payload)
	if !e.lookups {
		j.open.Touch(e, ev.Time, ev.Time)
	}
}

// Open returns the open episodes as they stand, in order of their start.
func (j *Judge) Open() []alert.Finding {
	var fs []alert.Finding
	j.open.Each(func(_ *key, e *crossing) { fs = append(fs, j.finding(e, alert.Update, e.Last)) })
	slices.SortFunc(fs, func(a, b alert.Finding) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Episode, b.Episode))
	})
	return fs
}
