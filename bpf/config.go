package bpf

import (
	"fmt"
	"math/bits"

	"github.com/cilium/ebpf"
)

// Config bounds what a Kernel takes. Zero: the default, or as much as a field says.
type Config struct {
	CPUs        int    // rings, and regions of the table of sources; 0: one for each CPU
	RingOctets  int    // of each ring of events; rounded up to a power of two
	FrameOctets int    // of the ring of frames; the same
	Slots       int    // sources that a CPU counts; the same
	PerSource   int    // events of one source in a window at most
	Punts       int    // frames that a CPU hands over whole in a window at most
	Snap        int    // octets of a frame that go up for evidence
	Seed        uint64 // of hashes; 0: random
}

const (
	sourceWays = 4  // SOURCE_WAYS
	sightWays  = 4  // SIGHT_WAYS
	neighbours = 32 // that have a bit each in an entry of sightings
	maxCPUs    = 512
	maxLinks   = 64 // MAX_IFACES
	leastRing  = 1 << 16
	mostRing   = 1 << 30
	mostSlots  = 1 << 24
)

// complete returns c with its defaults and sizes filled in.
func (c Config) complete() (Config, error) {
	possible, err := ebpf.PossibleCPU()
	if err != nil {
		return c, fmt.Errorf("count CPUs: %w", err)
	}
	if possible > maxCPUs {
		return c, fmt.Errorf("%d CPUs are possible here, %d at most are supported", possible, maxCPUs)
	}
	if c.CPUs <= 0 || c.CPUs > possible {
		c.CPUs = possible
	}
	c.RingOctets = round(c.RingOctets, leastRing, mostRing)
	c.FrameOctets = round(c.FrameOctets, leastRing, mostRing)
	c.Slots = round(c.Slots, sourceWays, mostSlots)
	if c.PerSource <= 0 {
		c.PerSource = 2048
	}
	if c.Snap <= 0 {
		c.Snap = 1 << 14
	}
	return c, nil
}

// round returns the power of two that holds n, within bounds that are powers of two.
func round(n, least, most int) int {
	if n <= least {
		return least
	}
	return min(1<<bits.Len(uint(n-1)), most)
}

// A Bill is the memory that one of the kernel's tables takes, all of it allocated by Load.
type Bill struct {
	Name    string
	Entries int
	Octets  int64
}

// Bill returns what the tables take in which traffic is kept.
func (k *Kernel) Bill() []Bill {
	c := &k.cfg
	return []Bill{
		{"rings of events", c.CPUs, int64(c.CPUs) * int64(c.RingOctets)},
		{"ring of frames", 1, int64(c.FrameOctets)},
		{"kernel sources", c.CPUs * c.Slots, int64(c.CPUs) * int64(c.Slots) * (64 + 4)},
		{"kernel connections", len(k.mem.streams) * sourceWays, int64(len(k.mem.streams)) * 64},
		{"kernel sightings", len(k.mem.sights) * sightWays * neighbours, int64(len(k.mem.sights)) * 32},
	}
}
