package main

import (
	"context"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
)

// TestTopicMissingAtStart: it is told before there is a finding for it, and again when it
// is there; brokers that do not answer are another's affair.
func TestTopicMissingAtStart(t *testing.T) {
	c := broker.Start(t, broker.Options{})
	cfg := kafka.DefaultConfig()
	cfg.Brokers, cfg.Topic = c.Bootstrap, "test.late"
	told := make(chan health.Event, 8)
	ended := make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	go func() {
		defer close(ended)
		awaitTopic(ctx, cfg, "core-1", func(e health.Event) { valid(t, e); told <- e }, 100*time.Millisecond)
	}()
	if e := <-told; e.Kind != health.OutboxDegraded || e.Remedy == "" {
		t.Errorf("%+v", e)
	}
	c.Topic(t, cfg.Topic, 1, 1)
	<-ended
	if e := <-told; e.Kind != health.OutboxRecovered {
		t.Errorf("%+v", e)
	}

	cfg.Brokers = []string{refusing(t)}
	if bad, known := topicFault(ctx, cfg, "core-1"); bad != nil || known {
		t.Errorf("%+v, %v of a broker that refuses", bad, known)
	}
}
