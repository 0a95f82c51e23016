package live

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/capture"
)

// port is an interface that is captured from, or waited for.
type port struct {
	want string        // the name that it was asked for by
	prog *ebpf.Program // its copy of the program
	link link.Link     // what attaches it; nil while the port waits
	dev  device        // as it was looked at last
	mode string        // capture.ModeNative or ModeGeneric; "" while it waits
	slow bool          // generic since the driver refused native, not by configuration
	why  string        // why it waits, as it was said
	ears int           // socket that keeps a mirror port promiscuous; 0: none
}

// name is what to call a port: the name that its device has by now.
func (p *port) name() string {
	if p.link == nil {
		return p.want
	}
	return p.dev.name
}

// attached reports whether the kernel still runs the program for the device. It stops
// when the device goes away, or somebody detaches the link.
func (p *port) attached() bool {
	info, err := p.link.Info()
	if err != nil {
		return false
	}
	xdp := info.XDP()
	return xdp != nil && xdp.Ifindex != 0
}

// release takes the program off the device, which may be gone.
func (p *port) release() {
	if p.link != nil {
		_ = p.link.Close() // detaches: the link is not pinned, and this was its only descriptor
	}
	if p.ears > 0 {
		_ = unix.Close(p.ears)
	}
	p.link, p.mode, p.slow, p.ears = nil, "", false, 0
}

// close gives up the port for good.
func (p *port) close() {
	p.release()
	if p.prog != nil {
		_ = p.prog.Close()
	}
}

// xdpModes are the flags of each mode that is to be tried, in this order. Never the
// kernel's own choice: it would not say why it took generic.
func xdpModes(mode string) []link.XDPAttachFlags {
	switch mode {
	case capture.ModeNative:
		return []link.XDPAttachFlags{link.XDPDriverMode}
	case capture.ModeGeneric:
		return []link.XDPAttachFlags{link.XDPGenericMode}
	}
	return []link.XDPAttachFlags{link.XDPDriverMode, link.XDPGenericMode}
}

// attach puts the program on a device, by the first of the modes that its driver takes.
// refusal is why native was not taken, if it was tried.
func (p *port) attach(dev *device, mode string) (refusal, err error) {
	for _, flags := range xdpModes(mode) {
		var l link.Link
		l, err = link.AttachXDP(link.XDPOptions{Program: p.prog, Interface: dev.index, Flags: flags})
		if err == nil {
			p.link, p.dev, p.why = l, *dev, ""
			p.mode, p.slow = modeName(flags), refusal != nil
			return refusal, nil
		}
		err = attachError(dev, flags, err)
		if !errors.Is(err, errDriver) {
			return nil, err
		}
		refusal = err
	}
	return nil, err
}

func modeName(flags link.XDPAttachFlags) string {
	if flags == link.XDPDriverMode {
		return capture.ModeNative
	}
	return capture.ModeGeneric
}

// errDriver: the driver does not take the program in this mode.
var errDriver = errors.New("the driver refuses")

// attachError says what an error of the kernel means for a device.
func attachError(dev *device, flags link.XDPAttachFlags, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EEXIST):
		return taken(dev)
	case errors.Is(err, unix.ENODEV):
		return missing(dev.name)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("attach to interface %s: %w", dev.name, denied(err))
	case errors.Is(err, ebpf.ErrNotSupported) && !errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w: this kernel has no BPF links for XDP: Linux 5.9 has", capture.ErrNoBPF)
	}
	why := map[bool]string{true: "native", false: "generic"}[flags == link.XDPDriverMode]
	return fmt.Errorf("interface %s, %s XDP: %w: %s", dev.name, why, errDriver, refusal(dev, err))
}

// refusal says what the commonest errors of drivers mean. The kernel's own words go to
// its trace only.
func refusal(dev *device, err error) string {
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		return "it has no such mode"
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ERANGE):
		return fmt.Sprintf("its settings do not allow it, such as the MTU of %d, rings, or offloads (LRO)", dev.mtu)
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.ENOMEM):
		return "it has too few queues or too little memory"
	}
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return errno.Error()
	}
	return err.Error()
}
