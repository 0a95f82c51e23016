package flow

import (
	"github.com/gaissmai/bart"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Territory answers what an address is to the site.
type Territory struct {
	home, dark bart.Lite
	realms     map[uint32]bool
}

// NewTerritory returns what c describes.
func NewTerritory(c *Networks) *Territory {
	n := &Territory{realms: make(map[uint32]bool, len(c.Realms))}
	for _, p := range c.Home {
		n.home.Insert(p.Masked())
	}
	for _, p := range c.Dark {
		n.dark.Insert(p.Masked())
	}
	for _, id := range c.Realms {
		n.realms[id] = true
	}
	return n
}

// Home reports whether a is ours.
func (n *Territory) Home(a packet.Addr) bool { return n.home.Contains(a.Netip()) }

// Dark reports whether a is known to be unused.
func (n *Territory) Dark(a packet.Addr) bool { return n.dark.Contains(a.Netip()) }

// Realm returns the id that separates the hosts of ev from equal addresses elsewhere, 0
// where nothing does. The tunnel is asked first: it is nearer to the packet.
func (n *Territory) Realm(ev *packet.Event) uint32 {
	if len(n.realms) == 0 {
		return 0
	}
	if n.realms[ev.Tunnel] {
		return ev.Tunnel
	}
	if vlan := uint32(ev.VLAN); n.realms[vlan] {
		return vlan
	}
	return 0
}
