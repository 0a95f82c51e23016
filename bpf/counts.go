package bpf

import (
	"sync/atomic"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Counts is what the copies of the program counted, on one CPU or on all.
type Counts struct {
	Events, Lost                 uint64       // sent up; not for want of room, or of a place for their source under a flood
	OctetsLost                   uint64       // of records of all kinds
	Punted, PuntsLost, PuntsHeld uint64       // frames sent up whole; not for want of room; beyond the bound
	Repeats, Held                uint64       // not sent: the same as just before; beyond the bound of their source
	Sightings, SightingsHeld     uint64       // events sent only because their source was not seen lately; put off
	Streams, StreamsLost         uint64       // connections entered; displaced before their first octets, or no room
	Sources, SourcesLost         uint64       // slots taken; from others with more than one contact
	Frames, FramesLost           uint64       // for evidence
	Snapped                      uint64       // payloads sent in part
	Refused                      packet.Stats // frames that are no event, by why; OK is zero
	Punts                        uint64       // frames that user space has to take apart
}

// CPUs returns the counts of each CPU.
func (k *Kernel) CPUs() []Counts {
	out := make([]Counts, len(k.mem.cpus))
	for i := range out {
		out[i] = k.mem.cpus[i].counts()
	}
	return out
}

// Counts returns the sums.
func (k *Kernel) Counts() Counts {
	sum := Counts{StreamsLost: k.streamsLost.Load()}
	for i := range k.mem.cpus {
		c := k.mem.cpus[i].counts()
		sum.add(&c)
	}
	return sum
}

func (c *wormwatchCpu) counts() Counts {
	n := Counts{
		Events: load(&c.Events), Lost: load(&c.Lost), OctetsLost: load(&c.OctetsLost),
		Punted: load(&c.Punted), PuntsLost: load(&c.PuntsLost), PuntsHeld: load(&c.PuntsHeld),
		Repeats: load(&c.Repeats), Held: load(&c.Held),
		Sightings: load(&c.Sightings), SightingsHeld: load(&c.SightingsHeld),
		Streams: load(&c.Streams), StreamsLost: load(&c.StreamsLost),
		Sources: load(&c.Sources), SourcesLost: load(&c.SourcesLost),
		Frames: load(&c.Frames), FramesLost: load(&c.FramesLost),
		Snapped: load(&c.Snapped),
		Punts:   load(&c.Status[packet.Statuses]), // STATUS_PUNT
	}
	for st := range n.Refused {
		n.Refused[st] = load(&c.Status[st])
	}
	return n
}

func load(p *uint64) uint64 { return atomic.LoadUint64(p) }

func (c *Counts) add(d *Counts) {
	c.Events += d.Events
	c.Lost += d.Lost
	c.OctetsLost += d.OctetsLost
	c.Punted += d.Punted
	c.PuntsLost += d.PuntsLost
	c.PuntsHeld += d.PuntsHeld
	c.Repeats += d.Repeats
	c.Held += d.Held
	c.Sightings += d.Sightings
	c.SightingsHeld += d.SightingsHeld
	c.Streams += d.Streams
	c.StreamsLost += d.StreamsLost
	c.Sources += d.Sources
	c.SourcesLost += d.SourcesLost
	c.Frames += d.Frames
	c.FramesLost += d.FramesLost
	c.Snapped += d.Snapped
	c.Refused.Add(&d.Refused)
	c.Punts += d.Punts
}

// Link is the totals of an interface.
type Link struct{ Packets, Octets uint64 }

// Link returns the totals of the copy of the program for an interface.
func (k *Kernel) Link(iface uint16) (sum Link) {
	for at := int(iface); at < len(k.mem.links); at += maxLinks {
		sum.Packets += load(&k.mem.links[at].Packets)
		sum.Octets += load(&k.mem.links[at].Octets)
	}
	return sum
}

// Source returns the counts of an address on all CPUs since it took its place in the table,
// zero if it has none.
func (k *Kernel) Source(a packet.Addr) (sum capture.SourceCounts) {
	w, hashes := k.mem.want, k.secrets()
	h := hashes.hash(hashes.fold(&a), 0)
	key := uint32(h >> 16)
	place := int((h >> 32) * uint64(w.Sets) >> 32)
	for region := range int(w.Regions) {
		at := region*int(w.Sets) + place
		for way, head := range k.mem.sourceSets[at].Heads {
			s := &k.mem.sources[at*sourceWays+way]
			if head>>12 != key&0xfffff || head == 0 || s.Key != key {
				continue
			}
			sum.Openings += uint64(s.Openings)
			sum.Answers += uint64(s.Answers)
			sum.Refusals += uint64(s.Refusals)
			sum.Repeats += uint64(s.Repeats)
			sum.Held += uint64(s.Held)
		}
	}
	return sum
}
