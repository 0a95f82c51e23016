package lines

import (
	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/size"
)

// Config is the output of one finding a line.
type Config struct {
	Path    string    `yaml:"path" desc:"file that findings are appended to; - is standard output"`
	MaxSize size.Size `yaml:"max_size" desc:"a file that would grow beyond it is renamed, and a new one begun"`
	Keep    int       `yaml:"keep" desc:"renamed files that are kept; the oldest goes first; 0 keeps none"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{Path: "-", MaxSize: 256 << 20, Keep: 8} }

// Validate returns what is wrong.
func (c *Config) Validate() []problem.Problem {
	var ps problem.List
	if c.Path == "" {
		ps.Say("path", "is empty: write a file, or \"-\" for standard output")
	}
	if c.MaxSize < 1<<20 || c.MaxSize > 1<<40 {
		ps.Say("max_size", "%s is out of range: write a size from 1MiB to 1TiB", c.MaxSize)
	}
	ps.Count("keep", c.Keep, 0, 1000)
	return ps
}
