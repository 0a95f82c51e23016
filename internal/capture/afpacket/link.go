package afpacket

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"github.com/wormwatch/wormwatch/internal/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// ErrMissing: there is no interface of this name.
var ErrMissing = errors.New("is not there")

// link is one interface, there or waited for.
type link struct {
	want     string      // the name that it was asked for by
	name     string      // that it has by now
	iface    uint16      // Event.Iface
	index    int         // the kernel's
	kind     packet.Link // how its frames start
	loopback bool
	up       bool    // when it was looked at last
	wired    bool    // the same: it has a carrier, or a driver that does not know
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

// links asks the kernel about interfaces, in the network that it was made in.
type links struct{ handle *netlink.Handle }

func newLinks() (links, error) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return links{}, fmt.Errorf("ask for network interfaces: %w", err)
	}
	return links{h}, nil
}

// find returns the interface with an index, which may have been renamed; gone says that
// there is none.
func (a links) find(index int) (attrs *netlink.LinkAttrs, gone bool, err error) {
	i, err := a.handle.LinkByIndex(index)
	if err != nil {
		return nil, absent(err), err
	}
	return i.Attrs(), false, nil
}

func absent(err error) bool {
	_, none := errors.AsType[netlink.LinkNotFoundError](err)
	return none || errors.Is(err, unix.ENODEV)
}

// received returns what an interface received since it was made, by its driver's counters.
func (a links) received(index int) (traffic, error) {
	attrs, _, err := a.find(index)
	if err != nil {
		return traffic{}, err
	}
	if n := attrs.Statistics; n != nil {
		return traffic{n.RxPackets, n.RxBytes}, nil
	}
	return traffic{}, errors.New("it has no counters")
}

// identify finds the interface and how its frames start.
func (l *link) identify(a links) error {
	i, err := a.handle.LinkByName(l.want)
	if absent(err) {
		return l.missing()
	}
	if err != nil {
		return fmt.Errorf("interface %s: %w", l.want, err)
	}
	attrs := i.Attrs()
	l.index, l.name = attrs.Index, l.want
	l.loopback, l.up = attrs.Flags&net.FlagLoopback != 0, attrs.Flags&net.FlagUp != 0
	l.wired = attrs.RawFlags&unix.IFF_RUNNING != 0
	switch attrs.EncapType {
	case "ether", "loopback":
		l.kind = packet.LinkEthernet
	case "none":
		l.kind = packet.LinkRaw
	default:
		return fmt.Errorf("interface %s has frames of type %q, which are not read: only Ethernet, loopback and raw IP are", l.name, attrs.EncapType)
	}
	return nil
}

func (l *link) missing() error { return fmt.Errorf("interface %s %w", l.name, ErrMissing) }

// attach opens the rings of an interface that is there.
func (l *link) attach(a links, rings, size int, filter func(*link) ([]bpf.RawInstruction, error)) error {
	if err := l.identify(a); err != nil {
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
			return errors.Join(fmt.Errorf("interface %s: %w", l.name, err), l.detach(a))
		}
	}
	l.gone = false
	l.since, _ = a.received(l.index) // without, it counts from the interface's start
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
func (l *link) detach(a links) (err error) {
	l.before, l.since = l.total(a), traffic{}
	for _, r := range l.rings {
		err = errors.Join(err, r.close())
	}
	l.rings, l.gone, l.name = nil, false, l.want
	return err
}

// total is what the interface received while it was attached.
func (l *link) total(a links) traffic {
	if len(l.rings) == 0 {
		return l.before
	}
	now, err := a.received(l.index)
	if err != nil {
		return l.before
	}
	return l.before.add(now.less(l.since))
}
