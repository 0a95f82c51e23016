package ring

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

const (
	scriptSlots = 1 << 13
	scriptValue = 512             // octets of a slot: what to do, then the content
	maxContent  = scriptValue - 8 // octets of a record
	noWakeup    = 1               // BPF_RB_NO_WAKEUP
	doDiscard   = 1               // reserve and give up instead
	ringOctets  = 1 << 16         // of most rings here
	discarded   = 40              // octets of a record that is given up
)

// Words of the state.
const (
	stateNext   = iota // the slot to do next
	stateFailed        // records for which there was no room
	stateLimit         // the slot to stop at
	stateWords
)

// kernelRing is a BPF ring buffer and a program that writes what a script says.
type kernelRing struct {
	ring, script, state *ebpf.Map
	program             *ebpf.Program
	written             int // slots of the script that wait
	plan                []byte
}

// newKernelRing makes a ring of so many octets.
func newKernelRing(tb testing.TB, octets int) *kernelRing {
	tb.Helper()
	if os.Geteuid() != 0 {
		shared.Missing(tb, "BPF needs root")
	}
	if err := rlimit.RemoveMemlock(); err != nil {
		tb.Fatal(err)
	}
	k := &kernelRing{
		ring:   newMap(tb, &ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: uint32(octets)}),
		script: newMap(tb, &ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: scriptValue, MaxEntries: scriptSlots, Flags: 1 << 10}),
		state:  newMap(tb, &ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 8 * stateWords, MaxEntries: 1}),
	}
	var err error
	k.program, err = ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SocketFilter, License: "GPL", Instructions: k.code()})
	if err != nil {
		tb.Fatalf("%+v", err)
	}
	tb.Cleanup(func() { _ = k.program.Close() })
	return k
}

func newMap(tb testing.TB, spec *ebpf.MapSpec) *ebpf.Map {
	tb.Helper()
	m, err := ebpf.NewMap(spec)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = m.Close() })
	return m
}

// code does one slot of the script, if it goes so far: bpf_ringbuf_output, or reserve
// and discard.
func (k *kernelRing) code() asm.Instructions {
	lookup := func(m *ebpf.Map) asm.Instructions {
		return asm.Instructions{
			asm.LoadMapPtr(asm.R1, m.FD()),
			asm.Mov.Reg(asm.R2, asm.RFP),
			asm.Add.Imm(asm.R2, -4),
			asm.FnMapLookupElem.Call(),
			asm.JEq.Imm(asm.R0, 0, "exit"),
		}
	}
	code := asm.Instructions{asm.StoreImm(asm.RFP, -4, 0, asm.Word)}
	code = append(code, lookup(k.state)...)
	code = append(code,
		asm.Mov.Reg(asm.R7, asm.R0),
		asm.LoadMem(asm.R6, asm.R7, stateNext*8, asm.DWord),
		asm.LoadMem(asm.R1, asm.R7, stateLimit*8, asm.DWord),
		asm.JGE.Reg(asm.R6, asm.R1, "exit"),
		asm.StoreMem(asm.RFP, -4, asm.R6, asm.Word),
		asm.Add.Imm(asm.R6, 1),
		asm.StoreMem(asm.R7, stateNext*8, asm.R6, asm.DWord),
	)
	code = append(code, lookup(k.script)...)
	return append(code,
		asm.LoadMem(asm.R3, asm.R0, 0, asm.Word),
		asm.LoadMem(asm.R4, asm.R0, 4, asm.Word),
		asm.JEq.Imm(asm.R4, doDiscard, "discard"),
		asm.JGT.Imm(asm.R3, maxContent, "exit"),
		asm.LoadMapPtr(asm.R1, k.ring.FD()),
		asm.Mov.Reg(asm.R2, asm.R0),
		asm.Add.Imm(asm.R2, 8),
		asm.Mov.Imm(asm.R4, noWakeup),
		asm.FnRingbufOutput.Call(),
		asm.JEq.Imm(asm.R0, 0, "exit"),
		asm.LoadMem(asm.R1, asm.R7, stateFailed*8, asm.DWord).WithSymbol("failed"),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R7, stateFailed*8, asm.R1, asm.DWord),
		asm.Ja.Label("exit"),

		asm.LoadMapPtr(asm.R1, k.ring.FD()).WithSymbol("discard"),
		asm.Mov.Imm(asm.R2, discarded),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnRingbufReserve.Call(),
		asm.JEq.Imm(asm.R0, 0, "failed"),
		asm.Mov.Reg(asm.R1, asm.R0),
		asm.Mov.Imm(asm.R2, noWakeup),
		asm.FnRingbufDiscard.Call(),

		asm.Mov.Imm(asm.R0, 0).WithSymbol("exit"),
		asm.Return(),
	)
}

// put adds a record to the script.
func (k *kernelRing) put(content []byte) { k.add(uint32(len(content)), 0, content) }

// discard adds one that is given up.
func (k *kernelRing) discard() { k.add(0, doDiscard, nil) }

func (k *kernelRing) add(size, what uint32, content []byte) {
	slot := make([]byte, scriptValue)
	binary.LittleEndian.PutUint32(slot, size)
	binary.LittleEndian.PutUint32(slot[4:], what)
	copy(slot[8:], content)
	k.plan = append(k.plan, slot...)
	k.written++
}

// forget empties the script.
func (k *kernelRing) forget() { k.plan, k.written = k.plan[:0], 0 }

// tester is what both testing.TB and rapid.T are.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// run lets the program write the script and returns for how many there was no room.
func (k *kernelRing) run(tb tester) (failed int) {
	tb.Helper()
	if k.written == 0 {
		return 0
	}
	if k.written > scriptSlots {
		tb.Fatalf("%d records in a script of %d", k.written, scriptSlots)
	}
	memory, err := k.script.Memory()
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := memory.WriteAt(k.plan, 0); err != nil {
		tb.Fatal(err)
	}
	n := k.written
	k.forget()
	return k.again(tb, n)
}

// again does the first n slots of the script, as they are, and returns for how many there
// was no room. A signal to the thread ends a run early.
func (k *kernelRing) again(tb tester, n int) (failed int) {
	tb.Helper()
	state := [stateWords]uint64{stateLimit: uint64(n)}
	if err := k.state.Put(uint32(0), state); err != nil {
		tb.Fatal(err)
	}
	for tries := 0; state[stateNext] < uint64(n); tries++ {
		left := uint32(uint64(n) - state[stateNext])
		_, err := k.program.Run(&ebpf.RunOptions{Data: make([]byte, 64), Repeat: left})
		if err != nil && (!errors.Is(err, unix.EINTR) || tries == 100) {
			tb.Fatal(err)
		}
		if err := k.state.Lookup(uint32(0), &state); err != nil {
			tb.Fatal(err)
		}
	}
	return int(state[stateFailed])
}

// open maps the ring.
func (k *kernelRing) open(tb testing.TB) *Reader {
	tb.Helper()
	r, err := Open(k.ring.FD(), int(k.ring.MaxEntries()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

// content is the record of an event and what follows it.
func content(ev packet.Event, octets ...byte) []byte {
	b := make([]byte, eventSize, eventSize+len(octets))
	*(*packet.Event)(unsafe.Pointer(&b[0])) = ev
	return append(b, octets...)
}

// octetsOf is the memory of ev.
func octetsOf(ev *packet.Event) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(ev)), eventSize)
}

// openAll maps the rings.
func openAll(tb testing.TB, rings []*kernelRing) (readers []*Reader) {
	for _, k := range rings {
		readers = append(readers, k.open(tb))
	}
	return readers
}
