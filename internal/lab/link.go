package lab

import (
	"fmt"
	"strings"
)

// Port is an interface of a host.
type Port struct {
	Host *Host
	Name string
}

// Pair draws a line between two hosts: a veth of which either end is up, without addresses
// and offloads, so that packets on it are as on a wire. A queue before each end makes who
// sends wait when the other end does not keep up, instead of losing packets.
func (l *Lab) Pair(a *Host, aName string, b *Host, bName string) (Port, Port) {
	l.tb.Helper()
	l.must("ip", "link", "add", aName, "netns", a.Name, "type", "veth", "peer", "name", bName, "netns", b.Name)
	pa, pb := Port{a, aName}, Port{b, bName}
	for _, p := range []Port{pa, pb} {
		p.wire()
		p.Host.IP("link", "set", p.Name, "up")
	}
	pa.AwaitLine()
	pb.AwaitLine()
	return pa, pb
}

// AwaitLine waits until the port can send: both ends are up, and the kernel has noticed. What
// is sent before is lost.
func (p Port) AwaitLine() {
	p.Host.lab.tb.Helper()
	p.Host.lab.Await(patience, p.Name+" can send", func() bool {
		return strings.Contains(p.Host.IP("link", "show", p.Name), "state UP") // after the queue works
	})
}

// wire turns off what no wire does: segments joined, checksums left out, VLAN tags apart.
func (p Port) wire() {
	h := p.Host
	h.lab.tb.Helper()
	h.lab.must(
		"ip", "netns", "exec", h.Name, "ethtool", "-K", p.Name,
		"tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off", "rxvlan", "off", "txvlan", "off",
	)
	h.lab.must("tc", "-n", h.Name, "qdisc", "replace", "dev", p.Name, "root", "bfifo", "limit", "4000000")
}

// NAPI makes a port take what its peer's XDP program or driver hands over in bulk
// (XDP_TX, XDP_REDIRECT, BPF_F_TEST_XDP_LIVE_FRAMES): without it, or an XDP program of its
// own, such frames are lost. It may join segments.
func (p Port) NAPI() {
	p.Host.lab.tb.Helper()
	p.Host.lab.must("ip", "netns", "exec", p.Host.Name, "ethtool", "-K", p.Name, "gro", "on")
}

// Up sets the port up, Down down.
func (p Port) Up() { p.Host.lab.tb.Helper(); p.Host.IP("link", "set", p.Name, "up") }

// Down sets the port down.
func (p Port) Down() { p.Host.lab.tb.Helper(); p.Host.IP("link", "set", p.Name, "down") }

// MTU sets the longest packet, without Ethernet's header, that the port sends.
func (p Port) MTU(octets int) {
	p.Host.lab.tb.Helper()
	p.Host.IP("link", "set", p.Name, "mtu", fmt.Sprint(octets))
}

// Bridge makes a switch of ports of one host.
func (h *Host) Bridge(name string, ports ...Port) {
	h.lab.tb.Helper()
	h.IP("link", "add", name, "type", "bridge", "mcast_snooping", "0")
	for _, p := range ports {
		h.IP("link", "set", p.Name, "master", name)
	}
	h.IP("link", "set", name, "up")
}

// Mirror makes a mirror port (SPAN): it sends a copy of every frame that comes in or goes
// out by the ports. Frames between two mirrored ports come twice, as on a real switch that
// mirrors both directions; with in alone each frame is copied once.
func (p Port) Mirror(in, out bool, ports ...Port) {
	h := p.Host
	h.lab.tb.Helper()
	for _, q := range ports {
		h.lab.must("tc", "-n", h.Name, "qdisc", "add", "dev", q.Name, "clsact")
		for direction, wanted := range map[string]bool{"ingress": in, "egress": out} {
			if wanted {
				h.lab.must("tc", "-n", h.Name, "filter", "add", "dev", q.Name, direction, "protocol", "all",
					"u32", "match", "u32", "0", "0", "action", "mirred", "egress", "mirror", "dev", p.Name)
			}
		}
	}
}
