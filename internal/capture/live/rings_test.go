package live

import (
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/lab"
)

// TestRings: contacts do not depend on how packets are spread over CPUs. Here each is sent,
// and so received, by another CPU than the one before, when that one is through.
func TestRings(t *testing.T) {
	b := newBench(t)
	c := config.Default()
	cfg := testConfig("rx")
	cfg.RingEvents, cfg.PerSource, cfg.Mode = 1<<16, 60000, capture.ModeGeneric // that is received where it is sent
	r := run(t, b.sensor, cfg, c.Wants())
	line := b.alternating(t)
	line.received = func() uint64 { return r.kernel.Link(0).Packets }
	for _, name := range []string{"scan_smb_nmap24.pcap.zst", "scan_smb_ipv6.pcap.gz", "scan_smb_slow10min_mixed.pcap.zst", "irc_bot_4915.pcap.gz"} {
		path := filepath.Join("..", "..", "..", "testdata", name)
		t.Run(name, func(t *testing.T) {
			b.compare(t, r, &c, path, line.play)
		})
	}
	cpus := r.stats().Live.CPUs
	for _, s := range cpus[:min(len(cpus), runtime.NumCPU(), 2)] {
		if s.Events == 0 {
			t.Errorf("CPU %d received nothing: %+v", s.CPU, cpus)
		}
	}
}

// alternating sends frames by two CPUs in turns.
type alternating struct {
	fd       int
	to       unix.SockaddrLinklayer
	received func() uint64 // frames, by who receives
}

func (b *bench) alternating(t *testing.T) *alternating {
	t.Helper()
	var a alternating
	b.sender.In(func() {
		iface, err := net.InterfaceByName("va")
		if err != nil {
			t.Fatal(err)
		}
		a.to.Ifindex = iface.Index
		if a.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { unix.Close(a.fd) })
	return &a
}

// play sends frames in order.
func (a *alternating) play(frames []lab.Frame) error {
	turns := [2]chan int{make(chan int), make(chan int)}
	ended := make(chan error, 1)
	for cpu := range turns {
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends
			pin(cpu)
			for i := range turns[cpu] {
				if i == len(frames) {
					ended <- nil
					return
				}
				if err := a.send(frames[i].Data); err != nil {
					ended <- err
					return
				}
				turns[1-cpu] <- i + 1
			}
		}()
	}
	turns[0] <- 0
	err := <-ended
	for _, c := range turns {
		close(c) // err == nil: nobody sends any more
	}
	return err
}

// gap is long enough for the program to look at the clock for each event: one that is
// busier does so for each few only, and events of two CPUs may change places.
const gap = 100 * time.Microsecond

// send sends a frame and waits until it is received.
func (a *alternating) send(frame []byte) error {
	time.Sleep(gap)
	before := a.received()
	if err := unix.Sendto(a.fd, frame, 0, &a.to); err != nil {
		return err
	}
	for began := time.Now(); a.received() == before; runtime.Gosched() {
		if time.Since(began) > soon {
			return errors.New("a frame does not arrive")
		}
	}
	return nil
}

// pin keeps this thread on a CPU; where that is forbidden, or there is none of this number,
// it stays anywhere.
func pin(cpu int) {
	var one unix.CPUSet
	one.Set(cpu)
	_ = unix.SchedSetaffinity(0, &one)
}
