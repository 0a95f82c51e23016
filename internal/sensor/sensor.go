// Package sensor is the way from an event to findings: it leads each packet through the
// tracker, the followed streams and the judges, by function calls on one goroutine, and
// has no opinion of its own.
package sensor

import (
	"math"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/detect/c2"
	"github.com/wormwatch/wormwatch/internal/detect/edge"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/detect/lineage"
	"github.com/wormwatch/wormwatch/internal/detect/outward"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
)

// Sensor turns events into findings. Not for concurrent use. All its memory is allocated
// by New, findings apart.
type Sensor struct {
	site      Site
	ports     *flow.Ports
	territory *flow.Territory
	tracker   *flow.Tracker
	streams   *stream.Follower // nil: none are followed
	scans     *detect.Engine
	irc       *c2.Judge
	edge      *edge.Judge
	outward   *outward.Judge
	lineage   *lineage.Book
	incidents *incident.Book
	next      packet.Time // when deadlines are looked at again

	contacts []flow.Contact
	talks    []stream.Talk
	victims  []packet.Addr
	found    []alert.Finding     // by the judges, before the incidents heard of it
	evidence []incident.Evidence // that is no finding
}

// Observe takes one event with its captured TCP payload, appends what comes of it to out,
// after what fell due before it, and returns out. Events come in order of time.
func (s *Sensor) Observe(ev *packet.Event, payload []byte, out []alert.Finding) []alert.Finding {
	if ev.Time >= s.next {
		out = s.Advance(ev.Time, out)
	} else {
		out = s.expire(ev.Time, out)
	}
	s.contacts = s.tracker.Observe(ev, s.contacts[:0])
	for i := range s.contacts {
		out = s.contact(&s.contacts[i], out)
	}
	s.lineage.Packet(ev)
	s.edge.Packet(ev)
	if s.evidence = s.outward.Packet(ev, s.evidence); len(s.evidence) > 0 || s.outward.Pending() {
		out = s.conclude(ev.Time, out)
	}
	if s.streams != nil {
		s.talks = s.streams.Observe(ev, payload, s.talks[:0])
		for i := range s.talks {
			t := &s.talks[i]
			if t.End && t.Proto != stream.SMB {
				s.incidents.Leaves(t.Time, t.Client, t.Realm)
			}
			out = s.talk(t, out)
		}
	}
	return out
}

// Missed tells that capture lost n packets of interest by now. What is silent then may have
// answered, and counts are lower bounds.
func (s *Sensor) Missed(now packet.Time, n uint64) {
	s.scans.Missed(now, n)
	s.edge.Missed(now)
}

// tick is how often the deadlines of the judges are looked at if nothing else happens: for
// each packet would be dear. It shows nowhere, since they are looked at before anything
// else is found as well.
const tick = 100 * time.Millisecond

// Advance tells that it is now, appends what fell due to out, in order of time, and
// returns out.
func (s *Sensor) Advance(now packet.Time, out []alert.Finding) []alert.Finding {
	s.next = now - now%packet.Time(tick) + packet.Time(tick)
	return s.conclude(now, s.expire(now, out))
}

// expire judges the trials and conversations that ended by now without a packet.
func (s *Sensor) expire(now packet.Time, out []alert.Finding) []alert.Finding {
	s.contacts = s.tracker.Advance(now, s.contacts[:0])
	s.talks = s.talks[:0]
	if s.streams != nil {
		s.talks = s.streams.Advance(now, s.talks)
	}
	talks := s.talks
	for i := range s.contacts {
		c := &s.contacts[i]
		for ; len(talks) > 0 && talks[0].Time < c.Time; talks = talks[1:] {
			out = s.talk(&talks[0], out)
		}
		out = s.contact(c, out)
	}
	for i := range talks {
		out = s.talk(&talks[i], out)
	}
	return out
}

// conclude files what fell due with the judges by now, and what they found since: one
// deadline after the other, since what one judge finds depends on how the others stand then.
func (s *Sensor) conclude(now packet.Time, out []alert.Finding) []alert.Finding {
	for at, before := s.due(), packet.Time(math.MinInt64); at < now && at > before; at = s.due() {
		out, before = s.settle(at, out), at
	}
	return s.settle(now, out)
}

// due returns a time before which no judge finds anything by itself.
func (s *Sensor) due() packet.Time {
	return min(s.scans.Next(), s.irc.Next(), s.edge.Next(), s.outward.Next())
}

func (s *Sensor) settle(now packet.Time, out []alert.Finding) []alert.Finding {
	s.incidents.Renew(now)
	s.found = s.scans.Advance(now, s.found)
	s.found = s.irc.Advance(now, s.found)
	s.found = s.edge.Advance(now, s.found)
	s.found = s.outward.Advance(now, s.found)
	if len(s.found) > 1 {
		slices.SortStableFunc(s.found, func(a, b alert.Finding) int { return a.Time.Compare(b.Time) })
	}
	return s.incidents.Advance(now, s.file(out))
}

// Stats returns the counters of all parts.
func (s *Sensor) Stats() Stats {
	all := Stats{
		Flow: s.tracker.Stats(), Scans: s.scans.Stats(), IRC: s.irc.Stats(),
		Boundary: s.edge.Stats(), Novelty: s.site.Seen.Stats(), Outward: s.outward.Stats(),
		Lineage: s.lineage.Stats(), Incidents: s.incidents.Stats(),
	}
	if s.streams != nil {
		all.Streams = s.streams.Stats()
	}
	return all
}

// OneWay reports whether the mirror shows one direction only. It costs nothing to ask.
func (s *Sensor) OneWay() bool { return s.scans.OneWay() }

// Episodes returns how many episodes are open.
func (s *Stats) Episodes() int {
	return s.Scans.Episodes + s.IRC.Episodes + s.Boundary.Episodes + s.Outward.Episodes + s.Incidents.Episodes
}

// Open returns the open episodes as they stand, in order of their start: how far those
// have grown of which no record is due yet.
func (s *Sensor) Open() []alert.Finding {
	fs := slices.Concat(s.scans.Open(), s.irc.Open(), s.edge.Open(), s.outward.Open(), s.incidents.Open())
	slices.SortStableFunc(fs, func(a, b alert.Finding) int { return a.FirstSeen.Compare(b.FirstSeen) })
	return fs
}
