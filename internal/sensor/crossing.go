package sensor

import (
	"fmt"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
)

// crossed keeps as evidence that a host spoke SMB across the edge. A finding about that
// names some of the hosts, and not each time: what a host itself did, and when, it does not
// tell.
func (s *Sensor) crossed(c *flow.Contact) {
	if episode, ok := s.edge.Reached(c); ok {
		ev := crossing(c.Time, c.Source, c.Target, c.Has(flow.SourceHome), c.Port)
		ev.Realm, ev.UID, ev.Learning = c.Realm, episode, c.Has(flow.Learning)
		if c.Has(flow.SourceHome) {
			ev.MAC = c.MAC
		}
		s.evidence = append(s.evidence, ev)
	}
}

// knocked keeps as strong evidence that SMB across the edge was for more than sharing files.
// While networks.home is only the default, who is outside may be anybody.
func (s *Sensor) knocked(t *stream.Talk) {
	k := t.SMB.Knock()
	telling := k.Suspicious()
	if len(telling) == 0 || s.site.HomeDefault {
		return
	}
	if episode, ok := s.edge.Told(t.Client, t.Server, t.Realm, t.Time); ok {
		ev := crossing(t.Time, t.Client, t.Server, s.territory.Home(t.Client), t.ServerPort)
		ev.Realm, ev.UID, ev.Strong = t.Realm, episode, true
		ev.Message += ": " + strings.Join(telling, ", ")
		s.evidence = append(s.evidence, ev)
	}
}

// crossing is evidence about the home host of two that spoke SMB across the edge.
func crossing(now packet.Time, source, target packet.Addr, egress bool, port uint16) incident.Evidence {
	ev := incident.Evidence{Time: now, Kind: incident.Edge, Techniques: []string{"T1021.002"}, Port: port}
	if egress {
		ev.Host, ev.Peer, ev.Event = source, target, string(alert.NetBIOSEgress)
		ev.Message = fmt.Sprintf("%s was answered on port %d by %s, outside", source, port, target)
	} else {
		ev.Host, ev.Peer, ev.Event = target, source, string(alert.NetBIOSIngress)
		ev.Message = fmt.Sprintf("%s answered %s, from outside, on port %d", target, source, port)
	}
	return ev
}
