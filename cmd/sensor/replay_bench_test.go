package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/scripts/genpcap/office"
)

// benchCapture makes traffic of 380 octets a frame on average.
func benchCapture(b *testing.B, web bool) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "traffic.pcap")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = errors.Join(office.Traffic{Packets: 300_000, Size: 380, Seed: 1, Web: web}.Write(w), w.Flush(), f.Close())
	if err != nil {
		b.Fatal(err)
	}
	return name
}

// BenchmarkReplay replays captures and tells what a packet costs, and how the cost divides
// among reading with parsing, and the sensor.
func BenchmarkReplay(b *testing.B) {
	for _, bc := range []struct {
		name         string
		web, streams bool
	}{{"office", false, true}, {"web", true, true}, {"web-without-streams", true, false}} {
		b.Run(bc.name, func(b *testing.B) {
			c := config.Default()
			c.Detect.Streams.Enabled = bc.streams
			benchReplay(b, &c, benchCapture(b, bc.web))
		})
	}
}

func benchReplay(b *testing.B, c *config.Config, file string) {
	p := newPipeline(c, &capture.Files{}, forgetful(b, c), replaySeed, nil)
	events := make([]packet.Event, batch)
	var findings []alert.Finding
	var read, judge time.Duration
	packets := 0
	for b.Loop() {
		source, err := capture.OpenFiles([]string{file})
		if err != nil {
			b.Fatal(err)
		}
		for {
			began := time.Now()
			n, _, err := source.Read(events)
			readAt := time.Now()
			for i := range events[:n] {
				findings = p.sensor.Observe(&events[i], source.Payload(&events[i]), findings[:0])
			}
			read, judge = read+readAt.Sub(began), judge+time.Since(readAt)
			packets += n
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		_ = source.Close()
	}
	all := float64(read + judge)
	b.ReportMetric(all/float64(packets), "ns/packet")
	b.ReportMetric(100*float64(read)/all, "%read+parse")
	b.ReportMetric(100*float64(judge)/all, "%sensor")
}

// A whole replay allocates for its findings and its set-up, not for its packets.
func TestReplayDoesNotAllocatePerPacket(t *testing.T) {
	file := filepath.Join("..", "..", "testdata", "benign_backup44.pcap.zst")
	c := config.Default()
	source, err := capture.OpenFiles([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	p := newPipeline(&c, source, forgetful(t, &c), replaySeed, func(*alert.Finding) error { return nil })
	events := make([]packet.Event, 1)
	// The first packets open the file and grow the scratch.
	for range 100 {
		if err := one(p, events); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(1000, func() {
		if err := one(p, events); err != nil {
			t.Fatal(err)
		}
	}); n >= 1 {
		t.Errorf("%g allocations a packet", n)
	}
}

// one leads one event through the pipeline.
func one(p *pipeline, events []packet.Event) error {
	n, _, err := p.source.Read(events)
	if err != nil {
		return err
	}
	for i := range events[:n] {
		if err := p.observe(&events[i]); err != nil {
			return err
		}
	}
	return nil
}
