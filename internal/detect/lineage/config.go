package lineage

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/problem"
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
func (c *Config) Validate() []problem.Problem {
	var v problem.List
	v.Duration("memory", c.Memory, time.Second, 14*24*time.Hour)
	v.Duration("call_back", c.CallBack, time.Second, 24*time.Hour)
	v.Count("victims", c.Victims, 64, 1<<24)
	return v
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	b := table.BillOf[host, reached]("who reached whom", c.Victims)
	b.Bytes += 2 * int64(table.Round(c.Victims)) * proverBits / 8
	return []table.Bill{b}
}

// Site is what the book has to know of the place.
type Site struct {
	Ports *flow.Ports
	Realm func(*packet.Event) uint32
	// Score returns the scan score of a source in a service group: of those that reached a
	// host, the ones that look most like scanners are kept.
	Score func(source packet.Addr, realm uint32, group uint8) float64
}
