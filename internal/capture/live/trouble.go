package live

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
)

// What keeps a source from one interface. What keeps it from all is capture.ErrNoBPF.
var (
	// ErrMissing: there is no interface of this name.
	ErrMissing = errors.New("is not there")
	// ErrTaken: another XDP program has the interface.
	ErrTaken = errors.New("has another XDP program")
	// ErrInUse: packets of the interface must not be dropped, as a span port's are.
	ErrInUse = errors.New("is no mirror port")
)

func missing(name string) error { return fmt.Errorf("interface %s %w", name, ErrMissing) }

// inUseError says that an interface cannot have the role span.
func inUseError(name, why string) error {
	return fmt.Errorf("interface %s %w: %s, and role %s drops every packet that comes in: take role %s", name, ErrInUse, why, capture.RoleSpan, capture.RoleRouter)
}

// taken says whose program a device has, and what can be done about it.
func taken(dev *device) error {
	return fmt.Errorf("interface %s %w (%s): %s; mode %s works beside it", dev.name, ErrTaken, foreign(dev.xdp), remedy(programName(dev.xdp)), capture.ModeAFPacket)
}

func foreign(id uint32) string {
	name := programName(id)
	switch {
	case id == 0:
		return "of another mode, or on a device on top of it"
	case name == "":
		return fmt.Sprintf("id %d", id)
	}
	return fmt.Sprintf("id %d, %s", id, name)
}

// programName returns the name of a program, "" where that cannot be told: the kernel
// shows other people's programs to CAP_SYS_ADMIN only.
func programName(id uint32) string {
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(id))
	if err != nil {
		return ""
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		return ""
	}
	return info.Name
}

// remedy says what to do about a foreign program.
func remedy(name string) string {
	switch {
	case strings.HasPrefix(name, "xdp_dispatch"): // names end after 15 octets
		return "it is libxdp's dispatcher: xdp-loader unload takes its programs off"
	case strings.HasPrefix(name, "cil_"):
		return "it is Cilium's, which needs it: capture elsewhere, or turn its XDP acceleration off"
	case name == "wormwatch":
		return "it is another wormwatch: stop that one"
	}
	return "stop what attached it"
}

// denied names the capabilities that are missing.
func denied(err error) error {
	need := bpf.Missing()
	if len(need) == 0 {
		return fmt.Errorf("%w: %w, though all capabilities are there: a security module or a lock-down forbids it", capture.ErrNoBPF, err)
	}
	return fmt.Errorf("%w: missing: %s", capture.ErrNoBPF, strings.Join(need, ", "))
}
