package main

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// calm is how long a fault must be away until it is over: one that flickers is told once,
// and not with each look.
const calm = 10 * time.Second

// spell is a fault that comes and goes.
type spell struct {
	on          bool
	began, seen packet.Time
}

// look takes note of whether the fault is there now, and tells when that begins or is over.
func (s *spell) look(now packet.Time, there bool) (began, ended bool) {
	switch {
	case there:
		s.seen = now
		if began = !s.on; began {
			s.on, s.began = true, now
		}
	case s.on && now.Sub(s.seen) >= calm:
		s.on, ended = false, true
	}
	return began, ended
}

// took is how long it was there.
func (s *spell) took() health.Millis { return health.MillisOf(s.seen.Sub(s.began)) }
