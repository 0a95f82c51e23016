package main

import (
	"net/netip"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestLiveHealthOfLinks: a sensor says that an interface is down, or its other end, and when
// it is back; that it is silent, and when it is not.
func TestLiveHealthOfLinks(t *testing.T) {
	for _, mode := range []string{"native", "af_packet"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			out, in := pair(t)
			s := sense(t, []lab.Port{in}, "-s", "capture.mode="+mode, "-s", "health.silence=2s")
			s.Expect("kind=started", startPatience)
			in.Down()
			s.Expect("kind=interface_down", startPatience)
			in.Up()
			s.Expect("kind=interface_up", startPatience)
			s.Expect("kind=interface_silent", startPatience)
			out.AwaitLine()
			out.Play(sweep("10.0.0.66", 3), 0)
			s.Expect("kind=interface_heard", startPatience)
			out.Down()
			in.Host.Lab().Await(startPatience, "it says that the carrier is lost", func() bool { return toldOf(s, "interface_down") == 2 })
			s.stop()
			if n := toldOf(s, "stopping"); n != 1 {
				t.Errorf("it says %d times that it stops\n%s", n, s.Output())
			}
		})
	}
}

// toldOf counts the lines of the log about a kind.
func toldOf(s *liveSensor, kind string) int {
	return len(regexp.MustCompile(`(?m)kind=`+kind+`( |$)`).FindAllString(s.Output(), -1))
}

// lostSaid is how many events were lost, as the end of the losses tells.
var lostSaid = regexp.MustCompile(`kind=drops_ended lost=(\d+)`)

// TestLiveHealthOfDrops: a sensor that is held up loses what its rings have no room for, and
// says when that begins and when it is over.
func TestLiveHealthOfDrops(t *testing.T) {
	out, in := pair(t)
	s := sense(t, []lab.Port{in}, "-s", "capture.mode=native", "-s", "capture.ring_events=1024")
	s.Expect("kind=started", startPatience)
	s.Signal(syscall.SIGSTOP)
	out.Play(sweep("10.0.0.66", 8192), 0)
	out.Play(sources(8192), 0)
	s.Signal(syscall.SIGCONT)
	s.Expect("kind=drops_began", startPatience)
	s.Expect("kind=drops_ended", startPatience)
	s.stop()
	m := lostSaid.FindStringSubmatch(s.Output())
	if m == nil {
		t.Fatalf("it does not say how many\n%s", s.Output())
	}
	if n, _ := strconv.Atoi(m[1]); n < 1024 {
		t.Errorf("%d events are lost\n%s", n, s.Output())
	}
}

// sources are SYNs to one host by n others.
func sources(n int) (frames []lab.Frame) {
	s := packettest.NewScenario()
	from := netip.MustParseAddr("10.2.0.1")
	for range n {
		s.Send(packettest.TCP(from.String(), "10.3.0.1", 40000, 445, packet.SYN))
		from = from.Next()
	}
	for _, r := range s.Records {
		frames = append(frames, lab.Frame{Data: r.Frame})
	}
	return frames
}

// TestLiveHealthOfMirrors: a mirror that shows what clients send and none of the answers is
// told of.
func TestLiveHealthOfMirrors(t *testing.T) {
	out, in := pair(t)
	s := sense(t, []lab.Port{in})
	s.Expect("kind=started", startPatience)
	for port := uint16(40000); port < 40020; port++ {
		out.Play(clients(port), 0)
		time.Sleep(100 * time.Millisecond)
	}
	s.Expect("kind=one_way_began", startPatience)
	s.stop()
}

// clients are four hosts that open a connection each, and go on with it.
func clients(port uint16) (frames []lab.Frame) {
	s := packettest.NewScenario()
	for i := range 4 {
		client, server := "10.0.0."+strconv.Itoa(10+i), "10.0.1."+strconv.Itoa(int(port)%250+1)
		s.Send(
			packettest.TCP(client, server, port, 445, packet.SYN),
			packettest.TCP(client, server, port, 445, packet.ACK),
		)
	}
	for _, r := range s.Records {
		frames = append(frames, lab.Frame{Data: r.Frame})
	}
	return frames
}
