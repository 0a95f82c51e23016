package live

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"
)

// stacked are the kinds of devices that work on top of another one, whose index they
// tell as that of their parent. (A veth tells its peer's, which is another matter.)
var stacked = []string{"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "ipoib"}

// inUse says why packets of an interface must not be dropped: somebody on this host
// uses it for more than looking. It returns "" for a mirror port.
//
// A link-local IPv6 address is no reason: the kernel gives one to every interface that
// is up, a mirror port too, and nobody asks for it.
func (d *devices) inUse(dev *device) (string, error) {
	if dev.loop {
		return "it is the loopback interface", nil
	}
	if dev.master != 0 {
		return "it belongs to " + d.nameOf(dev.master), nil
	}
	addrs, err := whole(func() ([]netlink.Addr, error) {
		return d.handle.AddrList(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: dev.index}}, netlink.FAMILY_ALL)
	})
	if err != nil {
		return "", fmt.Errorf("ask for the addresses of %s: %w", dev.name, err)
	}
	for _, a := range addrs {
		if a.IP.To4() != nil || !a.IP.IsLinkLocalUnicast() {
			return fmt.Sprintf("it has the address %s of its own", a.IP), nil
		}
	}
	links, err := whole(d.handle.LinkList)
	if err != nil {
		return "", fmt.Errorf("ask for network interfaces: %w", err)
	}
	for _, l := range links {
		if l.Attrs().ParentIndex == dev.index && slices.Contains(stacked, l.Type()) {
			return fmt.Sprintf("the %s device %s is on top of it", l.Type(), l.Attrs().Name), nil
		}
	}
	return "", nil
}

// whole asks for a list again where it changed while the kernel told it, as happens on a
// host where containers come and go.
func whole[T any](list func() ([]T, error)) (all []T, err error) {
	const tries = 10
	for range tries {
		if all, err = list(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return all, err
		}
	}
	return all, err
}

// nameOf returns what to call the interface of an index.
func (d *devices) nameOf(index int) string {
	if dev, err := d.byIndex(index); err == nil && dev != nil {
		return dev.name
	}
	return fmt.Sprintf("interface %d", index)
}
