package afpacket

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"golang.org/x/sys/unix"
)

// TestOwnPackets: what the host sends is seen once, by the loopback interface too; where
// there are several interfaces it is left out.
func TestOwnPackets(t *testing.T) {
	_, from, to := line(t)
	frames := some(20)
	s, _ := open(t, from.Host, sensorConfig("va"), capture.Wants{})
	equal(t, played(t, s, from, frames, 20), parsed(frames))

	both, _ := open(t, from.Host, sensorConfig("va", "lo"), capture.Wants{})
	go func() {
		from.Play(frames, 0) // is not seen
		to.Play(frames, 0)
	}()
	equal(t, collect(t, both, 20), parsed(frames))

	lo, _ := open(t, from.Host, sensorConfig("lo"), capture.Wants{})
	from.Host.In(func() {
		c, err := net.Dial("udp", "127.0.0.1:137")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("once")); err != nil {
			t.Fatal(err)
		}
	})
	all := slices.DeleteFunc(collect(t, lo, 1), func(s seen) bool { return s.Kind != packet.KindUDP })
	if len(all) != 1 || all[0].DstPort != 137 {
		t.Errorf("loopback: %v", all)
	}
}

// TestRawIP listens to a tunnel device, which has no link-layer header; other hardware is
// refused with its name.
func TestRawIP(t *testing.T) {
	l := lab.New(t)
	h := l.Host("h")
	h.IP("tuntap", "add", "dev", "tun0", "mode", "tun")
	h.IP("link", "set", "tun0", "up")
	h.In(func() {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		req, err := unix.NewIfreq("tun0")
		if err != nil {
			t.Fatal(err)
		}
		req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
			t.Fatal(err)
		}
		for _, sample := range []int{1, 1 << 16} {
			c := sensorConfig("tun0")
			c.Sample = sample
			var log logged
			s, err := Open(c, smallConfig().Wants(), log.logger())
			if err != nil {
				t.Fatal(err)
			}
			collect(t, s, 0)
			frames := some(20)
			var want []seen
			for _, f := range frames {
				ip := f.Data[14:]
				if _, err := unix.Write(fd, ip); err != nil {
					t.Fatal(err)
				}
				var ev packet.Event
				if st := packet.Parse(packet.LinkRaw, ip, len(ip), &ev); st != packet.OK {
					t.Fatal(st)
				}
				want = append(want, seenOf(&ev, nil))
			}
			equal(t, collect(t, s, 20), want)
			s.Close()
		}
		h.IP("link", "set", "tun0", "down")
		if err := unix.IoctlSetInt(fd, unix.TUNSETLINK, unix.ARPHRD_PPP); err != nil {
			t.Fatal(err)
		}
		var log logged
		_, err = Open(sensorConfig("tun0"), capture.Wants{}, log.logger())
		if err == nil || !strings.Contains(err.Error(), `tun0 has frames of type "ppp"`) {
			t.Errorf("%v", err)
		}
	})
}

// TestQuestionFirst plays the two directions of connections on two lines, the answers a
// little before the questions.
func TestQuestionFirst(t *testing.T) {
	l := lab.New(t)
	from, to := l.Host("from"), l.Host("to")
	asks, _ := l.Pair(from, "va", to, "vb")
	says, _ := l.Pair(from, "vc", to, "vd")
	s, _ := open(t, to, sensorConfig("vb", "vd"), capture.Wants{})
	const n = 200
	sc := packettest.NewScenario()
	for i := range n {
		sc.Refused("10.1.0.5", "10.1.0.9", uint16(2000+i), 445)
	}
	if len(sc.Records) != 2*n {
		t.Fatalf("%d packets", len(sc.Records))
	}
	ask, say := sender(t, asks), sender(t, says)
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 2*n; i += 2 {
			err = errors.Join(err, say(sc.Records[i+1].Frame), ask(sc.Records[i].Frame))
		}
		done <- err
	}()
	all := collect(t, s, 2*n)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	first := 0
	asked := map[uint16]bool{}
	for _, e := range all {
		if e.TCPFlags == packet.SYN {
			asked[e.SrcPort] = true
		} else if asked[e.DstPort] {
			first++
		}
	}
	// Where this machine paused between the two there is nothing to be mended.
	if len(all) != 2*n || first < n*9/10 {
		t.Errorf("%d events, %d of %d questions come first", len(all), first, n)
	}
}

// sender returns what sends a frame by a port at once.
func sender(t *testing.T, p lab.Port) func(frame []byte) error {
	t.Helper()
	fd := -1
	p.Host.In(func() {
		i, err := net.InterfaceByName(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index}); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { unix.Close(fd) })
	return func(frame []byte) error {
		_, err := unix.Write(fd, frame)
		return err
	}
}

