package bpf

import (
	"errors"
	"testing"

	"github.com/cilium/ebpf"
)

func TestLoads(t *testing.T) {
	k, err := Load(Config{CPUs: 2, RingOctets: 1 << 20, Slots: 1 << 12, Punts: 10, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	p, err := k.Program(3, true)
	var ve *ebpf.VerifierError
	if errors.As(err, &ve) {
		t.Fatalf("%+v", ve)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	v, _, err := p.Test(make([]byte, 60))
	t.Log(v, err, k.Counts(), k.Link(3))
	i, _ := p.Info()
	insns, _ := i.Instructions()
	n, _ := i.VerifiedInstructions()
	j, _ := i.JitedSize()
	t.Log(len(insns), n, j)
}
