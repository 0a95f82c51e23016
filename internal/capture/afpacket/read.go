package afpacket

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Read implements capture.Source. Where nothing is there it waits, 100 ms at most; then
// n == 0 tells that time passed.
func (s *Source) Read(dst []packet.Event) (n int, now packet.Time, err error) {
	if s.err == nil {
		s.err = s.begin()
	}
	if s.err != nil || len(dst) == 0 {
		return 0, s.clock.latest, s.err
	}
	if n = s.take(dst); n > 0 {
		return n, s.clock.latest, nil
	}
	if s.err = s.wait(); s.err != nil {
		return 0, s.clock.latest, s.err
	}
	s.clock.turn(time.Now())
	if n = s.take(dst); n == 0 {
		s.clock.pass(s.idle())
	}
	return n, s.clock.latest, nil
}

// begin gives back what the latest Read gave, and looks at the clocks and interfaces.
func (s *Source) begin() error {
	if s.merger != nil {
		s.merger.giveBack()
	}
	for _, r := range s.rings {
		r.giveBack()
	}
	now := time.Now()
	s.clock.turn(now)
	return s.inspect(now)
}

// idle returns up to when all frames were given, when none is to be given now.
func (s *Source) idle() packet.Time {
	t := s.clock.before(hold)
	if m := s.merger; m != nil {
		t = s.pull().Add(-slack)
		if m.from < len(m.queue) {
			t = min(t, m.queue[m.from].ev.Time)
		}
		return t
	}
	for _, r := range s.rings {
		if !r.ready() {
			t = min(t, s.comes(r))
		}
	}
	return t
}

// take fills dst from what is in the rings.
func (s *Source) take(dst []packet.Event) (n int) {
	switch {
	case s.merger != nil:
		n = s.merge(dst)
	case len(s.rings) == 1:
		n = s.drain(s.rings[0], dst)
	}
	s.stats.Events += uint64(n)
	return n
}

// drain fills dst from the only ring.
func (s *Source) drain(r *ring, dst []packet.Event) (n int) {
	for n < len(dst) && r.ready() {
		if ev := &dst[n]; s.parse(r, ev) {
			ev.Time = s.clock.tell(ev.Time)
			n++
		}
	}
	return n
}

// parse takes the next frame of a ring, and reports whether it made an event of it. There
// must be a frame.
func (s *Source) parse(r *ring, ev *packet.Event) bool {
	c := r.frame()
	st := &s.stats
	st.Packets++
	st.Bytes += uint64(c.len)
	st.WireBytes += uint64(c.wire)
	if c.wire > c.len {
		st.Snapped++
	}
	status := packet.Parse(r.link.kind, r.mem[c.at:c.at+c.len], c.wire, ev)
	st.Status.Count(status)
	if status != packet.OK {
		return false
	}
	r.stats.events++
	ev.Time, ev.Iface = s.clock.stamped(c.sec, c.nsec), r.link.iface
	if ev.Held > 0 {
		ev.Data += r.base + uint32(c.at)
	}
	return true
}
