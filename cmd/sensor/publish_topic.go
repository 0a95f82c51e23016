package main

import (
	"context"
	"sync"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
)

// topicPause is how often a topic that cannot be written is looked at again.
const topicPause = time.Minute

// inspect has the topic of the findings looked at until it is good, or the sender ends.
func (s *sender) inspect(ctx context.Context, c *config.Config, desk *health.Desk) {
	ctx, cancel := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() { awaitTopic(ctx, c.Publish.Kafka, c.Sensor.Name, desk.Tell, topicPause) })
	unserve := s.unserve
	s.unserve = func() {
		cancel()
		looking.Wait()
		unserve()
	}
}

// awaitTopic looks at the start whether the topic of the findings can be written, and tells
// if it cannot, and when it can: the first finding may be days away, and until then all
// would seem well. It returns when the topic is good, or with ctx.
func awaitTopic(ctx context.Context, cfg kafka.Config, sensor string, tell func(health.Event), pause time.Duration) {
	var since time.Time
	for {
		bad, known := topicFault(ctx, cfg, sensor)
		switch {
		case bad != nil && since.IsZero():
			since = time.Now()
			tell(health.Event{
				Kind: health.OutboxDegraded, Severity: alert.High,
				Message: "findings cannot go to topic " + cfg.Topic + ": " + bad.Err.Error() + "; they will wait in the outbox", Remedy: bad.Remedy,
				Data: health.OutboxDegradedData{Sink: "kafka", Reason: bad.Err.Error(), Since: health.StampOf(since), Durable: true},
			})
		case bad == nil && known:
			if !since.IsZero() {
				tell(health.Event{
					Kind: health.OutboxRecovered, Severity: alert.Informational, Message: "findings can go to topic " + cfg.Topic,
					Data: health.OutboxRecoveredData{Sink: "kafka", Since: health.StampOf(since), Took: health.MillisOf(time.Since(since))},
				})
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// topicFault returns what is wrong with the topic of the findings. It is not known while no
// broker answers: that, the publisher tells itself.
func topicFault(ctx context.Context, cfg kafka.Config, sensor string) (bad *kafka.Finding, known bool) {
	for _, f := range kafka.Check(ctx, cfg, sensor, nil) {
		if f.What != "topic "+cfg.Topic {
			continue
		}
		known = true
		if f.Err != nil && !f.Warning {
			return &f, true
		}
	}
	return nil, known
}
