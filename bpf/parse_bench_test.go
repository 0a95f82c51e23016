package bpf

import (
	"runtime"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
	"golang.org/x/sys/unix"
)

// BenchmarkParse measures the parser alone beside a program that does nothing, by turns:
// medians of the thread's CPU time around runs of two million packets each. The ns/op of the
// testing package means nothing here.
func BenchmarkParse(b *testing.B) {
	twins := newTwins(b)
	inner := p.Ethernet(established(p.Client, p.Server))
	for _, c := range []struct {
		name  string
		frame []byte
	}{
		{"established-443", inner},
		{"syn-445", p.Pad(p.Ethernet(p.SYN))},
		{"udp-137", p.Ethernet(p.UDP(p.Client, p.Server, 137, 137, make([]byte, 50)...))},
		{"ipv6", p.Ethernet(established(p.Client6, p.Server6))},
		{"vlan", p.Ethernet(p.VLAN(established(p.Client, p.Server), 7))},
		{"qinq", p.Ethernet(p.Tagged(0x88a8, p.VLAN(established(p.Client, p.Server), 8), 7))},
		{"vxlan", p.Ethernet(p.Tunnel4.VXLAN(inner, 42))},
		{"gre", p.Ethernet(p.Tunnel4.GRE(established(p.Client, p.Server), p.GREFields{Key: 77}))},
		{"mpls", p.Ethernet(p.MPLS(established(p.Client, p.Server), 100, 200))},
		{"icmp-unreachable", p.Ethernet(p.Unreachable(p.Server, p.Client, 3, p.SYN, 28))},
		{"arp", p.Pad(p.Ethernet(p.ARP(1, p.Client, p.Server)))},
	} {
		b.Run(c.name, func(b *testing.B) { twins.cost(b, c.frame) })
	}
}

func established(src, dst string) p.Packet {
	return p.TCP(src, dst, 443, 50000, packet.PSH|packet.ACK, make([]byte, 300)...)
}

// cost reports what both halves of the parser take for a frame above a program that does
// nothing: early is done for every packet, whole for those that go up.
func (t *twins) cost(b *testing.B, frame []byte) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var empty, early, whole []float64
	for b.Loop() {
		empty = append(empty, perPacket(b, t.Empty, frame))
		early = append(early, perPacket(b, t.Early, frame))
		whole = append(whole, perPacket(b, t.Whole, frame))
	}
	b.ReportMetric(median(empty), "ns-empty")
	b.ReportMetric(median(early)-median(empty), "ns-early")
	b.ReportMetric(median(whole)-median(empty), "ns-whole")
}

// perPacket returns the thread's CPU time in ns for one packet.
func perPacket(b *testing.B, prog *ebpf.Program, frame []byte) float64 {
	const repeat = 2_000_000
	before := threadTime(b)
	if _, err := prog.Run(&ebpf.RunOptions{Data: frame, Repeat: repeat}); err != nil {
		b.Fatal(err)
	}
	return float64(threadTime(b)-before) / repeat
}

func threadTime(b *testing.B) int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		b.Fatal(err)
	}
	return ts.Nano()
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
