package edge

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// say makes a finding of an episode as it stands and appends it to out.
func (j *Judge) say(e *crossing, a alert.Activity, now packet.Time, out []alert.Finding) []alert.Finding {
	e.Sequence++
	e.told |= e.knock.Kinds()
	j.stats.Findings++
	return append(out, j.finding(e, a, now))
}

// finding is an episode as it stands.
func (j *Judge) finding(e *crossing, a alert.Activity, now packet.Time) alert.Finding {
	f := e.Finding(a, now)
	f.Kind, _ = e.key.kind()
	f.Sensor, f.Realm = j.site.Sensor, e.key.realm
	f.Source = alert.Endpoint{IP: e.key.addr.Netip(), MAC: packet.MACText(e.mac), Home: !e.key.ingress}
	f.Techniques = []string{"T1021.002"}
	f.Analytic, f.Version = string(f.Kind), Version
	f.Edge = j.evidence(e)
	f.Episode, f.UID = j.identify(e)
	f.Confidence = confidence(f.Edge)
	f.Message, f.Remedy = message(&f, e.peers.estimated), remedy(&f)
	return f
}

// identify returns the identities of an episode and of its latest record.
func (j *Judge) identify(e *crossing) (episode, record string) {
	kind, _ := e.key.kind()
	return e.Identify(j.site.Sensor, e.key.addr.String(), fmt.Sprint(e.key.realm), string(kind))
}

// evidence is why.
func (j *Judge) evidence(e *crossing) *alert.Edge {
	d := &alert.Edge{
		Services: []string{},
		Ports:    append([]uint16{}, e.ports[:e.nPorts]...),
		Contacts: int(e.contacts), Peers: int(e.peers.n), Answered: int(min(e.answered.n, e.peers.n)),
		Bytes:      e.octets,
		LowerBound: j.lost != 0 && j.lost >= e.First,
		Lookups:    e.lookups, HomeDefault: j.site.HomeDefault,
		Samples: e.met.list(), Answers: e.reached.list(),
		Knock: e.knock.Alert(), Listed: j.listed(e),
		Visibility: alert.VisibilityOK,
		VLAN:       e.vlan,
	}
	for set := e.services; set != 0; set &= set - 1 {
		d.Services = append(d.Services, j.site.Services[bits.TrailingZeros64(set)].Name)
	}
	slices.Sort(d.Services)
	slices.Sort(d.Ports)
	if j.site.Interface != nil {
		d.Interface = j.site.Interface(e.iface)
	}
	switch {
	case d.LowerBound:
		d.Visibility = alert.VisibilityDrops
	case e.learning:
		d.Visibility = alert.VisibilityLearning
	}
	return d
}

// listed returns the blocklists that name an outside host of the episode: its source, or
// those of the kept peers that answered.
func (j *Judge) listed(e *crossing) (list []alert.Listing) {
	if j.site.Listed == nil {
		return nil
	}
	if e.key.ingress {
		return j.site.Listed(e.key.addr)
	}
	e.reached.each(func(s *sample) {
		for _, l := range j.site.Listed(s.peer) {
			if !slices.Contains(list, l) {
				list = append(list, l)
			}
		}
	})
	return list
}

// confidence is how sure it is that this is what it is called, 0-100: an answer across the
// edge is a fact, but where the edge runs is a guess while networks.home is only the
// default.
func confidence(d *alert.Edge) int {
	c := 90
	if d.HomeDefault {
		c = 50
	}
	if d.Visibility == alert.VisibilityLearning {
		c -= 10
	}
	return c
}
