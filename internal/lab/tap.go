package lab

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Tap receives the frames that a port takes in and gives to its host's stack, from the
// moment that it is made. What an XDP program drops does not reach it.
type Tap struct {
	tb testing.TB
	fd int
}

// Tap returns one of the port.
func (p Port) Tap() *Tap {
	p.Host.lab.tb.Helper()
	tap := &Tap{tb: p.Host.lab.tb}
	var err error
	p.Host.In(func() {
		var iface *net.Interface
		if iface, err = net.InterfaceByName(p.Name); err != nil {
			return
		}
		const all = 0x0300 // ETH_P_ALL in network order
		if tap.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return
		}
		err = errors.Join(
			unix.SetsockoptInt(tap.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
			unix.SetsockoptInt(tap.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1),
			unix.Bind(tap.fd, &unix.SockaddrLinklayer{Ifindex: iface.Index, Protocol: all}),
		)
	})
	if err != nil {
		tap.tb.Fatalf("%s: tap: %v", p.Name, err)
	}
	tap.tb.Cleanup(func() { unix.Close(tap.fd) })
	return tap
}

// Frames returns up to n frames; it waits so long for the next one at most. An outer VLAN
// tag is not in them: the kernel takes it out.
func (t *Tap) Frames(n int, quiet time.Duration) (frames [][]byte) {
	t.tb.Helper()
	wait := unix.NsecToTimeval(int64(quiet))
	if err := unix.SetsockoptTimeval(t.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		t.tb.Fatal(err)
	}
	b := make([]byte, 1<<16)
	for len(frames) < n {
		got, err := unix.Read(t.fd, b)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return frames
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			t.tb.Fatalf("tap: %v", err)
		}
		frames = append(frames, slices.Clone(b[:got]))
	}
	return frames
}
