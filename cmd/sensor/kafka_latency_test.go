package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// warmUp is how many findings open connections and let Java compile, unmeasured.
const warmUp = 200

// BenchmarkKafkaLatency tells how long a finding takes from where it is raised to a consumer
// of the topic, with the outbox on disk between and without.
func BenchmarkKafkaLatency(b *testing.B) {
	c := broker.Start(b, broker.Options{})
	for _, bc := range []struct {
		name  string
		count int           // findings that are measured, after warmUp
		pause time.Duration // from one to the next; 0: each waits until the one before is there
		plain bool          // no outbox: what Kafka and the consumer take of the time
	}{
		{"one at a time, without outbox", 500, 0, true},
		{"one at a time", 500, 0, false},
		{"100 a second", 1000, 10 * time.Millisecond, false},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				topic := fmt.Sprintf("test.latency-%s-%d", strings.NewReplacer(" ", "-", ",", "").Replace(bc.name), i)
				c.Topic(b, topic, 6, 1)
				w := watchTopic(b, c, topic, 6)
				offer := offerTo(b, c, topic, bc.plain)
				for n := range warmUp + bc.count {
					r := benchRecord(n)
					if n >= warmUp {
						w.raise(r.UID)
					}
					offer(r)
					if bc.pause > 0 {
						time.Sleep(bc.pause)
					} else {
						w.await(n + 1)
					}
				}
				w.await(warmUp + bc.count)
				took := w.delays()
				ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
				fmt.Printf("\nraise to consumer, %s: %d findings of %d octets, median %.1f ms, p99 %.1f ms, longest %.1f ms\n", bc.name,
					len(took), len(benchRecord(0).Body), ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(took[len(took)-1]))
			}
		})
	}
}

// offerTo returns where findings are offered: to a publisher with an outbox, or to Kafka
// itself.
func offerTo(b *testing.B, c *broker.Cluster, topic string, plain bool) func(record.Record) {
	b.Helper()
	sink := benchSink(b, c, topic)
	if plain {
		b.Cleanup(func() { _ = sink.Close() })
		return func(r record.Record) {
			waitFor(b, "Kafka takes a finding", func() bool {
				return errors.Join(sink.Send(b.Context(), []*record.Record{&r})...) == nil
			})
		}
	}
	p := benchPublisher(b, sink, outbox.DefaultConfig(), nil)
	return func(r record.Record) {
		if !p.Offer(r) {
			b.Fatal("there is no room for a finding")
		}
	}
}

func benchSink(b *testing.B, c *broker.Cluster, topic string) *kafka.Sink {
	b.Helper()
	cfg := kafka.DefaultConfig()
	cfg.Brokers, cfg.Topic = c.Bootstrap, topic
	sink, err := kafka.New(cfg, "core-1")
	if err != nil {
		b.Fatal(err)
	}
	return sink
}

// benchPublisher starts one with an outbox of its own, which ends with the benchmark.
func benchPublisher(b *testing.B, sink publish.Sink, cfg outbox.Config, lost func(health.Event)) *publish.Publisher {
	b.Helper()
	store, err := outbox.Open(filepath.Join(b.TempDir(), "outbox"), cfg)
	if err != nil {
		b.Fatal(err)
	}
	desk := health.NewDesk(health.Identity{Sensor: "core-1", Version: "bench", Run: health.NewRun()}, nil)
	p := publish.Start(store, sink, publish.Options{Encode: func(e health.Event) record.Record {
		if lost != nil {
			lost(e)
		}
		return desk.Encode(e)
	}})
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.Stop(ctx)
	})
	return p
}

// benchFindings is one finding in each activity.
var benchFindings = sync.OnceValue(func() (bodies [4][]byte) {
	f := alert.TestFinding("core-1", "", time.Unix(1_800_000_000, 0))
	f.Message = strings.Repeat("A finding about a sweep of many hosts has so many octets. ", 45)
	for a := range bodies {
		f.Activity = alert.Activity(a)
		bodies[a] = alert.AppendOCSF(nil, &f, "bench")
	}
	return bodies
})

