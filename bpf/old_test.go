package bpf

import (
	"errors"
	"strings"
	"testing"
)

// TestOldKernel is what remains of these tests on a kernel that is too old: the program is
// refused with what is lacking, and which kernel has it. Elsewhere nothing is lacking.
func TestOldKernel(t *testing.T) {
	k, err := Load(Config{CPUs: 1, RingOctets: 1 << 16, Slots: 1 << 8, Seed: 7})
	if err == nil {
		defer k.Close()
		_, err = k.Program(0, false)
	}
	if lacking := Lacking(); len(lacking) == 0 {
		if err != nil {
			t.Fatalf("nothing is lacking, but: %v", err)
		}
		return
	}
	if !errors.Is(err, ErrKernel) || !strings.Contains(err.Error(), "Linux 5.18 is the oldest") {
		t.Fatalf("refused with %v", err)
	}
	t.Log(err)
}
