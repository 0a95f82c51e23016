package sensor

import (
	"slices"

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

// New returns a sensor for a valid configuration. A replay uses a fixed seed, a live
// sensor a secret one.
func New(cfg Config, site Site, seed uint64) *Sensor {
	s := &Sensor{
		site:      site,
		ports:     flow.NewPorts(&cfg.Flow),
		territory: flow.NewTerritory(&cfg.Flow.Networks),
		tracker:   flow.New(cfg.Flow, seed),
	}
	home, realm := s.territory.Home, s.territory.Realm
	s.outward = outward.New(cfg.Novelty, outward.Site{
		Sensor: site.Sensor, Services: cfg.Flow.Services, Territory: s.territory, Allow: site.Allow,
	}, site.Seen, site.Lists, seed)
	s.scans = detect.New(cfg.Scans, detect.Site{
		Sensor: site.Sensor, Services: cfg.Flow.Services, Allow: site.Allow,
		Interface: site.Interface, Listed: s.outward.Listings, Counted: site.Counted,
	}, seed)
	s.edge = edge.New(cfg.Boundary, edge.Site{
		Sensor: site.Sensor, Services: cfg.Flow.Services, Territory: s.territory, HomeDefault: site.HomeDefault,
		Allow: site.Allow, Interface: site.Interface, Listed: s.outward.Listings,
	}, seed)
	s.irc = c2.New(cfg.IRC, c2.Site{
		Sensor: site.Sensor, Home: home,
		Allow: site.Allow, Interface: site.Interface, Listed: s.outward.Listings,
	}, seed)
	s.lineage = lineage.New(cfg.Lineage, lineage.Site{Ports: s.ports, Realm: realm, Score: s.scans.Score}, seed)
	s.incidents = incident.New(cfg.Incidents, incident.Site{
		Sensor: site.Sensor, Home: home, Talking: s.irc.Talking, Sweeping: s.scans.Latest,
		Allowed: func(host packet.Addr, now packet.Time) bool {
			return site.Allow.Permits(compromised, host, packet.Addr{}, now, true) != 0
		},
	}, seed)
	if !cfg.Streams.Enabled {
		return s
	}
	s.streams = stream.New(cfg.Streams, stream.Site{
		Home: home, Realm: realm,
		SMB:    func(port uint16) bool { return IsSMB(port) && s.ports.Group(packet.ProtoTCP, port) != flow.NoGroup },
		IRCTLS: func(port uint16) bool { return slices.Contains(cfg.IRC.TLSPorts, port) },
		Follow: site.Follow,
	}, seed)
	return s
}

// IsSMB reports whether SMB is spoken on a TCP port: over NetBIOS (RFC 1002) or directly.
func IsSMB(port uint16) bool { return port == 139 || port == 445 }