// benchRecord is a finding of its own, about one of 1,000 sources: of ten four are Creates,
// three Updates, three Closes; of four one is of high severity.
func benchRecord(n int) record.Record {
	activity := [...]alert.Activity{alert.Create, alert.Update, alert.Close, alert.Create, alert.Update, alert.Close, alert.Create, alert.Update, alert.Close, alert.Create}[n%10]
	severity := alert.Low
	if n%4 == 0 {
		severity = alert.High
	}
	return record.Record{
		Stream: record.Findings, UID: fmt.Sprintf("%032x", n), Key: fmt.Sprintf("10.0.%d.%d", n%1000/250, n%250+1),
		Kind: "scan.fast", Episode: fmt.Sprintf("%032x", n%1000), Activity: activity, Severity: severity, Sensor: "core-1",
		Raised: time.Now().UTC().Truncate(time.Millisecond), Body: benchFindings()[activity],
	}
}

// watcher is a consumer that notes when records come.
type watcher struct {
	b      *testing.B
	mu     sync.Mutex
	raised map[string]time.Time
	came   map[string]time.Time
	change chan struct{}
}

// watchTopic consumes every partition of a topic from its beginning.
func watchTopic(b *testing.B, c *broker.Cluster, topic string, partitions int) *watcher {
	b.Helper()
	w := &watcher{b: b, raised: map[string]time.Time{}, came: map[string]time.Time{}, change: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	transport := &kafkago.Transport{}
	client := &kafkago.Client{Addr: kafkago.TCP(c.Bootstrap...), Transport: transport}
	var readers sync.WaitGroup
	for p := range partitions {
		readers.Go(func() { w.read(ctx, client, topic, p) })
	}
	b.Cleanup(func() {
		cancel()
		readers.Wait()
		transport.CloseIdleConnections()
	})
	return w
}

// read consumes a partition: the broker answers as soon as it has a record.
func (w *watcher) read(ctx context.Context, client *kafkago.Client, topic string, partition int) {
	for offset := int64(0); ctx.Err() == nil; {
		got, err := client.Fetch(ctx, &kafkago.FetchRequest{
			Topic: topic, Partition: partition, Offset: offset, MinBytes: 1, MaxBytes: 8 << 20, MaxWait: 500 * time.Millisecond,
		})
		now := time.Now()
		if err = cmp.Or(err, gotError(got)); errors.Is(err, kafkago.NotLeaderForPartition) {
			continue // yet: the topic is new
		} else if err != nil {
			if ctx.Err() == nil {
				w.b.Errorf("consumer of partition %d: %v", partition, err)
			}
			return
		}
		for {
			r, err := got.Records.ReadRecord()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					w.b.Errorf("consumer of partition %d: %v", partition, err)
				}
				break
			}
			for _, h := range r.Headers {
				if h.Key == "alert-id" {
					w.note(string(h.Value), now)
				}
			}
			offset = r.Offset + 1
		}
	}
}

func gotError(r *kafkago.FetchResponse) error {
	if r == nil {
		return nil
	}
	return r.Error
}

func (w *watcher) note(uid string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, double := w.came[uid]; !double {
		w.came[uid] = at
	}
	select {
	case w.change <- struct{}{}:
	default:
	}
}

// raise notes that a finding is raised now.
func (w *watcher) raise(uid string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.raised[uid] = time.Now()
}

// await waits until so many findings came.
func (w *watcher) await(n int) {
	w.b.Helper()
	deadline := time.After(time.Minute)
	for w.count() < n {
		select {
		case <-w.change:
		case <-deadline:
			w.b.Fatalf("%d of %d findings came within a minute", w.count(), n)
		}
	}
}

func (w *watcher) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.came)
}

// delays are those from raise to arrival, shortest first.
func (w *watcher) delays() (took []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for uid, at := range w.raised {
		took = append(took, w.came[uid].Sub(at))
	}
	slices.Sort(took)
	return took
}
