package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish"
	"github.com/wormwatch/wormwatch/internal/publish/control"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
	"github.com/wormwatch/wormwatch/internal/publish/lines"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// farewell is how long a sensor that stops goes on sending. What is left waits in the
// outbox for the next start.
const farewell = 5 * time.Second

// sender is the way of findings to Kafka.
type sender struct {
	*publish.Publisher
	dir      string
	unserve  func()        // ends what runs beside: the control socket, the look at the topic
	patience time.Duration // of leave
	left     sync.Once
}

// openSender opens the outbox in dir and begins to send what waits there; what is wrong
// and does not keep it from working goes to the desk or the log.
func openSender(ctx context.Context, c *config.Config, dir string, desk *health.Desk, log *slog.Logger) (*sender, error) {
	sink, err := kafka.New(c.Publish.Kafka, c.Sensor.Name)
	if err != nil {
		return nil, err
	}
	store, err := outbox.Open(dir, c.Publish.Outbox)
	if aside, ok := errors.AsType[*outbox.Aside](err); ok {
		desk.Tell(publish.DamagedEvent(aside))
	} else if err != nil {
		return nil, err
	}
	s := &sender{
		Publisher: publish.Start(store, sink, publish.Options{Tell: desk.Tell, Encode: desk.Encode, Log: log}),
		dir:       dir, unserve: func() {}, patience: farewell,
	}
	degraded := func() string { return s.Stats().Degraded }
	stop, err := control.Serve(ctx, control.Local{Store: store}, dir, control.Options{Degraded: degraded, Log: log})
	if err != nil {
		log.Warn("wormwatch outbox will not reach this process", "err", err)
	} else {
		s.unserve = stop
	}
	return s, nil
}

// offer hands a finding over and never waits; what there is no room for is counted.
func (s *sender) offer(f *alert.Finding) {
	if s == nil {
		return
	}
	s.Offer(record.FromFinding(f, build().version, time.Now()))
}

// leave sends what it can for a moment, and ends, once. What then still waits on disk is no
// error.
func (s *sender) leave(log *slog.Logger) (err error) {
	if s == nil {
		return nil
	}
	s.left.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.patience)
		defer cancel()
		err = s.end(ctx)
		if left, ok := errors.AsType[*publish.Left](err); ok && left.Unsaved == 0 {
			log.Warn(err.Error(), "outbox", s.dir)
			err = nil
		}
	})
	return err
}

// end sends what it can until ctx ends.
func (s *sender) end(ctx context.Context) error {
	_ = s.Drain(ctx) // what is left is said below
	s.unserve()
	return s.Stop(ctx)
}

// state is what a heartbeat tells of the outbox.
func (s *sender) state() *health.OutboxState {
	if s == nil {
		return nil
	}
	stats := s.Stats()
	state := stats.State(time.Now())
	return &state
}

// liveOutbox returns the directory where a live sensor keeps what waits for Kafka, empty if
// nothing goes there.
func liveOutbox(c *config.Config) (string, error) {
	if len(c.Publish.Kafka.Brokers) == 0 {
		return "", nil
	}
	if dir := outboxDir(c); dir != "" {
		return dir, nil
	}
	return "", errors.New("publish.kafka.brokers is given, and there is no place for what waits for them: write a directory into state.path or publish.outbox.path")
}

// tellLines tells that findings are missing from publish.lines.path, or go elsewhere, and
// that it is over.
func tellLines(c *config.Config, desk *health.Desk) func(lines.Change) {
	path := c.Publish.Lines.Path
	return func(change lines.Change) {
		if change.Err == nil {
			desk.Tell(health.Event{
				Kind: health.LinesRecovered, Severity: alert.Informational,
				Message: "findings are written to publish.lines.path again",
				Data:    health.LinesRecoveredData{Path: path, Lost: change.Lost, Took: health.MillisOf(change.Took)},
			})
			return
		}
		e := health.Event{
			Kind: health.LinesDegraded, Severity: alert.Low, Message: "publish.lines.path: " + change.Err.Error(),
			Remedy: lines.Remedy(change.Err), Data: health.LinesDegradedData{Path: path, Reason: change.Err.Error()},
		}
		if change.Losing {
			e.Severity, e.Message = alert.High, "findings are missing from publish.lines.path: "+change.Err.Error()
		}
		desk.Tell(e)
	}
}

// exits are where findings go.
type exits struct {
	lines *output
	kafka *sender // nil: not there
}

// report writes rows of the summary: what became of the findings.
func (e exits) report(row func(name, format string, args ...any)) {
	if n := e.lines.Stats().Lost; n > 0 {
		row("lost", "findings that publish.lines.path did not take: %s", grouped(n))
	}
	if e.kafka == nil {
		return
	}
	s := e.kafka.Stats()
	row("kafka", "%s records sent, %s wait in %s", grouped(s.Sent), grouped(uint64(s.Waiting)), e.kafka.dir)
	if s.Outbox.Dead > 0 {
		row("kafka", "%s dead letters, which the brokers will never take (wormwatch outbox dead)", grouped(s.Outbox.Dead))
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Lost)) {
		if n := s.Lost[reason]; n > 0 {
			row("lost", "records given up (%s): %s", reason, grouped(n))
		}
	}
}
