package bpf

import (
	"testing"

	"github.com/cilium/ebpf"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/irc"
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
