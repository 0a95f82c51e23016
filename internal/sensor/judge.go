package sensor

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/c2"
	"github.com/wormwatch/wormwatch/internal/detect/edge"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/detect/lineage"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
)

// contact leads a contact to those who judge it, and files what they find.
func (s *Sensor) contact(c *flow.Contact, out []alert.Finding) []alert.Finding {
	out = s.conclude(c.Time, out)
	s.found = s.scans.Observe(c, s.found)
	s.watched()
	s.found = s.edge.Observe(c, s.found)
	s.crossed(c)
	s.found = s.outward.Observe(c, s.found)
	if c.Outcome == flow.Answered && s.site.Allow.Permits(scans, c.Source, c.Target, c.Time, false) == 0 {
		s.lineage.Met(c)
	}
	return s.file(out)
}

var (
	scans       = allow.Of(alert.ScanFast, alert.ScanSlow)
	compromised = allow.Of(alert.HostCompromised)
)

// talk leads a conversation to those who judge it, and files what they find.
func (s *Sensor) talk(t *stream.Talk, out []alert.Finding) []alert.Finding {
	out = s.conclude(t.Time, out)
	switch t.Proto {
	case stream.IRC, stream.TLS:
		s.found = s.irc.Observe(t, s.known(t), s.found)
		s.found = s.outward.Advance(t.Time, s.found)
	case stream.SMB:
		s.found = s.scans.Knock(t, s.ports.Group(packet.ProtoTCP, t.ServerPort), s.found)
		s.found = s.edge.Knock(&edge.Heard{
			Time: t.Time, Source: t.Client, Target: t.Server, Realm: t.Realm,
			Knock: t.SMB.Knock(), End: t.End,
		}, s.found)
		s.knocked(t)
	}
	return s.file(out)
}

// known is what the site knows of an IRC server.
func (s *Sensor) known(t *stream.Talk) c2.Known {
	if s.territory.Home(t.Server) {
		return c2.Known{}
	}
	sight, listed := s.outward.Server(t)
	return c2.Known{Novel: sight.New, Learning: sight.Learning, First: sight.First, Listed: listed}
}

// watched keeps the sources as evidence of which nothing is told yet.
func (s *Sensor) watched() {
	for i := range s.scans.Watched() {
		w := &s.scans.Watched()[i]
		if w.Home {
			s.evidence = append(s.evidence, incident.Evidence{
				Time: w.Time, Host: w.Source, Realm: w.Realm, Kind: incident.Watched,
				Event: "watched", Message: s.scans.Text(w), MAC: w.MAC,
			})
		}
	}
}

// file has the incidents hear of what is at hand, and passes it on: findings, in order of
// time, and then the evidence, which is of now.
func (s *Sensor) file(out []alert.Finding) []alert.Finding {
	for i := range s.found {
		f := &s.found[i]
		out = append(s.incidents.Advance(packet.Time(f.Time.UnixNano()), out), *f)
		out = s.incidents.Finding(f, out)
		switch {
		case f.Scan == nil:
		case f.Activity == alert.Create:
			out = s.infections(f, out)
		case f.Activity == alert.Close:
			s.lineage.Swept(packet.AddrFrom(f.Source.IP), f.Realm, packet.Time(f.FirstSeen.UnixNano()))
		}
	}
	clear(s.found)
	s.found = s.found[:0]
	for i := range s.evidence {
		out = s.incidents.Note(&s.evidence[i], out)
	}
	s.evidence = s.evidence[:0]
	return out
}

// infections looks for who infected a host that sweeps, and whom it infected.
func (s *Sensor) infections(f *alert.Finding, out []alert.Finding) []alert.Finding {
	host, now := packet.AddrFrom(f.Source.IP), packet.Time(f.Time.UnixNano())
	out = s.infected(host, f.Realm, now, out)
	s.victims = s.victims[:0]
	s.lineage.Victims(host, f.Realm, func(v packet.Addr) { s.victims = append(s.victims, v) })
	for _, v := range s.victims {
		out = s.infected(v, f.Realm, now, out)
	}
	return out
}

// infected names who infected a host, if it sweeps or did so lately, and that is known.
func (s *Sensor) infected(host packet.Addr, realm uint32, now packet.Time, out []alert.Finding) []alert.Finding {
	began, ok := s.scans.Began(host, realm)
	if !ok {
		began, ok = s.lineage.Began(host, realm, now)
	}
	if !ok {
		return out
	}
	m, ok := s.lineage.Cause(host, realm, began, s.scans.Sweeping)
	if !ok {
		return out
	}
	return s.incidents.Infected(now, host, m.Source, realm, infection(&m, began), out)
}

func infection(m *lineage.Meeting, began packet.Time) alert.Infection {
	i := alert.Infection{
		Host: m.Source.Netip(), Time: m.Time.UTC(), Delay: began.Sub(m.Time).Round(time.Millisecond),
		Port: m.Port, Bytes: uint64(m.Octets), CalledBack: m.CalledBack,
	}
	switch m.Proto {
	case packet.ProtoTCP:
		i.Protocol = "tcp"
	case packet.ProtoUDP:
		i.Protocol = "udp"
	}
	return i
}
