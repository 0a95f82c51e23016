package main

import (
	"context"
	"errors"
	"io"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// batch is how many events are read at once. Findings do not depend on it.
const batch = 1024

// errInterrupted says that somebody stopped the run before its end.
var errInterrupted = errors.New("interrupted: findings are those up to here")

// pipeline leads events through the tracker and the engine to emit, in packet order and
// on one goroutine.
type pipeline struct {
	source  capture.Source
	tracker *flow.Tracker
	engine  *detect.Engine
	allow   *allow.List
	emit    func(*alert.Finding) error

	first, last packet.Time // of the events
	contacts    []flow.Contact
	findings    []alert.Finding
}

// newPipeline allocates all tables; seed is that of their hashes.
func newPipeline(c *config.Config, source capture.Source, seed uint64, emit func(*alert.Finding) error) *pipeline {
	allowed := allow.New(c.Allow)
	site := detect.Site{
		Sensor:    c.Sensor.Name,
		Services:  c.Detect.Services,
		Allow:     allowed,
		Interface: source.Interface,
	}
	return &pipeline{
		source:  source,
		tracker: flow.New(c.Flow(), seed),
		allow:   allowed,
		engine:  detect.New(c.Detect.Config, site, seed),
		emit:    emit,
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
	p.contacts = p.tracker.Observe(ev, p.contacts[:0])
	return p.judge()
}

// advance tells that it is now, although no event says so.
func (p *pipeline) advance(now packet.Time) error {
	p.contacts = p.tracker.Advance(now, p.contacts[:0])
	if err := p.judge(); err != nil {
		return err
	}
	p.findings = p.engine.Advance(now, p.findings[:0])
	return p.publish()
}

func (p *pipeline) judge() error {
	for i := range p.contacts {
		p.findings = p.engine.Observe(&p.contacts[i], p.findings[:0])
		if err := p.publish(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipeline) publish() error {
	for i := range p.findings {
		if err := p.emit(&p.findings[i]); err != nil {
			return err
		}
	}
	return nil
}
