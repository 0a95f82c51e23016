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
	cpu   time.Duration
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

// CPU returns the CPU time that sending took so far: that of the receiving driver and of its
// XDP program included, which run on the sender's thread, as interrupts do.
func (b *Blaster) CPU() time.Duration { return b.cpu }

func threadTime() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // no error is possible
	return time.Duration(t.Nano())
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
// from. Its random numbers are those of SplitMix64 (Steele, Lea, Flood 2014) by the count of
// frames: the kernel's own would cost more than all the rest. Checksums are not right;
// nothing here looks at them.
func (s Shape) program(sent int) asm.Instructions {
	port := func(n uint16) int64 { return int64(binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n))) }
	p := asm.Instructions{
		asm.LoadMem(asm.R7, asm.R1, 0, asm.Word), // data
		asm.LoadMem(asm.R8, asm.R1, 4, asm.Word), // data_end
		asm.Mov.Reg(asm.R0, asm.R7),
		asm.Add.Imm(asm.R0, end),
		asm.JGT.Reg(asm.R0, asm.R8, "short"),
		asm.LoadMapValue(asm.R9, sent, 0),
		asm.LoadMem(asm.R1, asm.R9, 0, asm.DWord),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R9, 0, asm.R1, asm.DWord),
	}
	p = append(p, scramble(0x9e3779b97f4a7c15, 30)...)
	p = append(p, scramble(0xbf58476d1ce4e5b9, 27)...)
	p = append(p, scramble(0x94d049bb133111eb, 31)...)
	p = append(p, draw(s.Sources, source, 0)...)
	p = append(p, draw(s.Targets, destination, 32)...)
	p = append(p, scramble(0x9e3779b97f4a7c15, 32)...)
	return append(p,
		asm.StoreMem(asm.R7, sourcePort, asm.R1, asm.Half),
		asm.RSh.Imm(asm.R1, 32),
		asm.LoadImm(asm.R0, int64(s.SYN)<<32/1000, asm.DWord),
		asm.JGE.Reg(asm.R1, asm.R0, "established"),
		asm.StoreImm(asm.R7, destPort, port(445), asm.Half),
		asm.StoreImm(asm.R7, flags, 0x02, asm.Byte),
		asm.Ja.Label("send"),
		asm.StoreImm(asm.R7, destPort, port(443), asm.Half).WithSymbol("established"),
		asm.StoreImm(asm.R7, flags, 0x10, asm.Byte),
		asm.Mov.Imm(asm.R0, 3).WithSymbol("send"), // XDP_TX
		asm.Return(),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("short"), // XDP_ABORTED
		asm.Return(),
	)
}

// scramble multiplies R1, and folds its upper bits into the lower ones.
func scramble(factor uint64, shift int32) asm.Instructions {
	return asm.Instructions{
		asm.LoadImm(asm.R0, int64(factor), asm.DWord),
		asm.Mul.Reg(asm.R1, asm.R0),
		asm.Mov.Reg(asm.R0, asm.R1),
		asm.RSh.Imm(asm.R0, shift),
		asm.Xor.Reg(asm.R1, asm.R0),
	}
}

// draw puts an address of a prefix at an offset; its host part is of the 32 bits of R1 from
// shift on.
func draw(prefix netip.Prefix, offset int16, shift int32) asm.Instructions {
	base := prefix.Masked().Addr().As4()
	return asm.Instructions{
		asm.Mov.Reg(asm.R0, asm.R1),
		asm.RSh.Imm(asm.R0, shift),
		asm.LSh.Imm(asm.R0, 32),
		asm.RSh.Imm(asm.R0, 32),
		asm.RSh.Imm(asm.R0, int32(prefix.Bits())),
		asm.LoadImm(asm.R2, int64(binary.BigEndian.Uint32(base[:])), asm.DWord),
		asm.Or.Reg(asm.R0, asm.R2),
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
		cpu := threadTime()
		defer func() { b.cpu += threadTime() - cpu }()
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
