package edge

import (
	"slices"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Ports of NetBIOS (RFC 1001, 1002). The name service is what Windows asks on its own; the
// datagram service never answers, so that nobody can be told to have been reached there.
const (
	portNames     = 137
	portDatagrams = 138
)

// watched are the service groups that have no business across the edge, and their ports.
type watched struct {
	groups   uint64 // by Contact.Group
	names    uint64 // of them, those with the name service
	tcp, udp portSet
}

// portSet is a bit a port.
type portSet [1 << 10]uint64

func (s *portSet) add(port uint16)      { s[port>>6] |= 1 << (port & 63) }
func (s *portSet) has(port uint16) bool { return s[port>>6]&(1<<(port&63)) != 0 }

func newWatched(names []string, services []flow.Service) (w watched) {
	for g, s := range services {
		if !slices.Contains(names, s.Name) {
			continue
		}
		w.groups |= 1 << g
		for _, p := range s.TCP {
			w.tcp.add(p)
		}
		for _, p := range s.UDP {
			switch p {
			case portNames:
				w.names |= 1 << g
			case portDatagrams:
				continue
			}
			w.udp.add(p)
		}
	}
	return w
}

// contact reports whether c is in a watched group.
func (w *watched) contact(c *flow.Contact) bool {
	return w.groups>>c.Group&1 != 0 && c.Port != portDatagrams
}

// lookup reports whether a home host asks an outside one for its name.
func (w *watched) lookup(c *flow.Contact) bool {
	return w.names>>c.Group&1 != 0 && c.Port == portNames && c.Has(flow.SourceHome)
}

// ports reports whether ev goes to a watched port, and whether it comes from one.
func (w *watched) ports(ev *packet.Event) (toward, from bool) {
	switch ev.Kind {
	case packet.KindTCP:
		return w.tcp.has(ev.DstPort), w.tcp.has(ev.SrcPort)
	case packet.KindUDP:
		return w.udp.has(ev.DstPort), w.udp.has(ev.SrcPort)
	}
	return false, false
}
