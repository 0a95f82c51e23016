package live

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// The generic netlink family netdev, as Documentation/netlink/specs/netdev.yaml of Linux
// 6.3 and later describes it.
const (
	netdevVersion     = 1 // NETDEV_FAMILY_VERSION
	netdevGet         = 1 // NETDEV_CMD_DEV_GET
	netdevIndex       = 1 // NETDEV_A_DEV_IFINDEX, u32
	netdevXDPFeatures = 3 // NETDEV_A_DEV_XDP_FEATURES, u64
)

// driverFeatures are flags: what a driver can do with XDP natively.
type driverFeatures uint64

const (
	featBasic    driverFeatures = 1 << 0 // XDP_ABORTED, DROP, PASS, TX
	featRedirect driverFeatures = 1 << 1
	featOffload  driverFeatures = 1 << 4
	featFrags    driverFeatures = 1 << 5 // frames in several buffers: jumbo frames
)

// Strings names those of the features that matter here.
func (f driverFeatures) Strings() (names []string) {
	for _, n := range []struct {
		flag driverFeatures
		name string
	}{{featBasic, "native XDP"}, {featFrags, "jumbo frames"}, {featRedirect, "redirection"}, {featOffload, "offload to the card"}} {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// errUntold: the kernel does not say what its drivers can do.
var errUntold = errors.New("not known until attached: the kernel is older than Linux 6.3")

// driverFeatures asks what the driver of a device can do, without touching it.
func (d *devices) driverFeatures(index int) (driverFeatures, error) {
	h, err := netlink.NewHandle(unix.NETLINK_GENERIC)
	if err != nil {
		return 0, fmt.Errorf("ask for a driver's features: %w", err)
	}
	defer h.Close()
	family, err := h.GenlFamilyGet("netdev")
	if err != nil {
		return 0, errUntold
	}
	ask := nl.NewNetlinkRequest(int(family.ID), 0)
	// The library's own header leaves two octets unset that newer kernels want to be zero.
	ask.AddRawData([]byte{netdevGet, netdevVersion, 0, 0})
	ask.AddRawData(nl.NewRtAttr(netdevIndex, nl.Uint32Attr(uint32(index))).Serialize())
	answers, err := ask.Execute(unix.NETLINK_GENERIC, 0)
	if err != nil {
		return 0, fmt.Errorf("ask for a driver's features: %w", err)
	}
	for _, a := range answers {
		if f, ok := readFeatures(a); ok {
			return f, nil
		}
	}
	return 0, errUntold
}

// readFeatures finds them in an answer: a header of generic netlink, then attributes.
func readFeatures(answer []byte) (driverFeatures, bool) {
	if len(answer) < nl.SizeofGenlmsg {
		return 0, false
	}
	attrs, err := nl.ParseRouteAttrAsMap(answer[nl.SizeofGenlmsg:])
	f, ok := attrs[netdevXDPFeatures]
	if err != nil || !ok || len(f.Value) < 8 {
		return 0, false
	}
	return driverFeatures(binary.NativeEndian.Uint64(f.Value)), true
}
