package live

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// promiscuous has a device take in frames that are not addressed to it, as all are on a
// mirror port: the program sees only what the card takes in. It lasts as long as the socket
// that is returned, so that it goes with the process, whatever ends that. The socket takes
// no packets: it has no protocol (packet(7)).
func promiscuous(index int) (socket int, err error) {
	socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	all := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(socket, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &all); err != nil {
		_ = unix.Close(socket)
		return -1, err
	}
	return socket, nil
}

// hear has a mirror port take in everything. That it cannot is worth a warning only: the
// port may have been told so by other means.
func (s *Source) hear(p *port) {
	socket, err := promiscuous(p.dev.index)
	if err == nil {
		p.ears = socket
		return
	}
	if !p.dev.promiscuous {
		s.log.Warn("a mirror port that takes in only what is addressed to it", "interface", p.dev.name, "reason", deaf(p.dev.name, err))
	}
}

// deaf says why a port is not promiscuous, and what to do.
func deaf(name string, err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("CAP_NET_RAW is missing: give it, or ip link set %s promisc on", name)
	}
	return fmt.Errorf("%w: ip link set %s promisc on", err, name)
}
