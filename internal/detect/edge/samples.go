package edge

import (
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// sample is a peer at its first meeting.
type sample struct {
	peer    packet.Addr
	time    packet.Time
	port    uint16
	srcPort uint16
}

func sampleOf(c *flow.Contact) sample { return sample{c.Target, c.OpenedAt, c.Port, c.SrcPort} }

// samples are the latest peers that were new to them.
type samples struct {
	met  uint32
	ring [alert.MaxSamples]sample
}

func (s *samples) kept() uint32 { return min(s.met, alert.MaxSamples) }

// meet takes a peer, unless it is among the latest already.
func (s *samples) meet(p sample) {
	for i := range s.ring[:s.kept()] {
		if s.ring[i].peer == p.peer {
			return
		}
	}
	s.ring[s.met%alert.MaxSamples] = p
	s.met++
}

// each tells of the peers, the latest met last.
func (s *samples) each(tell func(*sample)) {
	for i := s.met - s.kept(); i < s.met; i++ {
		tell(&s.ring[i%alert.MaxSamples])
	}
}

func (s *samples) list() (list []alert.Sample) {
	s.each(func(p *sample) {
		list = append(list, alert.Sample{IP: p.peer.Netip(), Port: p.port, SrcPort: p.srcPort, Time: p.time.UTC()})
	})
	return list
}
