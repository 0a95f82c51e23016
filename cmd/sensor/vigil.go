package main

import (
	"log/slog"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	// glance is how often losses are looked at: well within the time that a target has to
	// answer, since silence means nothing while answers may be lost.
	glance = 100 * time.Millisecond
	// account is how often the log tells what was seen meanwhile.
	account = 10 * time.Minute
)

// vigil watches over a live source: it tells the judges of losses, and people of losses, of
// interfaces, and that the sensor works. It is a part of the judging goroutine, so that a
// sensor that judges nothing has no heartbeat.
type vigil struct {
	pipeline *pipeline
	source   liveSource
	desk     *health.Desk
	log      *slog.Logger
	outbox   func() *health.OutboxState // nil: there is none
	cfg      health.Config
	hash     string // of the configuration

	began  packet.Time // the first turn
	looked packet.Time
	now    packet.Time
	told   packet.Time // latest account
	lost   uint64      // by now
	before uint64      // lost when this series of losses began
	losing spell
	oneWay spell
	links  []linkVigil
	beats  beats

	accounted capture.Stats     // as of the latest account
	counted   capture.LiveStats // the same
}

// newVigil returns what watches over a source that p reads; outbox tells what waits there.
func newVigil(c *config.Config, p *pipeline, source liveSource, desk *health.Desk, log *slog.Logger, outbox func() *health.OutboxState) *vigil {
	return &vigil{pipeline: p, source: source, desk: desk, log: log, outbox: outbox, cfg: c.Health, hash: configHash(c)}
}

// turn looks at the counters now and then.
func (v *vigil) turn(now packet.Time) {
	if v.now = now; now.Sub(v.looked) < glance {
		return
	}
	v.looked = now
	s := v.source.Stats()
	if s.Live == nil {
		return
	}
	if v.began == 0 {
		v.began, v.told = now, now
	}
	v.losses(s.Live)
	v.mirror()
	v.interfaces(s.Live.Links)
	v.beat(&s)
	if now.Sub(v.told) >= account {
		v.told = now
		v.account(&s)
	}
}

// losses tells of events that are lost.
func (v *vigil) losses(l *capture.LiveStats) {
	n, before := l.Lost-v.lost, v.lost
	v.lost = l.Lost
	if n > 0 {
		v.pipeline.sensor.Missed(v.now, n)
	}
	switch began, ended := v.losing.look(v.now, n > 0); {
	case began:
		v.before = before
		v.desk.Tell(health.Event{
			Kind: health.DropsBegan, Severity: alert.Medium,
			Message: "events are being lost: silence is not judged, counts are lower bounds",
			Remedy:  "if it goes on, raise capture.ring_events, or give the sensor more CPU",
			Data:    health.DropsData{Lost: n, CPUs: losers(l)},
		})
	case ended:
		v.desk.Tell(health.Event{
			Kind: health.DropsEnded, Severity: alert.Informational, Message: "no events are lost any more",
			Data: health.DropsData{Lost: v.lost - v.before, CPUs: losers(l), Took: v.losing.took()},
		})
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

// mirror tells when clients go on with connections of which no answer passes.
func (v *vigil) mirror() {
	switch began, ended := v.oneWay.look(v.now, v.pipeline.sensor.OneWay()); {
	case began:
		v.desk.Tell(health.Event{
			Kind: health.OneWayBegan, Severity: alert.Medium,
			Message: "the mirror shows one direction only: silence is not judged",
			Remedy:  "have the switch mirror both directions of each port or VLAN",
			Data:    health.OneWayData{},
		})
	case ended:
		v.desk.Tell(health.Event{
			Kind: health.OneWayEnded, Severity: alert.Informational, Message: "the mirror shows both directions again",
			Data: health.OneWayData{Took: v.oneWay.took()},
		})
	}
}

// account logs what was seen since it was told before.
func (v *vigil) account(s *capture.Stats) {
	was, live, before := &v.accounted, s.Live, &v.counted
	v.log.Info("account", "packets", s.Packets-was.Packets, "events", s.Events-was.Events, "lost", live.Lost-before.Lost,
		"held", live.Held-before.Held, "repeats", live.Repeats-before.Repeats, "punted", live.Punted-before.Punted)
	v.accounted, v.counted = *s, *live
}
