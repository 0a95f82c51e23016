package incident

import (
	"fmt"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// incident is the episode of a compromised host.
type incident struct {
	episode.Life
	key          key
	line         line
	omitted      uint32 // moments that are no longer kept
	classes      [families]uint8
	techniques   uint64 // as interned
	by           infection
	infected     [infectedKept]infection // in order of time
	nInfected    uint8
	infectedLost uint32
	confidence   uint8
	mac          [6]byte
}

// put takes a moment into the timeline.
func (i *incident) put(m *moment) {
	if _, gone := i.line.put(m); gone {
		i.omitted++
	}
	i.First = min(i.First, m.time)
}

// take takes in what is held against a host in the families that count, as far as it is not
// told of yet, and what is known of the host itself.
func (i *incident) take(h *host, counts [families]bool, by *infection) {
	var joins [families]bool
	for f := range h.standing {
		if !counts[f] {
			continue
		}
		i.techniques |= h.standing[f].techniques
		if joins[f] = i.classes[f] == 0; joins[f] {
			i.classes[f] = h.standing[f].classes
			i.omitted += h.standing[f].omitted
		}
	}
	for n := range h.line.moments[:h.line.n] {
		if m := &h.line.moments[n]; joins[m.family] {
			i.put(m)
		}
	}
	if h.mac != ([6]byte{}) {
		i.mac = h.mac
	}
	if by != nil {
		i.by = *by
	}
}

// say makes a finding of an incident as it stands and appends it to out.
func (b *Book) say(i *incident, a alert.Activity, now packet.Time, out []alert.Finding) []alert.Finding {
	i.Sequence++
	b.stats.Findings++
	return append(out, b.finding(i, a, now))
}

// finding is an incident as it stands.
func (b *Book) finding(i *incident, a alert.Activity, now packet.Time) alert.Finding {
	f := i.Finding(a, now)
	f.Kind = alert.HostCompromised
	f.Sensor, f.Realm = b.site.Sensor, i.key.realm
	f.Source = alert.Endpoint{IP: i.key.addr.Netip(), MAC: packet.MACText(i.mac), Home: true}
	f.Techniques = b.techniques.list(i.techniques)
	f.Analytic, f.Version = string(f.Kind), Version
	f.Confidence = int(i.confidence)
	f.Incident = i.evidence()
	f.Episode, f.UID = i.Identify(b.site.Sensor, f.Source.IP.String(), fmt.Sprint(f.Realm), string(f.Kind))
	f.Message, f.Remedy = i.message(&f), i.remedy(&f)
	return f
}

// evidence is why.
func (i *incident) evidence() *alert.Incident {
	d := &alert.Incident{Omitted: int(i.omitted)}
	for n := range i.line.moments[:i.line.n] {
		d.Timeline = append(d.Timeline, i.line.moments[n].alert())
	}
	for f := range families {
		if i.classes[f] != 0 {
			d.Kinds = append(d.Kinds, names[f])
		}
	}
	if !i.by.other.IsZero() {
		by := i.by.alert()
		d.InfectedBy = &by
	}
	for n := range i.infected[:i.nInfected] {
		d.Infected = append(d.Infected, i.infected[n].alert())
	}
	return d
}
