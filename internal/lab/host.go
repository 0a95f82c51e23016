package lab

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Host is a network namespace: a machine as the network sees it.
type Host struct {
	lab  *Lab
	Name string // of the namespace, for ip(8)
}

// Host makes a machine without interfaces but lo. It has no IPv6, so that it says nothing
// by itself; IPv6 turns it on.
func (l *Lab) Host(name string) *Host {
	l.tb.Helper()
	h := &Host{lab: l, Name: l.name + name}
	l.must("ip", "netns", "add", h.Name)
	l.must("ip", "-n", h.Name, "link", "set", "lo", "up")
	h.Sysctl("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
	return h
}

// path is the namespace as a file.
func (h *Host) path() string { return filepath.Join(namespaces, h.Name) }

// IP calls ip(8) on the host: h.IP("link", "set", "eth0", "down").
func (h *Host) IP(args ...string) string {
	h.lab.tb.Helper()
	return h.lab.must(append([]string{"ip", "-n", h.Name}, args...)...)
}

// Sysctl sets values of the host's kernel, each as KEY=VALUE.
func (h *Host) Sysctl(values ...string) {
	h.lab.tb.Helper()
	h.lab.must(append([]string{"ip", "netns", "exec", h.Name, "sysctl", "-qw"}, values...)...)
}

// IPv6 turns IPv6 on, for interfaces there are and those to come.
func (h *Host) IPv6() {
	h.lab.tb.Helper()
	h.Sysctl("net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.default.disable_ipv6=0")
}

// Address gives an interface addresses with their prefix lengths: 10.77.0.1/16.
func (h *Host) Address(iface string, addresses ...string) {
	h.lab.tb.Helper()
	for _, a := range addresses {
		args := []string{"address", "add", a, "dev", iface}
		if strings.Contains(a, ":") {
			args = append(args, "nodad")
		}
		h.IP(args...)
	}
}

// Forward makes the host a router, which complains of targets as often as it has to.
func (h *Host) Forward() {
	h.lab.tb.Helper()
	h.Sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.icmp_ratelimit=0")
}

// What a host does with packets to addresses that it was given a Range of.
const (
	Silent      = "blackhole"   // nothing comes back
	Unreachable = "unreachable" // ICMP host unreachable
	Local       = "local"       // they are its own: RST, or an answer where something listens on 0.0.0.0
)

// Range makes a host answer for a range of addresses as one of Silent, Unreachable, Local.
func (h *Host) Range(kind, prefix string) {
	h.lab.tb.Helper()
	args := []string{"route", "add", kind, prefix}
	if kind == Local {
		args = append(args, "dev", "lo")
	}
	h.IP(args...)
}

// Route sends packets for a prefix ("default" for the rest) to a gateway.
func (h *Host) Route(prefix, gateway string) {
	h.lab.tb.Helper()
	h.IP("route", "add", prefix, "via", gateway)
}

// MAC returns the link address of an interface.
func (h *Host) MAC(iface string) string {
	h.lab.tb.Helper()
	return h.attribute(iface, "address")
}

// attribute reads one from sysfs, as ip netns exec mounts it for the host.
func (h *Host) attribute(iface, name string) string {
	h.lab.tb.Helper()
	return strings.TrimSpace(h.lab.must("ip", "netns", "exec", h.Name, "cat", fmt.Sprintf("/sys/class/net/%s/%s", iface, name)))
}

// Lab returns the network that the host is in.
func (h *Host) Lab() *Lab { return h.lab }
