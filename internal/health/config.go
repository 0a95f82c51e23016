package health

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
)

// Config is how often the sensor says that it lives, and when it takes silence for a fault.
type Config struct {
	Heartbeat time.Duration `yaml:"heartbeat" desc:"how often a heartbeat goes to publish.kafka.health_topic; whoever does not hear it for two of these has a sensor that is blind"`
	Silence   time.Duration `yaml:"silence" desc:"an interface that showed no packet for so long is told of"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{Heartbeat: time.Minute, Silence: 5 * time.Minute} }

// Validate returns what is wrong.
func (c *Config) Validate() []problem.Problem {
	var ps problem.List
	ps.Duration("heartbeat", c.Heartbeat, time.Second, 24*time.Hour)
	ps.Duration("silence", c.Silence, time.Second, 365*24*time.Hour)
	return ps
}
