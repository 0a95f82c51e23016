package main

import (
	"context"
	"errors"
	"io"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/sensor"
)

// batch is how many events are read at once. Findings do not depend on it.
const batch = 1024

// errInterrupted says that somebody stopped the run before its end.
var errInterrupted = errors.New("interrupted: findings are those up to here")

// pipeline leads events from a source through the sensor to emit, in packet order and on
// one goroutine.
type pipeline struct {
	source capture.Source
	sensor *sensor.Sensor
	memory *memory
	allow  *allow.List
	emit   func(*alert.Finding) error
	vigil  *vigil // nil for recordings

	first, last packet.Time // of the events
	findings    []alert.Finding
	emitted     uint64 // findings
}

// newPipeline allocates all tables; seed is that of their hashes.
func newPipeline(c *config.Config, source capture.Source, m *memory, seed uint64, emit func(*alert.Finding) error) *pipeline {
	allowed := allow.New(c.Allow)
	return &pipeline{
		source: source,
		sensor: sensor.New(c.Parts(), sensor.Site{
			Sensor: c.Sensor.Name, HomeDefault: c.HomeDefault(), Allow: allowed,
			Lists: m.lists, Seen: m.seen, Interface: source.Interface,
			Counted: counter(source), Follow: follower(source),
		}, seed),
		memory: m,
		allow:  allowed,
		emit:   emit,
	}
}

// run reads the source to its end. Whatever is pending then stays pending: that a
// recording ends is no evidence.
func (p *pipeline) run(ctx context.Context, events []packet.Event) error {
	for ctx.Err() == nil {
		n, now, err := p.source.Read(events)
		for i := range events[:n] {
			if err := p.observe(&events[i]); err != nil {
				return err
			}
		}
		if err := p.advance(now); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errInterrupted
}

func (p *pipeline) observe(ev *packet.Event) error {
	if p.first == 0 {
		p.first = ev.Time
	}
	p.last = ev.Time
	p.findings = p.sensor.Observe(ev, p.source.Payload(ev), p.findings[:0])
	return p.publish()
}

// advance tells that it is now, although no event says so.
func (p *pipeline) advance(now packet.Time) error {
	if p.vigil != nil {
		p.vigil.turn(now)
	}
	p.findings = p.sensor.Advance(now, p.findings[:0])
	p.memory.turn(now)
	return p.publish()
}

func (p *pipeline) publish() error {
	for i := range p.findings {
		p.emitted++
		if err := p.emit(&p.findings[i]); err != nil {
			return err
		}
	}
	return nil
}
