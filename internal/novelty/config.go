package novelty

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is what is remembered, and what is made of it. Tags as in flow.Config.
type Config struct {
	Learning time.Duration `yaml:"learning" desc:"how long the sensor watches before anything counts as never seen before; of a time without any packet an hour counts"`
	Age      time.Duration `yaml:"age" desc:"what was not seen for so long is new when it comes again"`
	NewFor   time.Duration `yaml:"new_for" desc:"how long a thing stays new after it was first seen: the second host that a worm takes reports to the same server"`
	Alert    bool          `yaml:"alert" desc:"write a finding (novelty.first_seen, informational, one episode a home host) for a watched service, a port or an IRC server outside that was never used before; otherwise novelty is evidence in other findings only"`
	Quiet    time.Duration `yaml:"quiet" desc:"an episode of such findings is closed after this time without anything new"`
	Tables   Tables        `yaml:"tables"`
}

// Tables are the entries kept, fixed at start.
type Tables struct {
	Seen     int `yaml:"seen" desc:"things remembered: servers outside by port, ports, IRC servers, and which home host uses which watched service outward"`
	Openings int `yaml:"openings" desc:"connections of home hosts to outside that wait for an answer"`
	Told     int `yaml:"told" desc:"pieces of evidence (novelty, blocklists) that are not told again within the hour"`
	Episodes int `yaml:"episodes" desc:"episodes of novelty.first_seen open at one time; none are kept unless alert is set"`
}

// DefaultConfig learns for a week and forgets after two months.
func DefaultConfig() Config {
	const day = 24 * time.Hour
	return Config{
		Learning: 7 * day, Age: 60 * day, NewFor: day, Quiet: day,
		Tables: Tables{Seen: 1 << 17, Openings: 1 << 15, Told: 1 << 13, Episodes: 1 << 11},
	}
}

// Validate returns everything that is wrong with c.
func (c *Config) Validate() []problem.Problem {
	const day = 24 * time.Hour
	var ps problem.List
	ps.Duration("learning", c.Learning, 0, 90*day)
	ps.Duration("age", c.Age, day, 3650*day)
	ps.Duration("new_for", c.NewFor, time.Minute, 90*day)
	ps.Duration("quiet", c.Quiet, time.Minute, 90*day)
	if c.NewFor > c.Age {
		ps.Say("new_for", "%s is above age (%s): what is forgotten cannot be new still", problem.FormatDuration(c.NewFor), problem.FormatDuration(c.Age))
	}
	ps.Count("tables.seen", c.Tables.Seen, 1024, 1<<26)
	ps.Count("tables.openings", c.Tables.Openings, 1024, 1<<24)
	ps.Count("tables.told", c.Tables.Told, 64, 1<<22)
	ps.Count("tables.episodes", c.Tables.Episodes, 16, 1<<20)
	return ps
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	return []table.Bill{table.BillOf[key, entry]("seen before", c.Tables.Seen)}
}
