package afpacket

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/wormwatch/wormwatch/internal/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// ErrMissing: there is no interface of this name.
var ErrMissing = errors.New("is not there")

// link is one interface, there or waited for.
type link struct {
	name     string
	iface    uint16      // Event.Iface
	index    int         // the kernel's
	kind     packet.Link // how its frames start
	loopback bool
	rings    []*ring // none while it is not there
	gone     bool    // it is not there any more; what is left in its rings is to be read
	said     string  // the latest that was said of why it is waited for
	stats    []ringStats
	since    traffic // when it was attached
	before   traffic // seen before it was
}

// traffic is what an interface received.
type traffic struct{ packets, octets uint64 }

func (t traffic) add(u traffic) traffic { return traffic{t.packets + u.packets, t.octets + u.octets} }

// less is t since u; an interface may begin anew.
func (t traffic) less(u traffic) traffic {
	if t.packets < u.packets || t.octets < u.octets {
		return t
	}
	return traffic{t.packets - u.packets, t.octets - u.octets}
}

// control asks the kernel about interfaces.
type control struct{ fd int }

func newControl() (control, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return control{}, fmt.Errorf("ask for interfaces: %w", err)
	}
	return control{fd}, nil
}

// ask does one request about the interface called name.
func (c control) ask(request uint, name string) (*unix.Ifreq, error) {
	req, err := unix.NewIfreq(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no interface: %w", name, err)
	}
	err = unix.IoctlIfreq(c.fd, request, req)
	if errors.Is(err, unix.ENODEV) {
		return nil, fmt.Errorf("interface %s %w", name, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", name, err)
	}
	return req, nil
}

// has reports whether there is an interface with an index; it may have been renamed.
func (c control) has(index int) bool {
	req, err := unix.NewIfreq("")
	if err != nil {
		return false
	}
	req.SetUint32(uint32(index))
	return !errors.Is(unix.IoctlIfreq(c.fd, unix.SIOCGIFNAME, req), unix.ENODEV)
}

// identify finds the interface and how its frames start.
func (l *link) identify(c control) error {
	req, err := c.ask(unix.SIOCGIFINDEX, l.name)
	if err != nil {
		return err
	}
	l.index = int(int32(req.Uint32()))
	if req, err = c.ask(unix.SIOCGIFHWADDR, l.name); err != nil {
		return err
	}
	l.loopback = false
	switch hardware := req.Uint16(); hardware {
	case unix.ARPHRD_ETHER:
		l.kind = packet.LinkEthernet
	case unix.ARPHRD_LOOPBACK:
		l.kind, l.loopback = packet.LinkEthernet, true
	case unix.ARPHRD_NONE:
		l.kind = packet.LinkRaw
	default:
		return fmt.Errorf("interface %s has frames of hardware type %d (ARPHRD), which are not read: only Ethernet, loopback and raw IP are", l.name, hardware)
	}
	return nil
}

// attach opens the rings of an interface that is there.
func (l *link) attach(c control, rings, size int, filter func(*link) ([]bpf.RawInstruction, error)) error {
	if err := l.identify(c); err != nil {
		return err
	}
	program, err := filter(l)
	if err != nil {
		return err
	}
	group := 0
	for i := range rings {
		r, err := openRing(size)
		if err == nil {
			r.link, r.stats = l, &l.stats[i]
			l.rings = append(l.rings, r)
			group, err = r.start(l.index, group, rings > 1, program)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("interface %s: %w", l.name, err), l.detach())
		}
	}
	l.gone = false
	l.since, _ = received(l.name) // without, it counts from the interface's start
	return nil
}

// start has a ring receive, as one of a group if shared.
func (r *ring) start(index, group int, shared bool, program []bpf.RawInstruction) (int, error) {
	if !shared {
		if err := r.filter(program); err != nil {
			return 0, err
		}
		return 0, r.listen(index)
	}
	if err := r.filter(nothing); err != nil {
		return 0, err
	}
	if err := r.listen(index); err != nil {
		return 0, err
	}
	group, err := r.join(group)
	if err != nil {
		return 0, err
	}
	return group, r.filter(program)
}

// detach closes the rings.
func (l *link) detach() (err error) {
	l.before, l.since = l.total(), traffic{}
	for _, r := range l.rings {
		err = errors.Join(err, r.close())
	}
	l.rings, l.gone = nil, false
	return err
}

// total is what the interface received while it was attached.
func (l *link) total() traffic {
	if len(l.rings) == 0 {
		return l.before
	}
	now, err := received(l.name)
	if err != nil {
		return l.before
	}
	return l.before.add(now.less(l.since))
}

// received returns what an interface of this thread's network received since it was made,
// by its driver's own counters (proc_pid_net(5)).
func received(name string) (traffic, error) {
	b, err := os.ReadFile("/proc/thread-self/net/dev")
	if err != nil {
		return traffic{}, err
	}
	for line := range strings.Lines(string(b)) {
		who, numbers, ok := strings.Cut(line, ":")
		if fields := strings.Fields(numbers); ok && strings.TrimSpace(who) == name && len(fields) > 1 {
			octets, err := strconv.ParseUint(fields[0], 10, 64)
			if err != nil {
				return traffic{}, err
			}
			packets, err := strconv.ParseUint(fields[1], 10, 64)
			return traffic{packets, octets}, err
		}
	}
	return traffic{}, fmt.Errorf("interface %s %w", name, ErrMissing)
}

func (l *link) missing() error { return fmt.Errorf("interface %s %w", l.name, ErrMissing) }
