// Package blast sends more than any tool can: frames that a BPF program makes, handed to
// the driver in batches (BPF_F_TEST_XDP_LIVE_FRAMES). It is for tests and benchmarks.
package blast

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// Shape is what the frames are: TCP by IPv4 in 64 octets (60 and the wire's checksum).
// Addresses are drawn from prefixes, so that a source and a target come again as seldom as
// those are long.
type Shape struct {
	Sources, Targets netip.Prefix
	SYN              int // of 1000 frames, bare SYNs to port 445; the rest is established traffic to 443
}

// Blaster sends frames by a port. Its peer needs NAPI: XDP, or lab.Port.NAPI.
type Blaster struct {
	port  lab.Port
	prog  *ebpf.Program
	sent  *ebpf.Map // how many frames the program made
	frame []byte
	index uint32
}

// New returns one for a port. It is to be closed.
func New(p lab.Port, s Shape) (b *Blaster, err error) {
	frame := packettest.Pad(packettest.Ethernet(packettest.TCP("10.0.0.1", "10.0.0.2", 1024, 443, 0x10)))
	sent, err := ebpf.NewMap(&ebpf.MapSpec{Name: "blast_sent", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	if err != nil {
		return nil, fmt.Errorf("blast: %w", err)
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "blast", Type: ebpf.XDP, License: "GPL", Instructions: s.program(sent.FD())})
	if err != nil {
		sent.Close()
		return nil, fmt.Errorf("blast: %w", err)
	}
	b = &Blaster{port: p, prog: prog, sent: sent, frame: frame}
	p.Host.In(func() {
		var iface *net.Interface
		if iface, err = net.InterfaceByName(p.Name); err == nil {
			b.index = uint32(iface.Index)
		}
	})
	return b, err
}

// Close frees the program.
func (b *Blaster) Close() error { return errors.Join(b.prog.Close(), b.sent.Close()) }

// Sent returns how many frames were made so far. What the kernel says of a run is less: one
// that a signal interrupts is begun anew.
func (b *Blaster) Sent() (n uint64, err error) {
	err = b.sent.Lookup(uint32(0), &n)
	return n, err
}

// Offsets in a frame without tags and options.
const (
	source      = 14 + 12
	destination = 14 + 16
	sourcePort  = 14 + 20
	destPort    = sourcePort + 2
	flags       = sourcePort + 13
	end         = sourcePort + 20
)

// program fills in what differs from frame to frame, and sends it back by where it came
// from. Checksums are not right; nothing here looks at them.
func (s Shape) program(sent int) asm.Instructions {
	port := func(n uint16) int64 { return int64(binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n))) }
	p := asm.Instructions{
		asm.LoadMem(asm.R7, asm.R1, 0, asm.Word), // data
		asm.LoadMem(asm.R8, asm.R1, 4, asm.Word), // data_end
		asm.Mov.Reg(asm.R0, asm.R7),
		asm.Add.Imm(asm.R0, end),
		asm.JGT.Reg(asm.R0, asm.R8, "short"),
	}
	p = append(p, draw(s.Sources, source)...)
	p = append(p, draw(s.Targets, destination)...)
	return append(p,
		asm.FnGetPrandomU32.Call(),
		asm.StoreMem(asm.R7, sourcePort, asm.R0, asm.Half),
		asm.FnGetPrandomU32.Call(),
		asm.Mod.Imm(asm.R0, 1000),
		asm.JGE.Imm(asm.R0, int32(s.SYN), "established"),
		asm.StoreImm(asm.R7, destPort, port(445), asm.Half),
		asm.StoreImm(asm.R7, flags, 0x02, asm.Byte),
		asm.Ja.Label("send"),
		asm.StoreImm(asm.R7, destPort, port(443), asm.Half).WithSymbol("established"),
		asm.StoreImm(asm.R7, flags, 0x10, asm.Byte),
		asm.LoadMapValue(asm.R1, sent, 0).WithSymbol("send"),
		asm.Mov.Imm(asm.R0, 1),
		asm.AddAtomic.Mem(asm.R1, asm.R0, asm.DWord, 0),
		asm.Mov.Imm(asm.R0, 3), // XDP_TX
		asm.Return(),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("short"), // XDP_ABORTED
		asm.Return(),
	)
}

// draw puts a random address of a prefix at an offset.
func draw(prefix netip.Prefix, offset int16) asm.Instructions {
	base := prefix.Masked().Addr().As4()
	return asm.Instructions{
		asm.FnGetPrandomU32.Call(),
		asm.RSh.Imm(asm.R0, int32(prefix.Bits())), // 32 random bits are in 64
		asm.LoadImm(asm.R1, int64(binary.BigEndian.Uint32(base[:])), asm.DWord),
		asm.Or.Reg(asm.R0, asm.R1),
		asm.HostTo(asm.BE, asm.R0, asm.Word),
		asm.StoreMem(asm.R7, offset, asm.R0, asm.Word),
	}
}

// context is struct xdp_md of Linux.
type context struct {
	Data, DataEnd, DataMeta, IngressIfindex, RxQueueIndex, EgressIfindex uint32
}

// batch is how many frames the driver gets at once, as a card's interrupt brings them.
const batch = 64

// Send sends for that long, at so many frames a second (0: as many as can be) on the
// average of a millisecond or so; Sent tells how many that were. It may be called on any
// goroutine.
func (b *Blaster) Send(rate int, howLong time.Duration) (err error) {
	sent := 0
	b.port.Host.In(func() {
		began := time.Now()
		for took := time.Duration(0); took < howLong && err == nil; took = time.Since(began) {
			n := 1 << 18 // each run costs a millisecond for itself
			if rate > 0 {
				n = int(took.Seconds()*float64(rate)) - sent
			}
			if n <= 0 {
				time.Sleep(time.Millisecond)
				continue
			}
			err = b.run(n)
			sent += n
		}
	})
	return err
}

// run sends n frames.
func (b *Blaster) run(n int) error {
	for {
		_, err := b.prog.Run(&ebpf.RunOptions{
			Data: b.frame, Repeat: uint32(n), BatchSize: batch, Flags: unix.BPF_F_TEST_XDP_LIVE_FRAMES,
			Context: context{DataEnd: uint32(len(b.frame)), IngressIfindex: b.index},
		})
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("blast: %w", err)
		}
		return nil
	}
}
