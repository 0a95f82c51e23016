package novelty

import (
	"fmt"
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is what is remembered, and what is made of it. Tags as in flow.Config.
type Config struct {
	Learning time.Duration `yaml:"learning" desc:"how long the sensor watches before anything counts as never seen before; of a time without any packet an hour counts"`
	Age      time.Duration `yaml:"age" desc:"what was not seen for so long is new when it comes again"`
	NewFor   time.Duration `yaml:"new_for" desc:"how long a thing stays new after it was first seen: the second host that a worm takes reports to the same server"`
	Entries  int           `yaml:"entries" desc:"things remembered: outside servers by port, ports, IRC servers, and which home host uses which watched service outward"`
	Alert    bool          `yaml:"alert" desc:"write a finding (novelty.first_seen, informational, one episode a home host) for a service, a port or an IRC server that was never seen before; otherwise novelty is evidence in other findings only"`
}

// DefaultConfig learns for a week and forgets after two months.
func DefaultConfig() Config {
	return Config{
		Learning: 7 * 24 * time.Hour,
		Age:      60 * 24 * time.Hour,
		NewFor:   24 * time.Hour,
		Entries:  1 << 17,
	}
}

// Validate returns everything that is wrong, none if a Store can work with c.
func (c *Config) Validate() []flow.Problem {
	var ps []flow.Problem
	say := func(key, format string, args ...any) {
		ps = append(ps, flow.Problem{Key: key, Text: fmt.Sprintf(format, args...)})
	}
	const day = 24 * time.Hour
	for _, d := range []struct {
		key          string
		v, low, high time.Duration
	}{
		{"learning", c.Learning, 0, 90 * day},
		{"age", c.Age, day, 3650 * day},
		{"new_for", c.NewFor, time.Minute, 90 * day},
	} {
		if d.v < d.low || d.v > d.high {
			say(d.key, "%s is out of range: write a duration from %s to %s", d.v, d.low, d.high)
		}
	}
	if c.NewFor > c.Age {
		say("new_for", "%s is above age (%s): what is forgotten cannot be new still", c.NewFor, c.Age)
	}
	if c.Entries < 1024 || c.Entries > 1<<26 {
		say("entries", "%d is out of range: write a number from 1024 to %d", c.Entries, 1<<26)
	}
	return ps
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	return []table.Bill{table.BillOf[key, entry]("seen before", c.Entries)}
}
