package afpacket

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"golang.org/x/net/bpf"
)

// machine runs a filter as the kernel would on frames whose outer VLAN tag was taken off.
// Chance is the test's.
type machine struct {
	*bpf.VM
}

// chance is what the random number of the kernel is replaced by.
type chance uint32

// Numbers that sample nothing and everything.
const (
	never  chance = 0xffffffff
	always chance = 0
)

func newMachine(t testing.TB, f *filter, c chance) machine {
	t.Helper()
	raw, err := f.program()
	if err != nil {
		t.Fatal(err)
	}
	all, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("not all instructions are known")
	}
	for i := range all {
		if ext, ok := all[i].(bpf.LoadExtension); ok && ext.Num == bpf.ExtRand {
			all[i] = constant(uint32(c))
		}
	}
	vm, err := bpf.NewVM(all)
	if err != nil {
		t.Fatal(err)
	}
	return machine{vm}
}

// keeps returns how many octets of a frame the filter keeps.
func (m machine) keeps(t testing.TB, frame []byte) int {
	t.Helper()
	n, err := m.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return min(n, len(frame))
}

// untag takes the outer VLAN tag off, as the kernel does before filters see a frame.
func untag(frame []byte) (inner, tag []byte) {
	if len(frame) < 18 {
		return frame, nil
	}
	switch uint16(frame[12])<<8 | uint16(frame[13]) {
	case 0x8100, 0x88a8:
		return append(append([]byte{}, frame[:12]...), frame[16:]...), frame[12:16]
	}
	return frame, nil
}

// retag puts it back.
func retag(frame, tag []byte) []byte {
	if tag == nil || len(frame) < 12 {
		return frame
	}
	return append(append(append([]byte{}, frame[:12]...), tag...), frame[12:]...)
}

func defaultFilter(w *capture.Wants, sample int) *filter {
	return newFilter(w, sample, packet.LinkEthernet, false)
}
