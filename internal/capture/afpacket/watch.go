package afpacket

import (
	"errors"
	"net"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"golang.org/x/sys/unix"
)

// attach attaches the interfaces that are there and were not. Its error ends the source.
func (s *Source) attach() error {
	for _, l := range s.links {
		if len(l.rings) > 0 {
			continue
		}
		err := l.attach(s.ask, s.perLink, ringSize(s.cfg.RingEvents), s.filter)
		switch {
		case err == nil:
			s.log.Info("capturing", "interface", l.name, "mode", capture.ModeAFPacket, "rings", s.perLink)
			if l.said = ""; !l.up {
				s.log.Warn("interface is down", "interface", l.name)
			}
		case s.cfg.Missing == capture.MissingFail, !s.waitsFor(err):
			return err
		case l.said != err.Error():
			l.said = err.Error()
			s.log.Warn("waiting for interface", "interface", l.want, "reason", err)
		}
	}
	s.relay()
	return nil
}

// waitsFor reports whether an error may pass by itself. At the start only that an
// interface is missing may; later on nobody is there to read of anything else.
func (s *Source) waitsFor(err error) bool {
	return errors.Is(err, ErrMissing) || errors.Is(err, unix.ENODEV) || !s.looked.IsZero()
}

// relay notes which rings there are, and gives each its place in Event.Data.
func (s *Source) relay() {
	s.rings, s.polls = s.rings[:0], s.polls[:0]
	clear(s.slots)
	for i, l := range s.links {
		for j, r := range l.rings {
			slot := i*s.perLink + j
			r.base = uint32(slot * len(r.mem))
			s.slots[slot] = r
			s.rings = append(s.rings, r)
			s.polls = append(s.polls, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN | unix.POLLERR})
		}
	}
	if s.merger != nil {
		s.merger.rings = s.rings
	}
}

// inspect looks, now and then, which interfaces are there. No event of an earlier Read may
// be in use.
func (s *Source) inspect(now time.Time) error {
	if now.Sub(s.looked) < inspection {
		return nil
	}
	s.looked = now
	missing := false
	for _, l := range s.links {
		if len(l.rings) > 0 && !l.gone {
			if err := s.recheck(l); err != nil {
				return err
			}
		}
		if l.gone && l.drained() {
			if err := l.detach(s.ask); err != nil {
				return err
			}
		}
		missing = missing || len(l.rings) == 0
	}
	if !missing {
		return nil
	}
	return s.attach()
}

// recheck takes note of what became of an interface that was there. Its error ends the
// source.
func (s *Source) recheck(l *link) error {
	now, gone, err := s.ask.find(l.index)
	if gone {
		l.gone = true
		s.log.Warn("interface lost", "interface", l.name)
		if s.cfg.Missing == capture.MissingFail {
			return l.missing()
		}
		return nil
	}
	if err != nil {
		s.log.Warn("interface not checked", "interface", l.name, "error", err)
		return nil
	}
	if now.Name != l.name {
		s.log.Info("interface renamed", "interface", now.Name, "from", l.name)
		l.name = now.Name
	}
	l.wired = now.RawFlags&unix.IFF_RUNNING != 0
	s.turned(l, now.Flags&net.FlagUp != 0)
	return nil
}

// turned says that an interface went up or down, if it did.
func (s *Source) turned(l *link, up bool) {
	if up == l.up {
		return
	}
	l.up = up
	s.log.Info(map[bool]string{true: "interface is up", false: "interface is down"}[up], "interface", l.name)
}

// drained reports whether all that is left of an interface was read, with what the kernel
// has not handed over yet.
func (l *link) drained() bool {
	for _, r := range l.rings {
		if r.waiting > 0 || r.ready() {
			return false
		}
		if _, _, some := r.coming(); some {
			return false
		}
	}
	return true
}

// wait waits until a block is handed over, or the time has come for what is held: the
// kernel would count blocks that were handed over before as news.
func (s *Source) wait() error {
	polls, longest := s.polls, patience
	if s.merger != nil && !s.merger.empty() {
		polls, longest = nil, nap
	}
	n, err := unix.Poll(polls, int(longest/time.Millisecond))
	if errors.Is(err, unix.EINTR) {
		return nil // that is a while, too
	}
	if err != nil || n == 0 {
		return err
	}
	for i := range s.polls {
		if s.polls[i].Revents&unix.POLLERR != 0 {
			s.failed(s.rings[i])
		}
	}
	return nil
}

// failed takes the error of a socket, which would wake every poll. The interface went down,
// and may be up again by now: the socket goes on then.
func (s *Source) failed(r *ring) {
	if r.trouble() == 0 || r != r.link.rings[0] {
		return
	}
	s.turned(r.link, false)
	s.looked = time.Time{} // it may be gone
}
