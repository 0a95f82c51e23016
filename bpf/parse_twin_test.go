package bpf

import (
	"os"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

//go:generate go tool -modfile=../scripts/tools/go.mod bpf2go -cc clang-19 -strip llvm-strip-19 -target bpfel -output-suffix _test -cflags "-O2 -Wall -Werror -mcpu=v3 -I/usr/include/x86_64-linux-gnu -I/usr/include/aarch64-linux-gnu" -type outcome -no-global-types probe parse_probe.c
//go:generate go tool -modfile=../scripts/tools/go.mod gofumpt -w probe_bpfel_test.go

// punt is the status of a frame that the program leaves to packet.Parse.
const punt = packet.Statuses

// shortest is the shortest frame that the kernel runs a program on.
const shortest = 14

// oneBuffer is more than a frame without fragments has in a test run.
const oneBuffer = 3000

// twins is the parser of the XDP program beside packet.Parse.
type twins struct {
	probeObjects
	frames, punts int // compared, and punted of them
}

// newTwins loads the parser alone. That takes root, which CI has.
func newTwins(tb testing.TB) *twins {
	tb.Helper()
	if os.Geteuid() != 0 {
		shared.Missing(tb, "only root may load a BPF program")
	}
	var t twins
	opts := ebpf.CollectionOptions{Programs: ebpf.ProgramOptions{LogLevel: ebpf.LogLevelStats}}
	if err := loadProbeObjects(&t.probeObjects, &opts); err != nil {
		tb.Fatalf("loading the parser: %+v", err)
	}
	tb.Cleanup(func() { _ = t.Close() })
	return &t
}

// kernel returns what the program makes of a frame whose first linear octets are not in
// fragments; 0 leaves that to the kernel.
func (t *twins) kernel(tb testing.TB, frame []byte, linear int) (packet.Event, packet.Status) {
	tb.Helper()
	run := ebpf.RunOptions{Data: frame, Repeat: 1}
	if linear != 0 {
		run.Context = probeContext{DataEnd: uint32(linear)}
	}
	if _, err := t.Probe.Run(&run); err != nil {
		tb.Fatalf("running the parser on %d octets: %v", len(frame), err)
	}
	var got probeOutcome
	if err := t.Last.Get(&got); err != nil {
		tb.Fatal(err)
	}
	if packet.Status(got.Status) == packet.OK && linear == 0 && len(frame) < oneBuffer &&
		int(got.Len) != len(frame) {
		tb.Errorf("length %d of a frame of %d octets", got.Len, len(frame))
	}
	return *(*packet.Event)(unsafe.Pointer(&got.Ev)), packet.Status(got.Status)
}

// probeContext is struct xdp_md as a test run takes it.
type probeContext struct {
	Data, DataEnd, DataMeta, Ingress, Queue, Egress uint32
}

// compare puts one frame through both and returns what the program said: the event that
// packet.Parse makes, its refusal, or that it is punted.
func (t *twins) compare(tb testing.TB, name string, frame []byte, linear int) packet.Status {
	tb.Helper()
	if len(frame) < shortest {
		return punt
	}
	got, st := t.kernel(tb, frame, linear)
	t.frames++
	if st == punt {
		t.punts++
		return st
	}
	var want packet.Event
	wantStatus := packet.Parse(packet.LinkEthernet, frame, len(frame), &want)
	if st != wantStatus {
		tb.Errorf("%s: kernel %v, Go %v: % x", name, st, wantStatus, frame[:min(len(frame), 200)])
	} else if st == packet.OK && got != want {
		tb.Errorf("%s: kernel and Go:\n%+v\n%+v\n% x", name, got, want, frame[:min(len(frame), 200)])
	}
	return st
}
