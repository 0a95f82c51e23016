package outbox

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/size"
)

// Config is where records wait for a broker, and how much of them.
type Config struct {
	Path    string        `yaml:"path" desc:"directory of the outbox, created if it is absent; when empty, the directory outbox in state.path, or for replay --publish a temporary one"`
	MaxSize size.Size     `yaml:"max_size" desc:"what waits may take; beyond it Updates are given up before Creates, low severity before high, each counted and told of"`
	MaxAge  time.Duration `yaml:"max_age" desc:"how long a record may wait; older ones are given up, counted and told of"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{MaxSize: 1 << 30, MaxAge: 7 * 24 * time.Hour} }

// Validate returns what is wrong.
func (c *Config) Validate() []problem.Problem {
	var ps problem.List
	if c.MaxSize < 1<<20 || c.MaxSize > 1<<40 {
		ps.Say("max_size", "%s is out of range: write a size from 1MiB to 1TiB", c.MaxSize)
	}
	ps.Duration("max_age", c.MaxAge, time.Minute, 3650*24*time.Hour)
	return ps
}
