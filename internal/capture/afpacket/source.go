// Package afpacket captures live packets through packet sockets (packet(7)), where BPF is
// not to be had: TPACKET_V3 rings that the kernel fills, a classic BPF filter that leaves
// out what no detector looks at, and the Go parser. It needs CAP_NET_RAW and nothing else.
package afpacket

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	// patience is the longest that Read waits.
	patience = 100 * time.Millisecond
	// inspection is how often is looked which interfaces there are.
	inspection = 500 * time.Millisecond
)

// Source gives the packets of interfaces, as they come in and as this host sends them.
//
// Where several interfaces are listened on, what this host sends is left out: a packet
// that it routes from one to another would be there twice. On the loopback interface it is
// left out as well, since there all comes in again.
//
// Nothing is ever dropped: all interfaces have the role of a router.
type Source struct {
	cfg     capture.Config
	wants   capture.Wants
	log     *slog.Logger
	perLink int // rings of an interface
	ask     links
	links   []*link
	slots   []*ring // of all interfaces; nil while one is not there
	rings   []*ring // of them those that are there
	polls   []unix.PollFd
	clock   clock
	merger  *merger // nil: one ring
	stats   capture.Stats
	looked  time.Time // at the interfaces
	err     error
}

var _ capture.Source = (*Source)(nil)

// Option changes how interfaces are listened on.
type Option func(*Source)

// WithRings spreads the frames of each interface over so many rings by their source, and
// merges them again: for more frames than the kernel can put into one ring.
func WithRings(n int) Option { return func(s *Source) { s.perLink = n } }

// Open listens on the interfaces of a valid cfg. One that is not there is waited for,
// unless cfg says otherwise. An error names what is missing: an interface, a capability.
func Open(cfg capture.Config, wants capture.Wants, log *slog.Logger, opts ...Option) (*Source, error) {
	s := &Source{cfg: cfg, wants: wants, log: log, perLink: 1}
	for _, o := range opts {
		o(s)
	}
	total := len(cfg.Interfaces) * s.perLink
	s.slots = make([]*ring, total)
	if size := ringSize(cfg.RingEvents); total*size > math.MaxUint32 {
		return nil, fmt.Errorf("%d rings of %d octets are more than 4 GiB: lower capture.ring_events", total, size)
	}
	var err error
	if s.ask, err = newLinks(); err != nil {
		return nil, err
	}
	for i, name := range cfg.Interfaces {
		s.links = append(s.links, &link{want: name, name: name, iface: uint16(i), stats: make([]ringStats, s.perLink)})
	}
	if total > 1 {
		s.merger = newMerger(wants.UDP)
	}
	if cfg.Role == capture.RoleSpan {
		log.Warn("AF_PACKET drops nothing: this host's own stack gets the mirrored packets as well", "role", cfg.Role)
	}
	s.clock.turn(time.Now())
	if err := s.attach(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Bill returns the memory of the rings, which belongs to the kernel and is never swapped,
// and of what merges them.
func Bill(cfg *capture.Config) []table.Bill {
	n := len(cfg.Interfaces)
	bill := []table.Bill{{Name: "packet rings", Entries: n * cfg.RingEvents, Bytes: int64(n) * int64(ringSize(cfg.RingEvents))}}
	if n > 1 {
		bill = append(bill, mergerBill())
	}
	return bill
}

// filter makes the filter of a link.
func (s *Source) filter(l *link) ([]bpf.RawInstruction, error) {
	return newFilter(&s.wants, s.cfg.Sample, l.kind, l.loopback || len(s.links) > 1).program()
}

// Want has the source give what wants says from now on, but for what lies in the rings
// already. After an error it goes on as before.
func (s *Source) Want(wants capture.Wants) error {
	before := s.wants
	s.wants = wants
	if err := s.refilter(); err != nil {
		s.wants = before
		return errors.Join(err, s.refilter())
	}
	if s.merger != nil {
		s.merger.answers.watch(wants.UDP)
	}
	return nil
}

func (s *Source) refilter() error {
	for _, l := range s.links {
		if len(l.rings) == 0 {
			continue
		}
		program, err := s.filter(l)
		if err != nil {
			return err
		}
		for _, r := range l.rings {
			if err := r.filter(program); err != nil {
				return err
			}
		}
	}
	return nil
}

// Follow does nothing: the filter remembers no connection, and keeps all segments that any
// followed one is read for.
func (s *Source) Follow(_, _ packet.Addr, _, _ uint16, _ bool) {}

// Interface implements capture.Source, with the name that an interface has by now.
func (s *Source) Interface(i uint16) string {
	if int(i) >= len(s.links) {
		return ""
	}
	return s.links[i].name
}

// Payload implements capture.Source. It lies in the ring.
func (s *Source) Payload(ev *packet.Event) []byte {
	if ev.Held == 0 {
		return nil
	}
	r := s.slots[int(ev.Data)/ringSize(s.cfg.RingEvents)]
	at := ev.Data - r.base
	return r.mem[at : at+uint32(ev.Held)]
}

// Stats implements capture.Source. Packets counts the frames that the filter kept; what
// the interfaces received, by the counters of their drivers, is in Live.Links.
func (s *Source) Stats() capture.Stats {
	all := s.stats
	all.Clock = s.clock.stats
	live := &capture.LiveStats{}
	if s.merger != nil { // it is between the rings that they are out of order
		live.Reordered, all.Clock.Reordered = all.Clock.Reordered, 0
	}
	for _, l := range s.links {
		for _, r := range l.rings {
			r.count()
		}
		for _, n := range l.stats {
			live.CPUs = append(live.CPUs, capture.CPUStats{CPU: len(live.CPUs), Events: n.events, Lost: n.lost})
			live.Lost += n.lost
		}
		t := l.total(s.ask)
		stats := capture.LinkStats{Name: l.name, Role: capture.RoleRouter, Packets: t.packets, Octets: t.octets}
		if len(l.rings) > 0 {
			stats.Mode, stats.Up = capture.ModeAFPacket, l.up && l.wired && !l.gone
		}
		live.Links = append(live.Links, stats)
	}
	all.Live = live
	return all
}

// Close leaves the interfaces; it is not for another goroutine to interrupt Read with.
func (s *Source) Close() error {
	if errors.Is(s.err, os.ErrClosed) {
		return nil
	}
	var err error
	for _, l := range s.links {
		err = errors.Join(err, l.detach(s.ask))
	}
	s.err = fmt.Errorf("packet sockets: %w", os.ErrClosed)
	s.ask.handle.Close()
	return err
}
