package capture

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
)

// Feature is one thing that live capture uses of the kernel.
type Feature struct {
	Name  string
	State string // "yes", "no", or why it cannot be told
}

// Features asks the kernel what it offers: by probes, since the kernels of distributions
// have more than their version says. They need CAP_BPF, and the answer says so where that
// is missing.
func Features() []Feature {
	code, err := features.LinuxVersionCode()
	kernel := fmt.Sprintf("Linux %d.%d.%d", code>>16, code>>8&0xff, code&0xff)
	if err != nil {
		kernel, code = "unknown: "+err.Error(), 0
	}
	_, btf := os.Stat("/sys/kernel/btf/vmlinux")
	return []Feature{
		{"kernel", kernel},
		{"XDP programs", state(features.HaveProgramType(ebpf.XDP))},
		{"BPF ring buffer", state(features.HaveMapType(ebpf.RingBuf))},
		{"XDP links", since(code, 5, 9)},
		{"bounded loops", state(features.HaveProgramHelper(ebpf.XDP, asm.FnLoop))},
		{"XDP jumbo frames", state(features.HaveProgramHelper(ebpf.XDP, asm.FnXdpLoadBytes))},
		{"kernel BTF", state(btf)},
	}
}

// state says what the answer to a probe means.
func state(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, ebpf.ErrNotSupported), errors.Is(err, os.ErrNotExist):
		return "no"
	case errors.Is(err, os.ErrPermission):
		return "needs CAP_BPF to tell"
	}
	return "unknown: " + err.Error()
}

// since tells by the kernel's version what has no probe.
func since(code, major, minor uint32) string {
	switch {
	case code == 0:
		return "unknown"
	case code >= major<<16|minor<<8:
		return "yes"
	}
	return fmt.Sprintf("no: needs Linux %d.%d", major, minor)
}
