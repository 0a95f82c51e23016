package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

var (
	// ErrCapability is in the chain of errors because of a capability that is missing.
	ErrCapability = errors.New("capability missing")
	// ErrKernel is in the chain of errors because of a feature that the kernel lacks.
	ErrKernel = errors.New("not supported by this kernel")
)

// needed are the capabilities without which the program cannot be loaded and attached, and
// what for.
var needed = []struct {
	bit       uint
	name, why string
}{
	{unix.CAP_BPF, "CAP_BPF", "to load BPF programs"},
	{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN", "to load and attach XDP programs"},
	{unix.CAP_PERFMON, "CAP_PERFMON", "since the program reads packets at offsets that vary"},
}

// explain wraps err, of a call of bpf(2), with what is missing. The library's own hint at
// the locked-memory limit misleads: kernels since 5.11 do not know that limit.
func explain(what string, err error) error {
	missing := Missing()
	if len(missing) == 0 { // kernels before 5.11 say EPERM for the limit of locked memory
		if lacking := Lacking(); len(lacking) > 0 {
			return fmt.Errorf("%s: %w, which is too old: %s: Linux 5.18 is the oldest with all: %w", what, ErrKernel, strings.Join(lacking, ", "), err)
		}
	}
	switch {
	case errors.Is(err, unix.EPERM) && len(missing) == 0:
		return fmt.Errorf("%s: not permitted although all capabilities are there: in a container, seccomp or a user namespace may forbid bpf(2): %w", what, unix.EPERM)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES) && len(missing) > 0:
		return fmt.Errorf("%s: %w: %s", what, ErrCapability, strings.Join(missing, ", "))
	}
	if lacking := Lacking(); len(lacking) > 0 {
		return fmt.Errorf("%s: %w, which is too old: %s: Linux 5.18 is the oldest with all: %w", what, ErrKernel, strings.Join(lacking, ", "), err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Missing returns the capabilities that this process lacks, each with what it is for.
func Missing() []string {
	have, err := effective()
	if err != nil {
		return nil
	}
	if have&(1<<unix.CAP_SYS_ADMIN) != 0 { // stands for the first and the third
		have |= 1<<unix.CAP_BPF | 1<<unix.CAP_PERFMON
	}
	var names []string
	for _, c := range needed {
		if have&(1<<c.bit) == 0 {
			names = append(names, c.name+" "+c.why)
		}
	}
	return names
}

// effective returns the capabilities of this thread (proc(5), CapEff).
func effective() (uint64, error) {
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(status, []byte("\nCapEff:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 64)
}

// Lacking returns the features that the program needs and this kernel has not. What
// cannot be asked for want of a capability counts as there.
func Lacking() []string {
	var names []string
	ask := func(name string, err error) {
		if errors.Is(err, ebpf.ErrNotSupported) {
			names = append(names, name)
		}
	}
	ask("BPF ring buffers (5.8)", features.HaveMapType(ebpf.RingBuf))
	ask("bpf_ktime_get_coarse_ns (5.11)", features.HaveProgramHelper(ebpf.XDP, asm.FnKtimeGetCoarseNs))
	ask("bpf_loop (5.17)", features.HaveProgramHelper(ebpf.XDP, asm.FnLoop))
	ask("XDP of jumbo frames (5.18)", features.HaveProgramHelper(ebpf.XDP, asm.FnXdpLoadBytes))
	return names
}
