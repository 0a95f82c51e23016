package bpf

import (
	"testing"
)

// TestLoads shows how much the verifier has to look at: it gives up at a million.
func TestLoads(t *testing.T) {
	_, prog := newKernel(t, Config{CPUs: 1, Seed: 7})
	info, err := prog.Info()
	if err != nil {
		t.Fatal(err)
	}
	insns, err := info.Instructions()
	if err != nil {
		t.Fatal(err)
	}
	looked, _ := info.VerifiedInstructions() // not told before Linux 5.16
	jited, _ := info.JitedSize()
	t.Logf("%d instructions, %d octets of machine code, %d instructions looked at", len(insns), jited, looked)
	if looked > 300_000 {
		t.Errorf("the verifier looks at %d instructions: other kernels may look at more", looked)
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct{ given, octets int }{{0, 1 << 16}, {1 << 16, 1 << 16}, {1<<16 + 1, 1 << 17}, {3 << 20, 1 << 22}, {1 << 40, 1 << 30}} {
		if got := round(c.given, leastRing, mostRing); got != c.octets {
			t.Errorf("%d octets of ring make %d, not %d", c.given, got, c.octets)
		}
	}
	k, _ := newKernel(t, Config{CPUs: 2, RingOctets: 1 << 17, FrameOctets: 1, Slots: 1000})
	if len(k.Rings()) != 2 || k.RingOctets() != 1<<17 || k.FrameOctets() != 1<<16 {
		t.Errorf("%d rings of %d, one of %d for frames", len(k.Rings()), k.RingOctets(), k.FrameOctets())
	}
	for _, r := range k.Rings() {
		if r.MaxEntries() != 1<<17 {
			t.Errorf("a ring of %d", r.MaxEntries())
		}
	}
}

// TestBill: what is told is what is there.
func TestBill(t *testing.T) {
	k, _ := newKernel(t, Config{CPUs: 2, RingOctets: 1 << 17, FrameOctets: 1 << 18, Slots: 1 << 10})
	m := &k.mem
	want := map[string]int64{
		"rings of events": 2 << 17, "ring of frames": 1 << 18,
		"kernel sources":     int64(len(m.sources))*64 + int64(len(m.sourceSets))*16,
		"kernel connections": int64(len(m.streams)) * 64,
		"kernel sightings":   int64(len(m.sights)) * 32,
	}
	for _, b := range k.Bill() {
		if want[b.Name] != b.Octets || b.Entries == 0 {
			t.Errorf("%+v, want %d octets", b, want[b.Name])
		}
		delete(want, b.Name)
	}
	if len(want) != 0 || len(m.sources) != 2<<10 {
		t.Errorf("not told: %v; %d sources", want, len(m.sources))
	}
}

// TestClosed: a Kernel that was closed leaves nothing behind, and its programs go on.
func TestClosed(t *testing.T) {
	d := newDoor(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.prog.Test(make([]byte, 60)); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
