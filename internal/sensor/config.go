package sensor

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/detect/c2"
	"github.com/wormwatch/wormwatch/internal/detect/edge"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/detect/lineage"
	"github.com/wormwatch/wormwatch/internal/detect/outward"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is that of all parts.
type Config struct {
	Flow      flow.Config
	Scans     detect.Config
	Streams   stream.Config
	IRC       c2.Config
	Boundary  edge.Config
	Novelty   novelty.Config
	Lineage   lineage.Config
	Incidents incident.Config
}

// Site is what the sensor has to know of the place.
type Site struct {
	Sensor      string // its name
	HomeDefault bool   // networks.home is only the default
	Allow       *allow.List
	Lists       *blocklist.Set
	Seen        *novelty.Store      // what was seen before
	Interface   func(uint16) string // name of an interface by Event.Iface

	// What only a live source has; nil for recordings.
	Counted func(packet.Addr) *alert.Counted // what the kernel counted of a source
	Follow  func(client, server packet.Addr, clientPort, serverPort uint16, on bool)
}

// Bill returns the memory that New allocates, that of Site.Seen included.
func (c *Config) Bill() []table.Bill {
	bill := slices.Concat(c.Flow.Bill(), c.Scans.Bill(), c.IRC.Bill(), c.Boundary.Bill(),
		c.Novelty.Bill(), outward.Bill(&c.Novelty), c.Lineage.Bill(), c.Incidents.Bill())
	if c.Streams.Enabled {
		bill = append(bill, c.Streams.Bill()...)
	}
	return bill
}

// Stats are the counters of all parts.
type Stats struct {
	Flow      flow.Stats
	Scans     detect.Stats
	Streams   stream.Stats
	IRC       c2.Stats
	Boundary  edge.Stats
	Novelty   novelty.Stats
	Outward   outward.Stats
	Lineage   lineage.Stats
	Incidents incident.Stats
}
