package live

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
)

// Report is what live capture could do on this machine, by this process. Nothing was
// attached to find out.
type Report struct {
	Kernel     []capture.Feature
	NoXDP      []string // capabilities that are missing for XDP, with what they are for
	NoAFPacket []string // for AF_PACKET
	Program    error    // why the program does not load; nil if it does, or need not
	Octets     int64    // kernel memory of the program's maps, 0 if it was not loaded
	Interfaces []InterfaceReport
}

// InterfaceReport is what live capture could do with an interface.
type InterfaceReport struct {
	Name     string
	Driver   string // "" if the interface is not there
	Up       bool
	MTU      int      // octets
	Features []string // of its driver's native XDP
	Untold   error    // why those are not known; nil if they are
	Mode     string   // that would run, as capture.Config names it; "" if none can
	Problems []string // each with what to do
}

// Check finds out what Open would come to. It loads the program, so that the verifier
// has seen it, and attaches nothing: that could be felt on the wire. cfg is valid.
func Check(cfg capture.Config, wants capture.Wants) *Report {
	r := &Report{
		Kernel:     capture.Features(),
		NoXDP:      bpf.Missing(),
		NoAFPacket: noAFPacket(),
	}
	if cfg.Mode != capture.ModeAFPacket {
		r.Octets, r.Program = tryProgram(&cfg, &wants)
	}
	d, err := newDevices()
	if err != nil {
		r.Interfaces = append(r.Interfaces, InterfaceReport{Problems: []string{err.Error()}})
		return r
	}
	defer d.close()
	for _, name := range cfg.Interfaces {
		r.Interfaces = append(r.Interfaces, r.inspect(d, &cfg, name))
	}
	return r
}

// noAFPacket asks for a socket that receives nothing.
func noAFPacket() []string {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EPERM):
		return []string{"CAP_NET_RAW to open packet sockets"}
	case err != nil:
		return []string{"packet sockets: " + err.Error()}
	}
	_ = unix.Close(fd)
	return nil
}

// tryProgram loads what Open would, and returns the memory that it took.
func tryProgram(cfg *capture.Config, wants *capture.Wants) (octets int64, err error) {
	k, err := load(cfg)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	if err := k.Want(wants); err != nil {
		return 0, err
	}
	p, err := k.Program(0, cfg.Role == capture.RoleSpan)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", capture.ErrNoBPF, err)
	}
	_ = p.Close()
	for _, b := range k.Bill() {
		octets += b.Octets
	}
	return octets, nil
}

// inspect looks at one interface.
func (r *Report) inspect(d *devices, cfg *capture.Config, name string) InterfaceReport {
	i := InterfaceReport{Name: name}
	dev, err := d.byName(name)
	if err == nil && dev == nil {
		err = missing(name)
	}
	if err != nil {
		i.problem(err)
		return i
	}
	i.Driver, i.Up, i.MTU = d.driver(name), dev.up, dev.mtu
	if !dev.up {
		i.Problems = append(i.Problems, fmt.Sprintf("interface %s is down: ip link set %s up", name, name))
	}
	if cfg.Role == capture.RoleSpan {
		if why, err := d.inUse(dev); err != nil {
			i.problem(err)
		} else if why != "" {
			i.problem(inUseError(name, why))
		}
	}
	if cfg.Role == capture.RoleSpan && !dev.promiscuous && len(r.NoAFPacket) > 0 {
		i.problem(fmt.Errorf("a mirror port that would take in only what is addressed to it: %w", deaf(name, unix.EPERM)))
	}
	features, err := d.driverFeatures(dev.index)
	i.Features, i.Untold = features.Strings(), err
	if dev.xdp != 0 && cfg.Mode != capture.ModeAFPacket {
		i.problem(taken(dev))
		return i
	}
	i.Mode = r.mode(cfg.Mode, features, err == nil)
	i.judge(cfg.Mode, features)
	return i
}

func (i *InterfaceReport) problem(err error) { i.Problems = append(i.Problems, err.Error()) }

// mode is the mode that would run where the driver has some features, if they are known.
func (r *Report) mode(wanted string, f driverFeatures, known bool) string {
	xdp, raw := r.Program == nil, len(r.NoAFPacket) == 0
	native := f&featBasic != 0 || !known
	switch {
	case wanted == capture.ModeAFPacket || wanted == capture.ModeAuto && !xdp:
		return map[bool]string{true: capture.ModeAFPacket}[raw]
	case !xdp, wanted == capture.ModeNative && !native:
		return ""
	case wanted == capture.ModeGeneric || !native:
		return capture.ModeGeneric
	}
	return capture.ModeNative
}

// oneBuffer is an MTU that a page holds with all that goes with it; for a longer one a
// driver needs several buffers.
const oneBuffer = 3000

// judge says what is not as well as it could be.
func (i *InterfaceReport) judge(wanted string, f driverFeatures) {
	switch {
	case i.Untold != nil:
	case f&featBasic == 0 && wanted == capture.ModeAuto && i.Mode == capture.ModeGeneric:
		i.Problems = append(i.Problems, "the driver has no native XDP: generic works at more than twice the cost a packet")
	case f&featBasic == 0 && wanted == capture.ModeNative:
		i.Problems = append(i.Problems, "the driver has no native XDP: take mode generic, or auto")
	case i.Mode == capture.ModeNative && i.MTU > oneBuffer && f&featFrags == 0:
		i.Problems = append(i.Problems, fmt.Sprintf("the driver may refuse native XDP with an MTU of %d: 1500 goes with every driver", i.MTU))
	}
}

// Ready reports whether Open would get hold of all interfaces, as far as can be told.
func (r *Report) Ready() bool {
	for i := range r.Interfaces {
		if r.Interfaces[i].Mode == "" {
			return false
		}
	}
	return len(r.Interfaces) > 0 || r.Program == nil
}

// Lines returns the report for people: a subject and what is said of it, several lines
// where there are problems.
func (r *Report) Lines() (lines [][2]string) {
	say := func(subject, text string) { lines = append(lines, [2]string{subject, text}) }
	for _, f := range r.Kernel {
		say(f.Name, f.State)
	}
	say("capabilities for XDP", rights(r.NoXDP))
	say("capabilities for AF_PACKET", rights(r.NoAFPacket))
	switch {
	case r.Program != nil:
		say("XDP program", "does not load: "+r.Program.Error())
	case r.Octets > 0:
		say("XDP program", fmt.Sprintf("loads, and takes %.1f MiB of the kernel's memory", float64(r.Octets)/(1<<20)))
	default:
		say("XDP program", "not needed")
	}
	for i := range r.Interfaces {
		face := &r.Interfaces[i]
		say("interface "+face.Name, face.text())
		for _, p := range face.Problems {
			say("", p)
		}
	}
	return lines
}

func rights(missing []string) string {
	if len(missing) == 0 {
		return "all there"
	}
	return "missing: " + strings.Join(missing, ", ") + ": setcap on the program, AmbientCapabilities= in its systemd unit, or root"
}

// text describes the interface in a line.
func (i *InterfaceReport) text() string {
	if i.Driver == "" {
		return "none"
	}
	features := strings.Join(i.Features, ", ")
	switch {
	case i.Untold != nil:
		features = i.Untold.Error()
	case features == "":
		features = "no native XDP"
	}
	mode := i.Mode
	if mode == "" {
		mode = "nothing"
	}
	return fmt.Sprintf("would run %s; driver %s (%s), MTU %d, %s", mode, i.Driver, features, i.MTU, map[bool]string{true: "up", false: "down"}[i.Up])
}
