package incident

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is how long evidence lasts. Tags as in flow.Config.
type Config struct {
	Fade   time.Duration `yaml:"fade" desc:"evidence about a host counts for so long; an IRC session that is still open counts as now"`
	Quiet  time.Duration `yaml:"quiet" desc:"an incident is closed after this time without new evidence; that an IRC session stays open is none"`
	Tables Tables        `yaml:"tables"`
}

// Tables are the entries kept, fixed at start.
type Tables struct {
	Hosts    int `yaml:"hosts" desc:"home hosts of which evidence is kept"`
	Episodes int `yaml:"episodes" desc:"incidents open at one time"`
}

// DefaultConfig is the contract's.
func DefaultConfig() Config {
	return Config{
		Fade:   48 * time.Hour,
		Quiet:  24 * time.Hour,
		Tables: Tables{Hosts: 1 << 13, Episodes: 1 << 11},
	}
}

// Validate returns everything that is wrong, none if New can work with c.
func (c *Config) Validate() []problem.Problem {
	var v problem.List
	v.Duration("fade", c.Fade, time.Minute, 90*24*time.Hour)
	v.Duration("quiet", c.Quiet, time.Minute, 90*24*time.Hour)
	v.Count("tables.hosts", c.Tables.Hosts, 64, 1<<20)
	v.Count("tables.episodes", c.Tables.Episodes, 16, 1<<17)
	return v
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	return []table.Bill{
		table.BillOf[key, host]("evidence about hosts", c.Tables.Hosts),
		episode.Bill[key, incident]("incidents", c.Tables.Episodes),
	}
}

// Site is what the book has to know of the place.
type Site struct {
	Sensor string
	Home   func(packet.Addr) bool
	// Talking returns since when an IRC session of a host that was told of is open; nil
	// where there are none.
	Talking func(host packet.Addr, realm uint32) (since packet.Time, ok bool)
	// Sweeping returns the latest packet of a sweep of a host that is told of and not over;
	// nil where there are none.
	Sweeping func(host packet.Addr, realm uint32) (latest packet.Time, ok bool)
	// Allowed reports whether nobody wants to hear of incidents of a host; it is asked when one
	// would begin. nil where that is of none.
	Allowed func(host packet.Addr, now packet.Time) bool
}

// Stats counts what was found and what could not be kept.
type Stats struct {
	Evidence       uint64
	Findings       uint64
	Hosts          int    // with evidence
	Episodes       int    // open
	HostsLost      uint64 // with evidence that still counted, displaced (detect.incidents.tables.hosts)
	HostsRefused   uint64 // pieces of evidence for which there was no room: all others were stronger
	EpisodesLost   uint64 // closed early (detect.incidents.tables.episodes)
	Allowed        uint64 // evidence that would have made an incident, but for an allow entry
	EpisodesHeld   uint64 // incidents that were closed so and not opened again within the hour
	TechniquesLost uint64 // beyond the 64th different one
}
