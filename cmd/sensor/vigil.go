package main

import (
	"log/slog"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/sensor"
)

const (
	// glance is how often losses are looked at: well within the time that a target has to
	// answer, since silence means nothing while answers may be lost.
	glance = 100 * time.Millisecond
	// calm is how long nothing may be lost until losses are over.
	calm = 10 * time.Second
	// account is how often the log tells what was seen meanwhile.
	account = 10 * time.Minute
)

// vigil watches over a live source: it tells the judges of losses, and the log of losses
// and of what was seen.
type vigil struct {
	source liveSource
	sensor *sensor.Sensor
	log    *slog.Logger

	looked packet.Time
	told   packet.Time // latest account
	lost   uint64      // by then
	latest packet.Time // loss
	began  uint64      // lost when this series of losses began
	losing bool

	accounted capture.Stats     // as of the latest account
	counted   capture.LiveStats // the same
}

// turn looks at the counters now and then.
func (v *vigil) turn(now packet.Time) {
	if now.Sub(v.looked) < glance {
		return
	}
	v.looked = now
	s := v.source.Stats()
	if s.Live == nil {
		return
	}
	v.losses(now, s.Live)
	if v.told == 0 {
		v.told = now
	}
	if now.Sub(v.told) >= account {
		v.told = now
		v.tell(&s)
	}
}

func (v *vigil) losses(now packet.Time, l *capture.LiveStats) {
	switch n := l.Lost - v.lost; {
	case n > 0:
		v.sensor.Missed(now, n)
		if !v.losing {
			v.losing, v.began = true, v.lost
			v.log.Warn("events are being lost: silence is not judged, counts are lower bounds", "lost", n, "cpus", losers(l))
		}
		v.lost, v.latest = l.Lost, now
	case v.losing && now.Sub(v.latest) >= calm:
		v.losing = false
		v.log.Warn("no events are lost any more", "lost", v.lost-v.began)
	}
}

// losers returns the CPUs that lost events.
func losers(l *capture.LiveStats) (cpus []int) {
	for _, c := range l.CPUs {
		if c.Lost > 0 {
			cpus = append(cpus, c.CPU)
		}
	}
	return cpus
}

// tell logs what was seen since it was told before.
func (v *vigil) tell(s *capture.Stats) {
	was, live, before := &v.accounted, s.Live, &v.counted
	v.log.Info("account", "packets", s.Packets-was.Packets, "events", s.Events-was.Events, "lost", live.Lost-before.Lost,
		"held", live.Held-before.Held, "repeats", live.Repeats-before.Repeats, "punted", live.Punted-before.Punted)
	v.accounted, v.counted = *s, *live
}
