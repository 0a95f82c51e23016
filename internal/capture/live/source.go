// Package live captures from network interfaces by XDP: native where the driver has it,
// generic elsewhere. The program in the kernel looks at every packet and sends up what a
// detector wants (package bpf); here it is attached, its rings are read, and interfaces
// that come and go are looked after.
package live

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Source gives what XDP programs on some interfaces send up. It starts no goroutine and
// is used by one. All its memory is allocated by Open.
//
// Interfaces are those of the network namespace of the thread that calls Open and Read.
type Source struct {
	cfg     capture.Config
	log     *slog.Logger
	kernel  *bpf.Kernel
	devices *devices
	ports   []port
	rings   rings
	now     packet.Time // as of the latest look
	turned  packet.Time // when the ports were looked after
	era     packet.Time // when sightings were last due anew
	nap     time.Duration
	idle    bool  // the latest Read found nothing
	more    bool  // the latest Read left something
	err     error // what ends the source
}

var _ capture.Source = (*Source)(nil)

// Open attaches to the interfaces of cfg, which is valid. It fails where one is not to
// be had, unless that may be waited for (cfg.Missing), where a mirror port is none
// (ErrInUse), and where XDP is not to be had at all (capture.ErrNoBPF).
func Open(cfg capture.Config, wants capture.Wants, log *slog.Logger) (*Source, error) {
	s := &Source{cfg: cfg, log: log, nap: leastNap}
	if err := s.open(&wants); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) open(wants *capture.Wants) (err error) {
	if s.devices, err = newDevices(); err != nil {
		return err
	}
	if s.kernel, err = load(&s.cfg); err != nil {
		return err
	}
	if err = s.rings.open(s.kernel, len(s.cfg.Interfaces)); err != nil {
		return err
	}
	s.era = s.rings.clock.Time(s.rings.clock.Monotonic()) // the first one has just begun
	if err = s.Want(*wants); err != nil {
		return err
	}
	s.ports = make([]port, len(s.cfg.Interfaces))
	if err = atOnce(len(s.ports), s.load); err != nil {
		return err
	}
	for i := range s.ports {
		if err = s.openPort(&s.ports[i]); err != nil {
			return err
		}
	}
	return nil
}

// load loads the program's copy for an interface.
func (s *Source) load(i int) (err error) {
	p := &s.ports[i]
	p.want = s.cfg.Interfaces[i]
	if p.prog, err = s.kernel.Program(uint16(i), s.cfg.Role == capture.RoleSpan); err != nil {
		return fmt.Errorf("%w: %w", capture.ErrNoBPF, err)
	}
	return nil
}

// openPort attaches to an interface, unless that has to wait.
func (s *Source) openPort(p *port) error {
	err := s.raise(p)
	canWait := errors.Is(err, ErrMissing) || errors.Is(err, ErrTaken)
	if canWait && s.cfg.Missing == capture.MissingWait {
		p.why = err.Error()
		s.log.Warn("waiting for interface", "interface", p.want, "reason", err)
		return nil
	}
	return err
}

// Close detaches from all interfaces and frees everything.
func (s *Source) Close() error {
	for i := range s.ports {
		s.ports[i].close()
	}
	s.rings.close()
	if s.devices != nil {
		s.devices.close()
	}
	if s.kernel == nil {
		return nil
	}
	return s.kernel.Close()
}

// Want changes what is looked at, at once.
func (s *Source) Want(wants capture.Wants) error {
	s.rings.merger.Watch(wants.UDP)
	return s.kernel.Want(&wants)
}

// Follow tells whether a TCP connection is followed: then all its segments come, in both
// directions. Without room for one more it comes as others do: what looks like IRC.
func (s *Source) Follow(a, b packet.Addr, aPort, bPort uint16, on bool) {
	_ = s.kernel.Follow(a, b, aPort, bPort, on)
}

// Counts returns what the kernel counted of the packets of an address.
func (s *Source) Counts(a packet.Addr) capture.SourceCounts { return s.kernel.Source(a) }

// Interface returns the name that an interface has by now.
func (s *Source) Interface(i uint16) string {
	if int(i) >= len(s.ports) {
		return ""
	}
	return s.ports[i].name()
}

// Payload returns the octets of TCP payload of ev; valid until the next Read.
func (s *Source) Payload(ev *packet.Event) []byte { return s.rings.merger.Payload(ev) }
