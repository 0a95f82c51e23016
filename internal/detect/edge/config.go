package edge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is what has no business across the edge. Tags as in flow.Config.
type Config struct {
	Services []string      `yaml:"services" desc:"service groups that have no business across the edge of networks.home; with none the edge is not watched"`
	Lookups  int           `yaml:"lookups" desc:"distinct outside hosts that a home host asks for their NetBIOS names (137/udp) in vain before that is told of; Windows asks on its own"`
	Quiet    time.Duration `yaml:"quiet" desc:"an episode is closed after this time without new evidence"`
	Tables   Tables        `yaml:"tables"`
}

// Tables are the entries kept, fixed at start.
type Tables struct {
	Sources  int `yaml:"sources" desc:"sources of which tries are counted that nobody has answered yet"`
	Episodes int `yaml:"episodes" desc:"episodes open at one time"`
}

// DefaultConfig watches the services by which the worms of the NetBIOS family spread.
func DefaultConfig() Config {
	return Config{
		Services: []string{"smb", "nbns"},
		Lookups:  10,
		Quiet:    24 * time.Hour,
		Tables:   Tables{Sources: 1 << 13, Episodes: 1 << 12},
	}
}

// Validate returns everything that is wrong with c by itself.
func (c *Config) Validate() []flow.Problem {
	var ps problem.List
	for i, name := range c.Services {
		if slices.Contains(c.Services[:i], name) {
			ps.Say(fmt.Sprintf("services[%d]", i), "%q is named twice: once is enough", name)
		}
	}
	ps.Duration("quiet", c.Quiet, time.Minute, 90*24*time.Hour)
	ps.Count("lookups", c.Lookups, 1, 1<<20)
	ps.Count("tables.sources", c.Tables.Sources, 64, 1<<22)
	ps.Count("tables.episodes", c.Tables.Episodes, 16, 1<<20)
	return ps
}

// ValidateServices returns the names in c that no service group has.
func (c *Config) ValidateServices(services []flow.Service) []flow.Problem {
	var ps []flow.Problem
	var known []string
	for _, s := range services {
		known = append(known, s.Name)
	}
	for i, name := range c.Services {
		if !slices.Contains(known, name) {
			ps = append(ps, flow.Problem{
				Key: fmt.Sprintf("services[%d]", i),
				Text: fmt.Sprintf("no service group is called %q: name some of %s, or none at all, so that the edge is not watched",
					name, strings.Join(known, ", ")),
			})
		}
	}
	return ps
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	return []table.Bill{
		table.BillOf[key, tries]("tries across the edge", c.Tables.Sources),
		episode.Bill[key, crossing]("episodes at the edge", c.Tables.Episodes),
	}
}

// Site is what findings say of the place, and what it permits.
type Site struct {
	Sensor      string
	Services    []flow.Service // by Contact.Group
	Territory   *flow.Territory
	HomeDefault bool // networks.home is only the default
	Allow       *allow.List
	Interface   func(uint16) string               // name of an interface by Contact.Iface
	Listed      func(packet.Addr) []alert.Listing // blocklists that name an outside host; nil where there are none
}

// Stats counts what was found and what could not be kept.
type Stats struct {
	Crossed      uint64 // contacts between home and outside in the watched groups
	Findings     uint64
	Sources      int    // of which tries are counted
	Episodes     int    // open
	SourcesLost  uint64 // displaced (detect.boundary.tables.sources)
	EpisodesLost uint64 // closed early (detect.boundary.tables.episodes)
	EpisodesHeld uint64 // steps that would have opened one, and one of the same source went early within the hour, or there was no room for its sort
	TrialsLost   uint64 // told by the tracker
}
