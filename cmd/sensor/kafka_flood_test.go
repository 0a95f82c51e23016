package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/size"
)

// BenchmarkKafkaFlood offers 5,000 findings a second, and tells whether they are kept, what
// is given up, and how long it takes until the broker has the rest.
func BenchmarkKafkaFlood(b *testing.B) {
	const rate, seconds = 5000, 20
	c := broker.Start(b, broker.Options{})
	c.Topic(b, "wormwatch.health", 1, 1) // what is given up is told there, and waits until it is
	for _, bc := range []struct {
		name string
		size int64 // of the outbox
		away bool  // the broker, until the flood is over
	}{
		{"broker there", 1 << 30, false},
		{"broker away", 1 << 30, true},
		{"broker away, outbox of 64 MiB", 64 << 20, true},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				topic := fmt.Sprintf("test.flood-%d-%v-%d", bc.size, bc.away, i)
				c.Topic(b, topic, 6, 1)
				if bc.away {
					c.Kill(b, 1)
				}
				lost := losses{}
				cfg := outbox.DefaultConfig()
				cfg.MaxSize = size.Size(bc.size)
				p := benchPublisher(b, benchSink(b, c, topic), cfg, lost.told)
				took, kept := flood(p, rate, seconds)
				if bc.away {
					c.Restart(b, 1)
				}
				over := time.Now()
				drain(b, p)
				lost.left(b, p)
				s := p.Stats()
				fmt.Printf("\nflood, %s: %d findings of %d octets offered in %.1f s (%.0f a second); committed %.1f s later; sent %d, %.1f s later\n%s",
					bc.name, rate*seconds, len(benchRecord(0).Body), took.Seconds(), rate*seconds/took.Seconds(), kept.Seconds(),
					s.Sent, time.Since(over).Seconds(), &lost)
			}
		})
	}
}

// flood offers so many findings a second for so many seconds. It returns how long that took,
// and how long after it until all that was not given up is on disk.
func flood(p *publish.Publisher, rate, seconds int) (took, kept time.Duration) {
	began := time.Now()
	for n := range rate * seconds {
		if ahead := time.Duration(n)*time.Second/time.Duration(rate) - time.Since(began); ahead > time.Millisecond {
			time.Sleep(ahead)
		}
		p.Offer(benchRecord(n))
	}
	took = time.Since(began)
	for p.Stats().Queue > 0 {
		time.Sleep(time.Millisecond)
	}
	return took, time.Since(began) - took
}

// drain waits until the broker has all.
func drain(b *testing.B, p *publish.Publisher) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	if err := p.Drain(ctx); err != nil {
		b.Fatal(err)
	}
}

// losses are what was given up, by reason and rank.
type losses struct {
	mu sync.Mutex
	by map[string]uint64
}

func (l *losses) add(reason string, a alert.Activity, s alert.Severity, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[string]uint64{}
	}
	l.by[fmt.Sprintf("%s: %s of severity %d", reason, a, s)] += n
}

// told takes a record of losses that the publisher makes.
func (l *losses) told(e health.Event) {
	if d, ok := e.Data.(health.AlertsLostData); ok {
		for _, x := range d.Losses {
			l.add(x.Reason, x.Activity, x.Severity, x.Count)
		}
	}
}

// left takes those that no record tells of yet.
func (l *losses) left(b *testing.B, p *publish.Publisher) {
	b.Helper()
	rest, err := p.Store().Losses()
	if err != nil {
		b.Fatal(err)
	}
	for _, x := range rest {
		l.add(x.Reason, x.Activity, x.Severity, x.Count)
	}
}

func (l *losses) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.by) == 0 {
		return "nothing was given up\n"
	}
	var text string
	for _, reason := range slices.SortedFunc(maps.Keys(l.by), cmp.Compare) {
		text += fmt.Sprintf("given up, %s: %d\n", reason, l.by[reason])
	}
	return text
}
