package live

import (
	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Stats returns the counters: what was given up to the latest Read, and what the kernel
// counted up to now.
func (s *Source) Stats() capture.Stats {
	k, m := s.kernel.Counts(), s.rings.merger.Stats()
	st := capture.Stats{
		Snapped: k.Snapped,
		Events:  m.Events,
		Status:  k.Refused,
		Live: &capture.LiveStats{
			// What the Merger skips was lost as well, however it came into the ring.
			Lost:          k.Lost + k.PuntsLost + m.Bad,
			Held:          k.Held,
			Repeats:       k.Repeats,
			Sightings:     k.Sightings,
			SightingsHeld: k.SightingsHeld,
			Punted:        k.Punted,
			PuntsHeld:     k.PuntsHeld,
			StreamsLost:   k.StreamsLost,
			SourcesLost:   k.SourcesLost,
			Reordered:     m.Reordered,
			CPUs:          cpuStats(s.kernel.CPUs(), len(s.kernel.Rings())),
			Links:         make([]capture.LinkStats, len(s.ports)),
		},
	}
	for i := range s.ports {
		l := s.link(uint16(i))
		st.Live.Links[i] = l
		st.Packets += l.Packets
		st.WireBytes += l.Octets
	}
	st.Bytes = st.WireBytes // the program sees all of each frame
	st.Status[packet.OK] = st.Packets - min(st.Packets, k.Punts+noEvent(&k.Refused))
	st.Status.Add(&m.Punts)
	return st
}

// noEvent is how many frames are no event.
func noEvent(s *packet.Stats) (n uint64) {
	for st := packet.OK + 1; st < packet.Statuses; st++ {
		n += s[st]
	}
	return n
}

func (s *Source) link(i uint16) capture.LinkStats {
	l, p := s.kernel.Link(i), &s.ports[i]
	return capture.LinkStats{
		Name: p.name(), Mode: p.mode, Role: s.cfg.Role, Up: p.link != nil && p.dev.up && p.dev.wired,
		Packets: l.Packets, Octets: l.Octets,
	}
}

// cpuStats returns the counters of the first n CPUs, and of those after them that
// received anything: CPUs that were added.
func cpuStats(all []bpf.Counts, n int) (cpus []capture.CPUStats) {
	for i := range all {
		c := capture.CPUStats{CPU: i, Events: all[i].Events + all[i].Punted, Lost: all[i].Lost + all[i].PuntsLost}
		if i < n || c.Events+c.Lost > 0 {
			cpus = append(cpus, c)
		}
	}
	return cpus
}
