package live

import (
	"errors"

	"github.com/wormwatch/wormwatch/internal/capture"
)

// raise attaches a port by the name that it was asked for.
func (s *Source) raise(p *port) error {
	dev, err := s.devices.byName(p.want)
	switch {
	case err != nil:
		return err
	case dev == nil:
		return missing(p.want)
	case dev.xdp != 0:
		return taken(dev)
	}
	if err := s.allowed(dev); err != nil {
		return err
	}
	refusal, err := p.attach(dev, s.cfg.Mode)
	if err != nil {
		return err
	}
	log := s.log.With("interface", dev.name, "mode", p.mode, "role", s.cfg.Role, "driver", s.devices.driver(dev.name))
	if refusal != nil {
		log.Warn("capturing more slowly than by native XDP", "reason", refusal)
	} else {
		log.Info("capturing")
	}
	if s.cfg.Role == capture.RoleSpan {
		s.hear(p)
	}
	if !dev.up {
		s.log.Warn("interface is down", "interface", dev.name)
	}
	return nil
}

// allowed refuses the role span on an interface that is more than a mirror port.
func (s *Source) allowed(dev *device) error {
	if s.cfg.Role != capture.RoleSpan {
		return nil
	}
	why, err := s.devices.inUse(dev)
	if err != nil || why == "" {
		return err
	}
	return inUseError(dev.name, why)
}

// watch looks after the ports: those that changed, and those that are waited for. It
// costs a system call a port when nothing happened.
func (s *Source) watch() {
	changed := s.devices.changed()
	for i := range s.ports {
		p := &s.ports[i]
		if p.link != nil && (!p.attached() || changed) {
			s.recheck(p)
		}
		if p.link == nil {
			s.retry(p)
		}
	}
}

// recheck takes note of what became of an attached port's device. One that moved to
// another network namespace counts as gone: there it is none of our business.
func (s *Source) recheck(p *port) {
	dev, err := s.devices.byIndex(p.dev.index)
	switch {
	case err != nil:
	case dev == nil:
		s.lose(p, missing(p.dev.name))
		return
	case !p.attached():
		s.lose(p, errDetached)
		return
	default:
		err = s.allowed(dev)
	}
	switch {
	case errors.Is(err, ErrInUse):
		s.lose(p, err)
	case err != nil: // the kernel did not answer: nothing is known against it
		s.log.Warn("interface not checked", "interface", p.dev.name, "error", err)
	default:
		s.compare(p, dev)
	}
}

var errDetached = errors.New("somebody detached the program")

// compare says what changed about a device that stays, and takes it over.
func (s *Source) compare(p *port, dev *device) {
	was := p.dev
	p.dev = *dev
	if was.name != dev.name {
		s.log.Info("interface renamed", "interface", dev.name, "from", was.name)
	}
	if was.up != dev.up {
		s.log.Info(map[bool]string{true: "interface is up", false: "interface is down"}[dev.up], "interface", dev.name)
	}
	if was.mtu != dev.mtu {
		s.log.Info("interface's MTU changed", "interface", dev.name, "mtu", dev.mtu, "from", was.mtu)
		if p.slow { // the driver may take native now
			p.release()
		}
	}
}

// lose lets go of a port that was attached.
func (s *Source) lose(p *port, why error) {
	s.log.Warn("interface lost", "interface", p.dev.name, "reason", why)
	p.release()
	s.failed(why)
}

// retry tries to attach a port that waits, and says once why it cannot.
func (s *Source) retry(p *port) {
	err := s.raise(p)
	if err == nil || err.Error() == p.why {
		return
	}
	p.why = err.Error()
	s.log.Warn("waiting for interface", "interface", p.want, "reason", err)
	s.failed(err)
}

// failed ends the source where it may not wait.
func (s *Source) failed(err error) {
	if s.cfg.Missing == capture.MissingFail && s.err == nil {
		s.err = err
	}
}
