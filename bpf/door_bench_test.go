package bpf

import (
	"runtime"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

//go:generate go tool -modfile=../scripts/tools/go.mod bpf2go -cc clang-19 -strip llvm-strip-19 -target bpfel -output-suffix _test -cflags "-O2 -Wall -Werror -mcpu=v3 -I/usr/include/x86_64-linux-gnu" -no-global-types bench bench.c
//go:generate go tool -modfile=../scripts/tools/go.mod gofumpt -w bench_bpfel_test.go

// BenchmarkKernel measures the program beside one that does nothing and one that updates a
// table of flows, by turns: medians of the thread's CPU time around runs of prog.Run.
// scripts/bench-kernel makes a table of it.
func BenchmarkKernel(b *testing.B) {
	for _, c := range []struct {
		name             string
		frame            []byte
		sources, targets uint32 // bits; 0: the frame as it is
		before           []p.Packet
		live             bool // the ring is emptied
	}{
		{name: "established-443", frame: p.Ethernet(established("10.0.0.9", "198.51.100.7"))},
		{name: "established-443-65k-sources", frame: p.Ethernet(established("10.0.0.9", "198.51.100.7")), sources: 16, targets: 4},
		{name: "ack-443", frame: p.Pad(p.Ethernet(p.TCP("10.0.0.9", "198.51.100.7", 50000, 443, packet.ACK)))},
		{name: "syn-445-repeated", frame: p.Pad(p.Ethernet(p.SYN))},
		{name: "syn-445-new", frame: p.Pad(p.Ethernet(p.SYN)), sources: 10, targets: 16, live: true},
		{name: "syn-445-65k-sources-16-targets", frame: p.Pad(p.Ethernet(p.SYN)), sources: 16, targets: 4, live: true},
		{name: "syn-445-1M-sources-64k-targets", frame: p.Pad(p.Ethernet(p.SYN)), sources: 20, targets: 16, live: true},
		{name: "syn-445-16M-forged", frame: p.Pad(p.Ethernet(p.SYN)), sources: 24, targets: 16},
		{name: "udp-137", frame: p.Ethernet(p.UDP("10.0.0.9", "10.0.0.10", 137, 137, make([]byte, 50)...))},
		{name: "udp-443", frame: p.Ethernet(p.UDP("10.0.0.9", "198.51.100.7", 50000, 443, make([]byte, 300)...))},
		{name: "looks-like-irc", frame: p.Ethernet(p.TCP("10.0.0.9", "198.51.100.7", 50000, 8080, packet.PSH|packet.ACK, []byte("PRIVMSG #a :b\r\n")...))},
		{name: "ipv6-443", frame: p.Ethernet(established("2001:db8::9", "2001:db8:1::7"))},
		{name: "vlan-443", frame: p.Ethernet(p.VLAN(established("10.0.0.9", "198.51.100.7"), 7))},
		{name: "vxlan-443", frame: p.Ethernet(p.Tunnel4.VXLAN(p.Ethernet(established("10.0.0.9", "198.51.100.7")), 42))},
	} {
		b.Run(c.name, func(b *testing.B) {
			rack := newRack(b, c.sources, c.targets)
			rack.cost(b, c.frame, c.live)
		})
	}
}

// rack is the programs that are compared.
type rack struct {
	k     *Kernel
	vary  *ebpf.Program // nil: frames are taken as they are
	next  *ebpf.Map
	progs [3]*ebpf.Program
}

var rackNames = [3]string{"empty", "flows", "wormwatch"}

func newRack(b *testing.B, sources, targets uint32) *rack {
	k, prog := newKernel(b, Config{CPUs: runtime.NumCPU(), RingOctets: 1 << 23, Slots: 1 << 16, Seed: 1})
	spec, err := loadBench()
	if err != nil {
		b.Fatal(err)
	}
	_ = spec.Variables[benchVarSourceBits].Set(sources)
	_ = spec.Variables[benchVarTargetBits].Set(targets)
	var objs benchObjects
	if err := spec.LoadAndAssign(&objs, nil); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = objs.Close() })
	r := &rack{k: k, next: objs.Next, progs: [3]*ebpf.Program{objs.Empty, objs.Flows, prog}}
	if sources != 0 {
		r.vary = objs.Vary
	}
	return r
}

// cost reports medians in ns a packet.
func (r *rack) cost(b *testing.B, frame []byte, live bool) {
	onOneCPU(b)
	var taps []*tap
	for _, ring := range r.k.rings {
		if live {
			taps = append(taps, newTap(b, ring))
		}
	}
	var took [len(rackNames)][]float64
	for b.Loop() {
		for i, prog := range r.progs {
			took[i] = append(took[i], r.run(b, prog, frame, taps))
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, name := range rackNames {
		b.ReportMetric(median(took[i]), name+"-ns")
	}
	b.Logf("%d rounds: %+v", b.N, r.k.Counts())
}

// run returns the thread's CPU time in ns for one packet. The rings are emptied when they
// are half full.
func (r *rack) run(b *testing.B, prog *ebpf.Program, frame []byte, taps []*tap) float64 {
	const times, repeat = 10, 40_000
	run := prog
	if r.vary != nil {
		if err := r.next.Put(uint32(0), prog); err != nil {
			b.Fatal(err)
		}
		run = r.vary
	}
	start := threadTime(b)
	for range times {
		if _, err := run.Run(&ebpf.RunOptions{Data: frame, Repeat: repeat}); err != nil {
			b.Fatal(err)
		}
		for _, t := range taps {
			t.skip()
		}
	}
	return float64(threadTime(b)-start) / (times * repeat)
}
