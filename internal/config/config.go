// Package config reads the configuration: one YAML file, the environment and the
// command line over the defaults, strictly and with every mistake reported at once. It
// composes the Config structs of those who own the settings, and is the only importer
// of viper.
package config

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/detect/c2"
	"github.com/wormwatch/wormwatch/internal/detect/edge"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/detect/lineage"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
	"github.com/wormwatch/wormwatch/internal/publish/lines"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/sensor"
	"github.com/wormwatch/wormwatch/internal/stream"
)

//go:generate go run github.com/wormwatch/wormwatch/internal/config/gen

// Config is the whole configuration. Tags: yaml is the key, desc its documented
// meaning, secret:"true" a value that YAML masks.
type Config struct {
	Sensor  Sensor         `yaml:"sensor"`
	Capture capture.Config `yaml:"capture"`

	Networks flow.Networks `yaml:"networks"`
	Allow    []allow.Entry `yaml:"allow" desc:"Who may do what would be told of otherwise. Each entry has"`
	Memory   flow.Memory   `yaml:"memory"`
	Detect   Detect        `yaml:"detect"`

	Blocklists []blocklist.Config `yaml:"blocklists" desc:"Lists of addresses that nobody here should meet; a TCP connection to one, answered or not, is evidence; only TCP connections are looked at. They are read again when they change. Each entry has"`

	Publish Publish       `yaml:"publish"`
	Health  health.Config `yaml:"health"`
	State   State         `yaml:"state"`
}

// Sensor is what tells this sensor from others.
type Sensor struct {
	Name string `yaml:"name" desc:"name of this sensor, as it stands in findings; at most 64 printable characters; the host name when empty"`
}

// Detect is what is watched and how it is judged.
type Detect struct {
	Services []flow.Service `yaml:"services" desc:"what is watched; one entry is one service group, and a list replaces the default one; each entry has"`
	ARP      bool           `yaml:"arp" desc:"watch ARP who-has and neighbour solicitations that nobody answers, as the group arp"`

	detect.Config `yaml:",inline"`

	Streams   stream.Config   `yaml:"streams"`
	IRC       c2.Config       `yaml:"irc"`
	Boundary  edge.Config     `yaml:"boundary"`
	Novelty   novelty.Config  `yaml:"novelty"`
	Lineage   lineage.Config  `yaml:"lineage"`
	Incidents incident.Config `yaml:"incidents"`
}

// Publish is where findings go.
type Publish struct {
	Lines  lines.Config  `yaml:"lines"`
	Outbox outbox.Config `yaml:"outbox"`
	Kafka  kafka.Config  `yaml:"kafka"`
}

// State is what survives a restart.
type State struct {
	Path string `yaml:"path" desc:"directory where what was learned survives a restart, created if it is absent; this version keeps there what was seen before and what blocklists matched, not yet the scores; nothing is kept when empty"`
}

// Default returns the configuration that holds where nothing is written. Its sensor
// name is empty, which Load replaces with the host name.
func Default() Config {
	f := flow.DefaultConfig()
	for i := range f.Services {
		if f.Services[i].Weight == 0 { // absent
			f.Services[i].Weight = 1
		}
	}
	return Config{
		Capture:  capture.DefaultConfig(),
		Networks: f.Networks,
		Allow:    []allow.Entry{},
		Memory:   f.Memory,
		Detect: Detect{
			Services: f.Services, ARP: f.ARP, Config: detect.DefaultConfig(),
			Streams: stream.DefaultConfig(), IRC: c2.DefaultConfig(), Boundary: edge.DefaultConfig(),
			Novelty: novelty.DefaultConfig(), Lineage: lineage.DefaultConfig(), Incidents: incident.DefaultConfig(),
		},
		Blocklists: []blocklist.Config{},
		Publish:    Publish{Lines: lines.DefaultConfig(), Outbox: outbox.DefaultConfig(), Kafka: kafka.DefaultConfig()},
		Health:     health.DefaultConfig(),
	}
}

// Parts returns what the parts of the sensor have to know.
func (c *Config) Parts() sensor.Config {
	d := &c.Detect
	return sensor.Config{
		Flow: c.Flow(), Scans: d.Config, Streams: d.Streams, IRC: d.IRC, Boundary: d.Boundary,
		Novelty: d.Novelty, Lineage: d.Lineage, Incidents: d.Incidents,
	}
}

// Wants returns what a live source is to give.
func (c *Config) Wants() capture.Wants {
	w := capture.Wants{
		Home:    c.Networks.Home,
		Realms:  len(c.Networks.Realms) > 0,
		ARP:     c.Detect.ARP,
		Streams: c.Detect.Streams.Enabled,
		IRCTLS:  c.Detect.IRC.TLSPorts,
		Could:   irc.Could,
	}
	for _, s := range c.Detect.Services {
		w.TCP, w.UDP = append(w.TCP, s.TCP...), append(w.UDP, s.UDP...)
	}
	for _, p := range w.TCP {
		if sensor.IsSMB(p) {
			w.SMB = append(w.SMB, p)
		}
	}
	return w
}

// HomeDefault reports whether networks.home is only the default.
func (c *Config) HomeDefault() bool {
	return slices.Equal(c.Networks.Home, flow.DefaultConfig().Networks.Home)
}

// Flow returns what the tracker has to know.
func (c *Config) Flow() flow.Config {
	return flow.Config{
		Networks: c.Networks,
		Services: c.Detect.Services,
		ARP:      c.Detect.ARP,
		Memory:   c.Memory,
	}
}