// TestWantChangesFilter has ports watched, and not, while the source runs.
func TestWantChangesFilter(t *testing.T) {
	_, from, to := line(t)
	c := sensorConfig("vb")
	c.Sample = 1 << 16
	s, _ := open(t, to.Host, c, capture.Wants{}, WithRings(2))
	ack := []lab.Frame{{Data: packettest.Ethernet(packettest.TCP("10.1.0.5", "10.1.0.9", 2000, 4444, packet.ACK))}}
	for _, watched := range []bool{false, true, false} {
		w := capture.Wants{}
		if watched {
			w.TCP = []uint16{4444}
		}
		if err := s.Want(w); err != nil {
			t.Fatal(err)
		}
		if got := played(t, s, from, ack, 0); (len(got) == 1) != watched {
			t.Errorf("watched %v: %v", watched, got)
		}
	}
	var many capture.Wants
	for p := range uint16(30000) {
		many.TCP = append(many.TCP, 2*p)
	}
	if err := s.Want(many); err == nil || !strings.Contains(err.Error(), "30000 TCP and 1 UDP ports") {
		t.Errorf("%v", err)
	}
	if got := played(t, s, from, some(10), 10); len(got) != 10 {
		t.Errorf("after a refusal: %v", got)
	}
}

// TestReadAllocatesNothing reads while frames come in.
func TestReadAllocatesNothing(t *testing.T) {
	for _, rings := range []int{1, 2} {
		_, from, to := line(t)
		s, _ := open(t, to.Host, sensorConfig("vb"), capture.Wants{}, WithRings(rings))
		frames := short16(t)
		var all []lab.Frame
		for range 40 {
			all = append(all, frames...)
		}
		from.Play(all, 0)
		time.Sleep(100 * time.Millisecond)
		s.looked = time.Now().Add(time.Hour) // at the interfaces, which is no part of it
		dst := make([]packet.Event, 64)
		n, octets := 0, 0
		got := testing.AllocsPerRun(200, func() {
			k, _, err := s.Read(dst)
			if err != nil {
				t.Fatal(err)
			}
			for i := range dst[:k] {
				octets += len(s.Payload(&dst[i]))
			}
			n += k
		})
		if got != 0 || n < 200*64/2 {
			t.Errorf("%d rings: %v allocations a Read, of %d events", rings, got, n)
		}
	}
}

// TestBill counts what is there.
func TestBill(t *testing.T) {
	c := sensorConfig("vb", "vc")
	c.RingEvents = 1 << 16
	var octets int64
	for _, b := range Bill(&c) {
		octets += b.Bytes
	}
	m := newMerger(nil)
	want := 2*int64(ringSize(c.RingEvents)) + int64(cap(m.queue))*int64(unsafe.Sizeof(entry{})) +
		int64(cap(m.given))*int64(unsafe.Sizeof(place{})) + int64(unsafe.Sizeof(m.answers))
	if octets != want {
		t.Errorf("%d octets are told of %d", octets, want)
	}
}

// TestSpanDropsNothing: that a mirrored packet goes on to the stack is said, and told by the
// counters.
func TestSpanDropsNothing(t *testing.T) {
	_, _, to := line(t)
	for role, warns := range map[string]bool{capture.RoleSpan: true, capture.RoleRouter: false} {
		c := sensorConfig("vb")
		c.Role = role
		s, log := open(t, to.Host, c, capture.Wants{})
		if strings.Contains(log.String(), "AF_PACKET drops nothing") != warns {
			t.Errorf("role %s: %s", role, log)
		}
		if got := s.Stats().Live.Links[0].Role; got != capture.RoleRouter {
			t.Errorf("role %s: it works as %s", role, got)
		}
	}
}

// TestDownAtStart: it is said once, and so is that it goes up.
func TestDownAtStart(t *testing.T) {
	_, from, to := line(t)
	to.Down()
	s, log := open(t, to.Host, sensorConfig("vb"), capture.Wants{})
	if n := strings.Count(log.String(), "interface is down"); n != 1 {
		t.Errorf("said %d times: %s", n, log)
	}
	to.Up()
	reads(t, s, "it is up", func() bool { return strings.Contains(log.String(), "interface is up") })
	from.AwaitLine()
	equal(t, played(t, s, from, some(20), 20), parsed(some(20)))
	if n := strings.Count(log.String(), "interface is down"); n != 1 {
		t.Errorf("said %d times: %s", n, log)
	}
}

// TestUp: an interface is up if it is set up and has a carrier.
func TestUp(t *testing.T) {
	_, from, to := line(t)
	s, _ := open(t, to.Host, sensorConfig("vb"), capture.Wants{})
	is := func(up bool) func() bool { return func() bool { return s.Stats().Live.Links[0].Up == up } }
	reads(t, s, "it is up", is(true))
	from.Down() // the other end
	reads(t, s, "it has no carrier", is(false))
	from.Up()
	reads(t, s, "it has one again", is(true))
	to.Down()
	reads(t, s, "it is down", is(false))
	to.Up()
	reads(t, s, "it is up again", is(true))
	to.Host.IP("link", "delete", "vb")
	reads(t, s, "it is gone", is(false))
}
