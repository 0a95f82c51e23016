package live

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// device is a network interface as the kernel describes it.
type device struct {
	index  int
	name   string
	mtu    int
	up     bool
	wired  bool // has a carrier, or a driver that does not know
	master int  // index of the bridge, bond or VRF that it belongs to, 0 if none
	loop   bool // loopback
	// promiscuous: it takes in frames that are not addressed to it.
	promiscuous bool
	xdp         uint32 // id of the XDP program that it has, 0 if none
}

// devices asks the kernel about network interfaces by rtnetlink, and tells cheaply
// whether anything changed. It stays in the network namespace in which it was made, and
// needs no capability.
type devices struct {
	handle *netlink.Handle
	news   int // socket on which the kernel announces changes
	ioctl  int // socket to ask drivers for their names
}

// groups of announcements: links, and addresses of both families.
const groups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR

func newDevices() (*devices, error) {
	d := &devices{news: -1, ioctl: -1}
	err := d.open()
	if err != nil {
		d.close()
		return nil, fmt.Errorf("ask for network interfaces: %w", err)
	}
	return d, nil
}

func (d *devices) open() (err error) {
	if d.handle, err = netlink.NewHandle(unix.NETLINK_ROUTE); err != nil {
		return err
	}
	if d.ioctl, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	d.news, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	return unix.Bind(d.news, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups})
}

func (d *devices) close() {
	if d.handle != nil {
		d.handle.Close()
	}
	for _, fd := range []int{d.news, d.ioctl} {
		if fd >= 0 {
			_ = unix.Close(fd) // nothing was written
		}
	}
}

// changed reports whether the kernel announced a change since the last time. What it
// says is not read: more announcements than the socket holds are lost, so those
// interfaces that matter are asked for anew.
func (d *devices) changed() bool {
	var announcement [1]byte // the rest of each is dropped
	changed := false
	for range 4096 { // then again a second later
		_, _, err := unix.Recvfrom(d.news, announcement[:], 0)
		if errors.Is(err, unix.EAGAIN) {
			return changed
		}
		changed = true // also by an error, which says that some were lost
	}
	return changed
}

// byName returns the interface of a name, nil if there is none.
func (d *devices) byName(name string) (*device, error) {
	return describe(d.handle.LinkByName(name))
}

// byIndex returns the interface of an index, nil if there is none.
func (d *devices) byIndex(index int) (*device, error) {
	return describe(d.handle.LinkByIndex(index))
}

func describe(l netlink.Link, err error) (*device, error) {
	if _, none := errors.AsType[netlink.LinkNotFoundError](err); none || errors.Is(err, unix.ENODEV) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for an interface: %w", err)
	}
	a := l.Attrs()
	dev := &device{
		index: a.Index, name: a.Name, mtu: a.MTU, master: a.MasterIndex,
		up: a.Flags&net.FlagUp != 0, wired: a.RawFlags&unix.IFF_RUNNING != 0, loop: a.Flags&net.FlagLoopback != 0,
		promiscuous: a.Promisc > 0,
	}
	if a.Xdp != nil && a.Xdp.Attached {
		dev.xdp = a.Xdp.ProgId
	}
	return dev, nil
}

// driver returns the name of a device's driver, "unknown" if it does not tell.
func (d *devices) driver(name string) string {
	info, err := unix.IoctlGetEthtoolDrvinfo(d.ioctl, name)
	if err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(info.Driver[:])
}
