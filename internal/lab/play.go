package lab

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Pace is how many times as fast as recorded frames are played; 1 as recorded, 0 as fast
// as can be.
type Pace float64

// Play sends frames by a port, in order, at a pace, and returns when the last is sent. It
// ends the test if one of them is longer than the port allows (raise its MTU and the
// peer's) or is lost between the ends of the line. Player plays beside other work.
func (p Port) Play(frames []Frame, pace Pace) {
	p.Host.lab.tb.Helper()
	if err := p.Player(frames, pace)(); err != nil {
		p.Host.lab.tb.Fatal(err)
	}
}

// Player returns a function that plays as Play does and may be called on any goroutine.
func (p Port) Player(frames []Frame, pace Pace) func() error {
	p.Host.lab.tb.Helper()
	fd, to, err := p.socket()
	if err != nil {
		p.Host.lab.tb.Fatal(err)
	}
	p.Host.lab.tb.Cleanup(func() { unix.Close(fd) })
	return func() error {
		lost, err := p.lost()
		if err != nil {
			return err
		}
		if err := send(fd, to, frames, pace); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		after, err := p.lost()
		if err == nil && after > lost {
			err = fmt.Errorf("%s: %d of %d frames lost on the line", p.Name, after-lost, len(frames))
		}
		return err
	}
}

// window is how many octets of frames may be under way, by the kernel's count of half that
// number: some hundred small ones, fewer than the thousand that the backlog of a CPU holds,
// beyond which frames are lost. Sending waits for room.
const window = 128 << 10

// socket returns one that sends whole frames by the port.
func (p Port) socket() (fd int, to *unix.SockaddrLinklayer, err error) {
	p.Host.In(func() {
		var iface *net.Interface
		if iface, err = net.InterfaceByName(p.Name); err != nil {
			return
		}
		to = &unix.SockaddrLinklayer{Ifindex: iface.Index}
		// Protocol 0: it receives nothing.
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			err = fmt.Errorf("socket: %w", err)
			return
		}
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, window)
	})
	return fd, to, err
}

func send(fd int, to *unix.SockaddrLinklayer, frames []Frame, pace Pace) error {
	began := time.Now()
	for i := range frames {
		if pace > 0 {
			time.Sleep(time.Duration(float64(frames[i].At)/float64(pace)) - time.Since(began))
		}
		err := unix.Sendto(fd, frames[i].Data, 0, to)
		for errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EINTR) { // the queue is full
			time.Sleep(100 * time.Microsecond)
			err = unix.Sendto(fd, frames[i].Data, 0, to)
		}
		if errors.Is(err, unix.EMSGSIZE) {
			return fmt.Errorf("frame %d has %d octets: raise the MTU of both ends", i+1, len(frames[i].Data))
		}
		if err != nil {
			return fmt.Errorf("frame %d of %d octets: %w", i+1, len(frames[i].Data), err)
		}
	}
	return nil
}

// lost is how many frames the port could not hand to its peer.
func (p Port) lost() (int, error) {
	out, err := command("ip", "netns", "exec", p.Host.Name, "cat", "/sys/class/net/"+p.Name+"/statistics/tx_dropped")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(out[:len(out)-1])
	return n, err
}
