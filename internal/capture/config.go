package capture

import (
	"fmt"
	"slices"

	"github.com/wormwatch/wormwatch/internal/problem"
)

// Roles of the interfaces.
const (
	RoleSpan   = "span"
	RoleRouter = "router"
)

// Modes of live capture.
const (
	ModeAuto     = "auto"
	ModeNative   = "native"
	ModeGeneric  = "generic"
	ModeAFPacket = "af_packet"
)

// What to do about an interface that is not there, or is taken.
const (
	MissingWait = "wait"
	MissingFail = "fail"
)

// Config is live capture. Tags: yaml is the key, desc its documented meaning.
type Config struct {
	Interfaces []string `yaml:"interfaces" desc:"interfaces that wormwatch run listens on; -i on the command line takes their place; both directions of a tap may be two of them"`
	Role       string   `yaml:"role" desc:"what becomes of a packet that was looked at: router passes it on, untouched; span drops it, which costs least and is right for a mirror port only: it is refused on an interface that has an address, or belongs to a bridge or bond"`
	Mode       string   `yaml:"mode" desc:"how packets are looked at: auto takes native XDP where the driver has it, generic XDP elsewhere, af_packet where BPF is not to be had; or native, generic or af_packet alone"`
	Missing    string   `yaml:"missing" desc:"what to do when an interface is not there or another XDP program has it: wait for it, or fail; one that goes away later is always waited for unless this is fail"`
	RingEvents int      `yaml:"ring_events" desc:"events that can wait for the judge on each CPU, a power of two; 80 octets each, more where TCP payload goes with them"`
	Sources    int      `yaml:"sources" desc:"sources whose packets the kernel counts on each CPU, a power of two; 64 octets each"`
	PerSource  int      `yaml:"per_source" desc:"events that one source may cause on a CPU in some 130 ms; more are counted only, and findings about it say that their counts are lower bounds"`
	Punts      int      `yaml:"punts" desc:"frames that the kernel cannot take apart and hands over whole, at most so many on a CPU in some 130 ms"`
	Sample     int      `yaml:"sample" desc:"af_packet only: of the packets that matter just as signs of life of their senders, one in so many is looked at"`
}

// DefaultConfig disturbs nobody.
func DefaultConfig() Config {
	return Config{
		Interfaces: []string{},
		Role:       RoleRouter,
		Mode:       ModeAuto,
		Missing:    MissingWait,
		RingEvents: 1 << 16,
		Sources:    1 << 16,
		PerSource:  2048,
		Punts:      1024,
		Sample:     16,
	}
}

// maxLinks is how many interfaces the kernel's counters have room for.
const maxLinks = 64

// Validate returns everything that is wrong, none if a live source can work with c.
func (c *Config) Validate() []problem.Problem {
	var v problem.List
	if len(c.Interfaces) > maxLinks {
		v.Say("interfaces", "has %d entries: at most %d", len(c.Interfaces), maxLinks)
	}
	for i, name := range c.Interfaces {
		key := fmt.Sprintf("interfaces[%d]", i)
		switch {
		case name == "" || len(name) > 15:
			v.Say(key, "%q is no interface: its name has 1 to 15 characters", name)
		case slices.Contains(c.Interfaces[:i], name):
			v.Say(key, "%s is named twice", name)
		}
	}
	oneOf(&v, "role", c.Role, RoleRouter, RoleSpan)
	oneOf(&v, "mode", c.Mode, ModeAuto, ModeNative, ModeGeneric, ModeAFPacket)
	oneOf(&v, "missing", c.Missing, MissingWait, MissingFail)
	power(&v, "ring_events", c.RingEvents, 1<<10, 1<<22)
	power(&v, "sources", c.Sources, 1<<8, 1<<22)
	v.Count("per_source", c.PerSource, 16, 60000)
	v.Count("punts", c.Punts, 0, 1<<20)
	v.Count("sample", c.Sample, 1, 1<<16)
	return v
}

func oneOf(v *problem.List, key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		v.Say(key, "%q is unknown: write one of %v", value, allowed)
	}
}

func power(v *problem.List, key string, n, least, most int) {
	if n < least || n > most || n&(n-1) != 0 {
		v.Say(key, "%d is no power of two from %d to %d", n, least, most)
	}
}
