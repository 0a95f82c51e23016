// Command consumer reads the findings of wormwatch from Kafka, as a SOC's own program would:
// it drops records that came twice, keeps the latest state of every episode, and prints each
// state as a line of JSON when it changes. It is an example to copy: it depends on nothing
// of wormwatch but on what docs/alerts.md says.
//
// A record is committed once it was printed. After a crash the last ones come again, and
// what was known of doubles is gone: a program that keeps its episodes in a database puts
// the alert-id there as well.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
)

type options struct {
	brokers, topic, group string
	fromStart, latest     bool
	idleExit              time.Duration
	access                access
}

func main() {
	var o options
	flag.StringVar(&o.brokers, "brokers", "127.0.0.1:9092", "some brokers as `HOST:PORT,...`")
	flag.StringVar(&o.topic, "topic", "wormwatch.alerts", "topic of the findings")
	flag.StringVar(&o.group, "group", "wormwatch-example", "consumer group: its members share the partitions, and go on where they left off")
	flag.BoolVar(&o.fromStart, "from-start", false, "begin with the oldest record where the group has read nothing yet")
	flag.BoolVar(&o.latest, "latest", false, "print nothing but the latest state of each episode, at the end, and commit nothing")
	flag.DurationVar(&o.idleExit, "idle-exit", 0, "end when nothing came for so long; 0 goes on for ever")
	o.access.register(flag.CommandLine)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := consume(ctx, o, os.Stdout, log.New(os.Stderr, "", 0)); err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

// Memory is bounded: the latest so many identities of records, and so many episodes.
const (
	idsKept      = 200_000
	episodesKept = 20_000
)

// consume reads until ctx ends or nothing comes, and writes states to out, and what it
// counted to notes at the end.
func consume(ctx context.Context, o options, out io.Writer, notes *log.Logger) (err error) {
	dialer, err := o.access.dialer()
	if err != nil {
		return err
	}
	start := kafka.LastOffset
	if o.fromStart {
		start = kafka.FirstOffset
	}
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: strings.Split(o.brokers, ","), Topic: o.topic, GroupID: o.group, StartOffset: start, Dialer: dialer,
		MaxBytes: 16 << 20, MaxWait: 250 * time.Millisecond, WatchPartitionChanges: true,
		ErrorLogger: kafka.LoggerFunc(func(format string, args ...any) { notes.Printf("kafka: "+format, args...) }),
	})
	defer func() { err = errors.Join(err, reader.Close()) }()
	memory := newMemory(idsKept, episodesKept)
	for {
		m, err := fetch(ctx, reader, o.idleExit)
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return finish(o, memory, out, notes)
		}
		if err != nil {
			return err
		}
		line := memory.take(headerOf(&m, "alert-id"), m.Value)
		if o.latest {
			continue
		}
		if line != nil {
			if err := write(out, line); err != nil {
				return err // not committed: it comes again
			}
		}
		if err := reader.CommitMessages(ctx, m); err != nil && ctx.Err() == nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
}

// finish writes what is left to say.
func finish(o options, m *memory, out io.Writer, notes *log.Logger) error {
	if o.latest {
		for _, line := range m.latest() {
			if err := write(out, line); err != nil {
				return err
			}
		}
	}
	counts, err := json.Marshal(m.counts)
	if err != nil {
		return err
	}
	notes.Printf("%s", counts)
	return nil
}

func write(out io.Writer, line []byte) error {
	_, err := fmt.Fprintf(out, "%s\n", line)
	return err
}

// fetch waits for a record, but not longer than idle unless that is 0.
func fetch(ctx context.Context, r *kafka.Reader, idle time.Duration) (kafka.Message, error) {
	if idle > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, idle)
		defer cancel()
	}
	return r.FetchMessage(ctx)
}

func headerOf(m *kafka.Message, name string) string {
	for _, h := range m.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}
