package flow

import "github.com/wormwatch/wormwatch/internal/packet"

// NoGroup marks a port that belongs to no service group.
const NoGroup = 0xff

// Ports finds the service group of a port: one byte a port and protocol.
type Ports struct {
	tcp, udp [1 << 16]uint8
	arp      uint8 // NoGroup when ARP is off
}

// NewPorts returns the ports that c watches.
func NewPorts(c *Config) *Ports {
	m := &Ports{arp: NoGroup}
	for i := range m.tcp {
		m.tcp[i], m.udp[i] = NoGroup, NoGroup
	}
	for g, s := range c.Services {
		for _, p := range s.TCP {
			m.tcp[p] = uint8(g)
		}
		for _, p := range s.UDP {
			m.udp[p] = uint8(g)
		}
	}
	if c.ARP {
		m.arp = uint8(len(c.Services))
	}
	return m
}

// Group returns the group of a port by IP protocol number, NoGroup if nothing there is
// watched.
func (m *Ports) Group(proto uint8, port uint16) uint8 {
	switch proto {
	case packet.ProtoTCP:
		return m.tcp[port]
	case packet.ProtoUDP:
		return m.udp[port]
	}
	return NoGroup
}

// Groups returns the names of the service groups by Contact.Group, ARP last.
func (c *Config) Groups() []string {
	names := make([]string, 0, len(c.Services)+1)
	for _, s := range c.Services {
		names = append(names, s.Name)
	}
	return append(names, GroupARP)
}
