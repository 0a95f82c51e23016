package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
)

// Config is what the tracker has to know. Tags: yaml is the key, desc its documented
// meaning; internal/config makes the reference and the example file from them.
type Config struct {
	Networks Networks  `yaml:"networks"`
	Services []Service `yaml:"services"`
	ARP      bool      `yaml:"arp"`
	Memory   Memory    `yaml:"memory"`
}

// Networks says what is inside.
type Networks struct {
	Home   []netip.Prefix `yaml:"home" desc:"prefixes that are ours; sources and targets inside are home hosts"`
	Dark   []netip.Prefix `yaml:"dark" desc:"ranges inside home known to be unused: one touch is strong evidence, from the first packet on"`
	Realms []uint32       `yaml:"realms" desc:"VLAN or tunnel ids that reuse addresses: a host in such a realm is another host; without them ids do not separate hosts, since routed mirrors carry one conversation in two VLANs"`
}

// Service is a group of ports that are one service to whoever sweeps: a try on any of
// them is one trial.
type Service struct {
	Name string   `yaml:"name" desc:"name of the group, as it stands in findings"`
	TCP  []uint16 `yaml:"tcp" desc:"TCP ports"`
	UDP  []uint16 `yaml:"udp" desc:"UDP ports; only unicast counts"`
	// Weight is the engine's: flow does not look at it.
	Weight float64 `yaml:"weight" desc:"factor on the weights of this group's contacts; 1 when absent"`
}

// Memory bounds what the tracker keeps, in time and in entries.
type Memory struct {
	AnswerTimeout time.Duration `yaml:"answer_timeout" desc:"a target that has not answered by then is silent, in packet time"`
	Learning      time.Duration `yaml:"learning" desc:"how long the sensor watches before an address that nobody used counts as dark; of a time without any packet an hour counts"`
	Contacts      time.Duration `yaml:"contacts" desc:"how long a pair of source and target is remembered after its latest trial; a trial within it is a repeat and no evidence"`
	Hosts         time.Duration `yaml:"hosts" desc:"a home address that was not seen alive in so much time of watching is dark"`
	HalfOpen      int           `yaml:"half_open" desc:"trials that wait for an answer at one time; at 5 s that allows a fifth of it a second"`
	Pairs         int           `yaml:"pairs" desc:"remembered pairs of source and target"`
	Addresses     int           `yaml:"addresses" desc:"remembered home addresses that are alive"`
}

// DefaultConfig watches the services that worms of the NetBIOS family sweep.
func DefaultConfig() Config {
	return Config{
		Networks: Networks{
			Home: []netip.Prefix{
				netip.MustParsePrefix("10.0.0.0/8"),
				netip.MustParsePrefix("172.16.0.0/12"),
				netip.MustParsePrefix("192.168.0.0/16"),
				netip.MustParsePrefix("fc00::/7"),
				netip.MustParsePrefix("fe80::/10"),
			},
			Dark:   []netip.Prefix{},
			Realms: []uint32{},
		},
		Services: []Service{
			{Name: "smb", TCP: []uint16{135, 139, 445}},
			{Name: "nbns", UDP: []uint16{137}, Weight: 0.5},
			{Name: "msmq", TCP: []uint16{1801, 2103, 2105}},
		},
		ARP: true,
		Memory: Memory{
			AnswerTimeout: 5 * time.Second,
			Learning:      7 * 24 * time.Hour,
			Contacts:      14 * 24 * time.Hour,
			Hosts:         14 * 24 * time.Hour,
			HalfOpen:      1 << 17,
			Pairs:         1 << 20,
			Addresses:     1 << 19,
		},
	}
}

// Problem is one thing wrong with a configuration.
type Problem = problem.Problem

// Validate returns everything that is wrong, none if the tracker can work with c.
func (c *Config) Validate() []Problem {
	var ps problem.List
	say := ps.Say
	if len(c.Networks.Home) == 0 {
		say("networks.home", "is empty: name at least one prefix that is yours")
	}
	for i, d := range c.Networks.Dark {
		if !slices.ContainsFunc(c.Networks.Home, func(h netip.Prefix) bool {
			return h.Bits() <= d.Bits() && h.Contains(d.Addr())
		}) {
			say(fmt.Sprintf("networks.dark[%d]", i), "%s is not inside networks.home", d)
		}
	}
	c.validateServices(say)
	m := &c.Memory
	const day = 24 * time.Hour
	ps.Duration("memory.answer_timeout", m.AnswerTimeout, 100*time.Millisecond, 5*time.Minute)
	ps.Duration("memory.learning", m.Learning, 0, 90*day)
	ps.Duration("memory.contacts", m.Contacts, time.Hour, 90*day)
	ps.Duration("memory.hosts", m.Hosts, time.Hour, 90*day)
	ps.Count("memory.half_open", m.HalfOpen, 1024, 1<<28)
	ps.Count("memory.pairs", m.Pairs, 1024, 1<<28)
	ps.Count("memory.addresses", m.Addresses, 1024, 1<<28)
	return ps
}

func (c *Config) validateServices(say func(key, format string, args ...any)) {
	if len(c.Services) == 0 && !c.ARP {
		say("services", "is empty and arp is off: nothing would be watched")
	}
	if len(c.Services) > MaxServices {
		say("services", "has %d groups: at most %d", len(c.Services), MaxServices)
	}
	type port struct {
		proto string
		n     uint16
	}
	owner := map[port]string{}
	names := map[string]bool{GroupARP: true}
	for i, s := range c.Services {
		key := fmt.Sprintf("services[%d]", i)
		if s.Name == "" {
			say(key+".name", "is empty: give the group a name")
		}
		if names[s.Name] {
			say(key+".name", "%q is taken: every group needs a name of its own", s.Name)
		}
		names[s.Name] = true
		if !(s.Weight >= 0 && s.Weight <= 10) {
			say(key+".weight", "%g is out of range: write a number from 0 to 10", s.Weight)
		}
		if len(s.TCP)+len(s.UDP) == 0 {
			say(key, "%q has no ports: write tcp: [...] or udp: [...]", s.Name)
		}
		for _, l := range []struct {
			proto string
			ports []uint16
		}{{"tcp", s.TCP}, {"udp", s.UDP}} {
			for _, n := range l.ports {
				p := port{l.proto, n}
				if n == 0 {
					say(key+"."+l.proto, "port 0 names no service")
				}
				if o, taken := owner[p]; taken {
					say(key+"."+l.proto, "%s port %d is in %q already: a port belongs to one group", l.proto, n, o)
				}
				owner[p] = s.Name
			}
		}
	}
}

// MaxServices bounds the service groups.
const MaxServices = 64

// GroupARP is the name of the group that ARP who-has and neighbour solicitations make.
const GroupARP = "arp"
