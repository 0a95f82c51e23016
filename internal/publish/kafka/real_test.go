package kafka

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func TestMain(m *testing.M) { os.Exit(broker.Main(m)) }

// real is the broker that the tests of this package share, with all its listeners.
func real(t *testing.T) *broker.Cluster {
	t.Helper()
	return broker.Shared(t, broker.Options{TLS: true})
}

// settings are those for topics of this test alone, which may be created.
func settings(t *testing.T, brokers []string) Config {
	cfg := DefaultConfig()
	cfg.Brokers, cfg.CreateTopic, cfg.Timeout = brokers, true, 30*time.Second
	cfg.Topic = "test." + strings.ReplaceAll(t.Name(), "/", ".")
	cfg.HealthTopic = cfg.Topic + ".health"
	return cfg
}

// open returns a sink that is closed at the end of the test.
func open(t *testing.T, cfg Config) *Sink {
	t.Helper()
	s, err := New(cfg, "core-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// records are n of them, of some sources.
func records(n, sources int) (list []*record.Record) {
	for i := range n {
		list = append(list, &record.Record{
			Stream: record.Findings, UID: fmt.Sprintf("uid-%d", i), Key: fmt.Sprintf("10.1.2.%d", i%sources), Kind: "scan.fast",
			Activity: alert.Create, Severity: alert.High, Sensor: "core-1", Raised: time.Date(2026, 3, 4, 5, 6, 7, i%1000*1e6, time.UTC),
			Body: fmt.Appendf(nil, `{"n":%d,"message":"\u00e9 é \" %s"}`, i, strings.Repeat("x", i%400)),
		})
	}
	return list
}

// send sends a batch, all of which must arrive.
func send(t *testing.T, s *Sink, batch []*record.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i, err := range s.Send(ctx, batch) {
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}

// arrived reads a topic, which must hold exactly the records, per key in order, each as it
// was sent and where Java's own producer would have put it.
func arrived(t *testing.T, c *broker.Cluster, topic string, want []*record.Record) {
	t.Helper()
	byKey, have := map[string][]*record.Record{}, 0
	for _, r := range want {
		byKey[r.Key] = append(byKey[r.Key], r)
	}
	for _, got := range c.Read(t, topic) {
		have++
		if got.Key == nil || got.Value == nil || len(byKey[*got.Key]) == 0 {
			t.Fatalf("partition %d offset %d: not expected: %+v", got.Partition, got.Offset, got)
		}
		r := byKey[*got.Key][0]
		byKey[*got.Key] = byKey[*got.Key][1:]
		headers := []broker.Header{{Name: "content-type", Value: "application/json"}, {Name: "schema", Value: r.Schema()}, {Name: "alert-id", Value: r.UID}, {Name: "sensor", Value: r.Sensor}}
		if r.Test {
			headers = append(headers, broker.Header{Name: "test", Value: "true"})
		}
		if *got.Value != string(r.Body) || !got.Time.Equal(r.Raised) || fmt.Sprint(got.Headers) != fmt.Sprint(headers) {
			t.Errorf("want %+v\nbody %s\nhave %+v\nbody %s", r, r.Body, got, *got.Value)
		}
	}
	if have != len(want) {
		t.Errorf("%d records on %s, want %d", have, topic, len(want))
	}
}
