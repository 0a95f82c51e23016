package bpf

import (
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// bss is the map of the program's variables.
const bss = ".bss"

// Kernel is the memory that the copies of the program share with user space. Its methods
// are for one goroutine; Program, Arm, Disarm and the counters may be used by any.
type Kernel struct {
	cfg   Config
	spec  *ebpf.CollectionSpec
	maps  map[string]*ebpf.Map
	rings []*ebpf.Map
	mem   memory
	homes map[homeKey]bool // what is in the map home

	streamsLost atomic.Uint64 // by Follow
}

// Load makes the maps. It fails with an error that names the capability or the feature of
// the kernel that is missing.
func Load(cfg Config) (*Kernel, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	spec, err := loadWormwatch()
	if err != nil {
		return nil, err
	}
	k := &Kernel{cfg: cfg, spec: spec, homes: map[homeKey]bool{}}
	if err := k.create(); err != nil {
		_ = k.Close()
		return nil, explain("make the maps of the XDP program", err)
	}
	if err := k.start(); err != nil {
		_ = k.Close()
		return nil, err
	}
	return k, nil
}

// create makes all maps but those that each copy of the program has for itself.
func (k *Kernel) create() error {
	m, c := k.spec.Maps, &k.cfg
	ring := m[wormwatchMapRings].InnerMap
	ring.MaxEntries = uint32(c.RingOctets)
	m[wormwatchMapRings].MaxEntries = uint32(ebpf.MustPossibleCPU())
	m[wormwatchMapFrames].MaxEntries = uint32(c.FrameOctets)
	m[wormwatchMapSources].MaxEntries = uint32(c.CPUs * c.Slots)
	m[wormwatchMapSourceSets].MaxEntries = uint32(c.CPUs * c.Slots / sourceWays)
	spec := k.spec.Copy()
	clear(spec.Programs)
	all, err := ebpf.NewCollection(spec)
	if err != nil {
		return err
	}
	k.maps = all.Maps
	if own := k.maps[".rodata"]; own != nil {
		delete(k.maps, ".rodata")
		_ = own.Close()
	}
	for i := range c.CPUs {
		r, err := ebpf.NewMap(ring)
		if err != nil {
			return fmt.Errorf("ring %d: %w", i, err)
		}
		k.rings = append(k.rings, r)
	}
	for i := range m[wormwatchMapRings].MaxEntries {
		if err := k.maps[wormwatchMapRings].Put(i, k.rings[int(i)%c.CPUs]); err != nil {
			return fmt.Errorf("ring of CPU %d: %w", i, err)
		}
	}
	return nil
}

// start maps the memory and writes what never changes.
func (k *Kernel) start() error {
	err := k.mem.open(k.maps, k.spec.Variables)
	if err != nil {
		return err
	}
	w, c := k.mem.want, &k.cfg
	hashes := newSecrets(c.Seed)
	w.Seed, w.Odd = hashes.seed, hashes.odd
	w.Era, w.PerSource, w.Punts, w.Snap = 1, uint32(c.PerSource), uint32(c.Punts), uint32(c.Snap)
	w.Regions, w.Sets = uint32(c.CPUs), uint32(c.Slots/sourceWays)
	w.Pressed = uint32(c.RingOctets / 4 * 3)
	w.TickBits, err = tickBits()
	return err
}

// Window is about how long a window lasts, in which the kernel tells repeats apart and bounds
// what goes up.
const Window = 128 * time.Millisecond

// tickBits returns how many ticks of the kernel's timer make a Window, as a power of two. A
// tick is the resolution of the coarse clocks (clock_getres(2)).
func tickBits() (uint32, error) {
	var tick unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &tick); err != nil {
		return 0, fmt.Errorf("ask how long a tick is: %w", err)
	}
	ticks := max(1, uint64(Window)/uint64(max(1, tick.Nano())))
	return uint32(bits.Len64(ticks*4/3)) - 1, nil
}

// Program returns a copy of the program for the interface that is iface in its events. drop
// has it drop every frame behind it, as a span port needs; else it passes all. The caller
// closes it.
func (k *Kernel) Program(iface uint16, drop bool) (*ebpf.Program, error) {
	if int(iface) >= maxLinks {
		return nil, fmt.Errorf("interface %d: at most %d have counters", iface, maxLinks)
	}
	const pass, dropped = 2, 1 // enum xdp_action
	verdict := uint32(pass)
	if drop {
		verdict = dropped
	}
	spec := k.spec.Copy()
	if err := errors.Join(spec.Variables[wormwatchVarIface].Set(iface), spec.Variables[wormwatchVarVerdict].Set(verdict)); err != nil {
		return nil, fmt.Errorf("constants of the XDP program: %w", err)
	}
	c, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{MapReplacements: k.maps})
	if err != nil {
		return nil, explain("load the XDP program", err)
	}
	p := c.Programs[wormwatchProgWormwatch]
	delete(c.Programs, wormwatchProgWormwatch)
	c.Close()
	return p, nil
}

// Rings returns the rings of events. They are the Kernel's.
func (k *Kernel) Rings() []*ebpf.Map { return k.rings }

// Frames returns the ring of frames of marked sources. It is the Kernel's.
func (k *Kernel) Frames() *ebpf.Map { return k.maps[wormwatchMapFrames] }

// RingOctets returns how long each of Rings is.
func (k *Kernel) RingOctets() int { return k.cfg.RingOctets }

// FrameOctets returns how long Frames is.
func (k *Kernel) FrameOctets() int { return k.cfg.FrameOctets }

// Close frees the maps. Programs that still run keep what they use.
func (k *Kernel) Close() error {
	err := k.mem.close()
	for _, m := range k.maps {
		err = errors.Join(err, m.Close())
	}
	for _, r := range k.rings {
		err = errors.Join(err, r.Close())
	}
	k.maps, k.rings = nil, nil
	return err
}
