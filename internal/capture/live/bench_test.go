package live

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// count returns how many events a function holds for.
func count(events []packet.Event, is func(*packet.Event) bool) (n int) {
	for i := range events {
		if is(&events[i]) {
			n++
		}
	}
	return n
}

// toPort tells whether an event is for a port.
func toPort(port uint16) func(*packet.Event) bool {
	return func(ev *packet.Event) bool { return ev.DstPort == port }
}

// play sends frames by a port, as fast as can be.
func play(p lab.Port, octets ...[]byte) {
	p.Play(recorded(octets...), 0)
}

// recorded makes a recording of frames.
func recorded(octets ...[]byte) (list []lab.Frame) {
	for _, f := range octets {
		list = append(list, lab.Frame{Data: f})
	}
	return list
}

// syn is a frame with an opening.
func syn(src, dst string, srcPort, dstPort uint16) []byte {
	return packettest.Ethernet(packettest.TCP(src, dst, srcPort, dstPort, packet.SYN))
}

// bench is a line from a host that sends to one with a sensor.
type bench struct {
	*lab.Lab
	sender, sensor *lab.Host
	out, in        lab.Port // va, rx
}

func newBench(t *testing.T, tools ...string) *bench {
	t.Helper()
	l := lab.New(t, tools...)
	b := &bench{Lab: l, sender: l.Host("sender"), sensor: l.Host("sensor")}
	b.line()
	return b
}

// line draws the line, anew if it was cut.
func (b *bench) line() { b.out, b.in = b.Pair(b.sender, "va", b.sensor, "rx") }

// passed returns a function that tells how many IP packets of the test came through to
// the host's stack since. It waits for as many as are wanted: events are read before the
// stack has its packets.
func (b *bench) passed(t *testing.T) func(want int) int {
	t.Helper()
	var fd int
	var err error
	b.sensor.In(func() {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0x0008) // ETH_P_IP in network order
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	// Behind XDP on a veth Linux 6.1 has a page for each packet: 49 fill a socket by default.
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return func(want int) (n int) {
		for {
			flags := unix.MSG_DONTWAIT
			if n < want {
				flags = 0
			}
			switch _, _, err := unix.Recvfrom(fd, make([]byte, 64), flags); {
			case errors.Is(err, unix.EINTR):
			case err != nil:
				return n
			default:
				n++
			}
		}
	}
}
