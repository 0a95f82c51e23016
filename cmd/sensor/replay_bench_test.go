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
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/scripts/genpcap/office"
)

// benchCapture makes office traffic of 380 octets a frame on average.
func benchCapture(b *testing.B) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "office.pcap")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = errors.Join(office.Traffic{Packets: 300_000, Size: 380, Seed: 1}.Write(w), w.Flush(), f.Close())
	if err != nil {
		b.Fatal(err)
	}
	return name
}

// BenchmarkReplay replays a capture of office traffic and tells what a packet costs, and
// how the cost divides among the stages: reading and parsing, tracking, judging.
func BenchmarkReplay(b *testing.B) {
	file := benchCapture(b)
	c := config.Default()
	tracker := flow.New(c.Flow(), replaySeed)
	engine := detect.New(c.Detect.Config, detect.Site{Sensor: "bench", Services: c.Detect.Services}, replaySeed)
	events := make([]packet.Event, batch)
	var contacts []flow.Contact
	var findings []alert.Finding
	var read, track, judge time.Duration
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
			contacts = contacts[:0]
			for i := range events[:n] {
				contacts = tracker.Observe(&events[i], contacts)
			}
			trackAt := time.Now()
			for i := range contacts {
				findings = engine.Observe(&contacts[i], findings[:0])
			}
			read, track, judge = read+readAt.Sub(began), track+trackAt.Sub(readAt), judge+time.Since(trackAt)
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
	all := float64(read + track + judge)
	b.ReportMetric(all/float64(packets), "ns/packet")
	b.ReportMetric(100*float64(read)/all, "%read+parse")
	b.ReportMetric(100*float64(track)/all, "%track")
	b.ReportMetric(100*float64(judge)/all, "%judge")
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
