package bpf

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/shared"
)

// childSheds is set where a test starts itself anew to give up a capability.
const childSheds = "BPF_TEST_SHEDS"

// TestMissingCapability: without a capability the error names it, and does not speak of
// locked memory.
func TestMissingCapability(t *testing.T) {
	if sheds := os.Getenv(childSheds); sheds != "" {
		shed(t, sheds)
		return
	}
	if missing := Missing(); len(missing) > 0 {
		shared.Missing(t, fmt.Sprintf("this test gives up capabilities, and needs %v", missing))
	}
	for _, c := range needed {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMissingCapability$", "-test.v")
		cmd.Env = append(os.Environ(), childSheds+"="+c.name)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "refused: ") {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}

// shed loads the program without a capability, and without that which stands for it.
func shed(t *testing.T, name string) {
	for _, c := range needed {
		if c.name == name {
			drop(t, c.bit, unix.CAP_SYS_ADMIN)
		}
	}
	k, err := Load(Config{CPUs: 1, Slots: 1 << 10})
	if err == nil {
		defer k.Close()
		_, err = k.Program(0, false)
	}
	switch {
	case err == nil:
		t.Fatalf("the program is loaded without %s", name)
	case !errors.Is(err, ErrCapability), !strings.Contains(err.Error(), name), strings.Contains(err.Error(), "MEMLOCK"):
		t.Fatalf("the error without %s is %v", name, err)
	}
	fmt.Println("refused:", err)
}

// drop takes capabilities from this thread, to which the goroutine is locked by that.
func drop(t *testing.T, bits ...uint) {
	runtime.LockOSThread()
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		t.Fatal(err)
	}
	for _, b := range bits {
		data[b/32].Effective &^= 1 << (b % 32)
		data[b/32].Permitted &^= 1 << (b % 32)
	}
	if err := unix.Capset(&head, &data[0]); err != nil {
		t.Fatal(err)
	}
}

// TestNoTypes: neither the kernel's own types nor those of the program are needed, so a
// kernel without BTF will do.
func TestNoTypes(t *testing.T) {
	k, err := Load(Config{CPUs: 1, Slots: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	none, err := btf.NewBuilder(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := none.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.LoadSpecFromReader(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ebpf.NewCollectionWithOptions(k.spec.Copy(), ebpf.CollectionOptions{
		MapReplacements: k.maps,
		Programs:        ebpf.ProgramOptions{KernelTypes: types},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
