package lineage

import (
	"fmt"
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config bounds what is remembered of who reached whom. Tags as in flow.Config.
type Config struct {
	Memory   time.Duration `yaml:"memory" desc:"how long before its own sweep a host may have been infected"`
	CallBack time.Duration `yaml:"call_back" desc:"how soon after it was reached a host must call back to the sweeper for that to count (worms fetch their body so)"`
	Victims  int           `yaml:"victims" desc:"home hosts of which the latest six that reached them are remembered"`
}

// DefaultConfig remembers for as long as evidence lasts.
func DefaultConfig() Config {
	return Config{Memory: 48 * time.Hour, CallBack: 10 * time.Minute, Victims: 1 << 14}
}

// Validate returns everything that is wrong, none if New can work with c.
func (c *Config) Validate() (ps []flow.Problem) {
	for _, d := range []struct {
		key  string
		v    time.Duration
		most time.Duration
	}{{"memory", c.Memory, 14 * 24 * time.Hour}, {"call_back", c.CallBack, 24 * time.Hour}} {
		if d.v < time.Second || d.v > d.most {
			ps = append(ps, flow.Problem{Key: d.key, Text: fmt.Sprintf("%s is out of range: write a duration from 1s to %s", d.v, d.most)})
		}
	}
	if c.Victims < 64 || c.Victims > 1<<24 {
		ps = append(ps, flow.Problem{Key: "victims", Text: fmt.Sprintf("%d is out of range: write a number from 64 to %d", c.Victims, 1<<24)})
	}
	return ps
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	return []table.Bill{table.BillOf[host, reached]("who reached whom", c.Victims)}
}

// Site is what the book has to know of the place.
type Site struct {
	Ports *flow.Ports
	Realm func(*packet.Event) uint32
	// Score returns the scan score of a source: of those that reached a host, the ones
	// that look most like scanners are kept.
	Score func(packet.Addr, uint32) float64
}
