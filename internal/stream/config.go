package stream

import (
	"time"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config bounds what the follower keeps. Tags: yaml is the key, desc its documented
// meaning.
type Config struct {
	Enabled  bool          `yaml:"enabled" desc:"follow streams at all; without that there is no irc.c2, and nothing is known of what a knock at SMB was for"`
	Openings int           `yaml:"openings" desc:"TCP connections of which the start is remembered: until their first octets, and those that begin with text and are none of IRC for an hour after the latest line in them that could be"`
	Followed int           `yaml:"followed" desc:"conversations that are read at one time, IRC, IRC over TLS, SMB and what could be one of them; an eighth is kept free for those not recognised yet"`
	Decide   time.Duration `yaml:"decide" desc:"how long a connection may take from octets to octets until it is recognised, in packet time; without any octets it is forgotten then at the earliest"`
	Gap      time.Duration `yaml:"gap" desc:"how long octets that are missing may take to come, in packet time; then reading goes on with the next line behind them"`
	Idle     time.Duration `yaml:"idle" desc:"a recognised conversation in which nobody has said anything for so long is over; servers of IRC ask for a sign of life every few minutes, a bot may have lost its server unseen"`
}

// DefaultConfig is enough for some ten thousand hosts.
func DefaultConfig() Config {
	return Config{
		Enabled:  true,
		Openings: 1 << 14,
		Followed: 2048,
		Decide:   10 * time.Minute,
		Gap:      10 * time.Second,
		Idle:     48 * time.Hour,
	}
}

// Validate returns everything that is wrong, none if New can work with c.
func (c *Config) Validate() []problem.Problem {
	var v problem.List
	v.Count("openings", c.Openings, 1024, 1<<26)
	v.Count("followed", c.Followed, 64, 1<<20)
	v.Duration("decide", c.Decide, 10*time.Second, 24*time.Hour)
	v.Duration("gap", c.Gap, time.Second, 10*time.Minute)
	v.Duration("idle", c.Idle, time.Minute, 30*24*time.Hour)
	return v
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	n := slots(c)
	perSlot := unsafe.Sizeof(conversation{}) + 2*unsafe.Sizeof(links{})
	return []table.Bill{
		table.BillOf[struct{}, opening]("TCP openings", c.Openings),
		{Name: "conversations", Entries: n, Bytes: int64(n)*int64(perSlot) + int64(indexSize(n))*4},
		{Name: "TCP filter", Entries: filterSize, Bytes: filterSize},
	}
}
