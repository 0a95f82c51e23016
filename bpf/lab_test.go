package bpf

import (
	"math"
	"net/netip"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/irc"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

// wants is what the default configuration has the detectors look at.
func wants() *capture.Wants {
	f := flow.DefaultConfig()
	w := &capture.Wants{
		Home: f.Networks.Home, ARP: f.ARP, Streams: true, SMB: []uint16{139, 445}, IRCTLS: []uint16{6697},
		Could: irc.Could,
	}
	for _, s := range f.Services {
		w.TCP, w.UDP = append(w.TCP, s.TCP...), append(w.UDP, s.UDP...)
	}
	return w
}

// newKernel returns one that wants what the default configuration does, and a copy of the
// program.
func newKernel(tb testing.TB, cfg Config) (*Kernel, *ebpf.Program) {
	tb.Helper()
	k, err := Load(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = k.Close() })
	if err := k.Want(wants()); err != nil {
		tb.Fatal(err)
	}
	prog, err := k.Program(0, true)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = prog.Close() })
	return k, prog
}

// door is the program with the default configuration; what comes up is looked at packet by
// packet.
type door struct {
	*Kernel
	t    testing.TB
	prog *ebpf.Program
	tap  *tap
}

func newDoor(tb testing.TB, tune ...func(*Config)) *door {
	tb.Helper()
	onOneCPU(tb)
	cfg := Config{CPUs: 1, RingOctets: 1 << 20, FrameOctets: 1 << 20, Slots: 1 << 10, Punts: 100, Seed: 1}
	for _, f := range tune {
		f(&cfg)
	}
	k, prog := newKernel(tb, cfg)
	k.mem.want.TickBits = 31 // windows end when the test says so
	return &door{Kernel: k, t: tb, prog: prog, tap: newTap(tb, k.Rings()[0])}
}

// onOneCPU keeps the test on the first CPU that it may use: others have counters, windows
// and regions of their own.
func onOneCPU(tb testing.TB) {
	tb.Helper()
	runtime.LockOSThread()
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		tb.Fatal(err)
	}
	for cpu := range maxCPUs {
		if all.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = unix.SchedSetaffinity(0, &all)
		runtime.UnlockOSThread()
	})
}

// forget has everything be as it was at first, wants and counters apart.
func (d *door) forget() {
	for _, table := range d.mem.maps[1:] {
		clear(table)
	}
	clear(d.mem.streams)
	clear(d.mem.sights)
}

// nextWindow ends the window of every source.
func (d *door) nextWindow() {
	for i := range d.mem.sources {
		d.mem.sources[i].Window = math.MaxUint32
	}
}

// frame shows a frame and returns what comes up.
func (d *door) frame(frame []byte) []record {
	d.t.Helper()
	if _, err := d.prog.Run(&ebpf.RunOptions{Data: frame}); err != nil {
		d.t.Fatalf("frame of %d octets: %v", len(frame), err)
	}
	return d.tap.drain()
}

// show shows packets as Ethernet frames and returns what comes up by them.
func (d *door) show(packets ...p.Packet) (up []record) {
	d.t.Helper()
	for _, x := range packets {
		up = append(up, d.frame(p.Pad(p.Ethernet(x)))...)
	}
	return up
}

// see has the program see hosts alive, so that no packet of theirs goes up for that.
func (d *door) see(hosts ...string) {
	d.t.Helper()
	for _, h := range hosts {
		to := "198.51.100.250"
		if !netip.MustParseAddr(h).Is4() {
			to = "2001:db8:ffff::1"
		}
		d.show(p.UDP(h, to, 5000, 5001))
	}
}

// expect fails unless as many events came up as wanted, and returns them.
func (d *door) expect(what string, want int, up []record) []record {
	d.t.Helper()
	if len(up) != want {
		d.t.Fatalf("%s: %d events came up, not %d: %+v", what, len(up), want, up)
	}
	return up
}
