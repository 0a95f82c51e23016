package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestBatches holds that findings do not depend on how many events are read at once.
func TestBatches(t *testing.T) {
	for _, path := range []string{
		write(t, "day.pcap", day()),
		"../../testdata/story.pcap.gz",
		"../../testdata/irc_bot_lossy.pcap.gz",
		"../../testdata/irc_people_ngircd.pcap.gz",
		"../../testdata/netbios_edge.pcap.gz",
	} {
		want := inBatches(t, path, batch)
		if want == "" {
			t.Errorf("%s: nothing is found", path)
		}
		for _, size := range []int{1, 2, 7, 64, 1 << 16} {
			if got := inBatches(t, path, size); got != want {
				t.Errorf("%s: batches of %d give\n%s\nof %d\n%s", path, size, got, batch, want)
			}
		}
	}
}

// inBatches returns what is found when so many events are read at once.
func inBatches(t *testing.T, path string, size int) string {
	t.Helper()
	files, err := capture.OpenFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var out bytes.Buffer
	c := config.Default()
	p := newPipeline(&c, files, forgetful(t, &c), replaySeed, alert.NewLines(&out, "test").Write)
	if err := p.run(t.Context(), make([]packet.Event, size)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestStopped holds that a pipeline ends with its context.
func TestStopped(t *testing.T) {
	files, err := capture.OpenFiles([]string{write(t, "day.pcap", day())})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	ctx, cancel := context.WithCancel(t.Context())
	c := config.Default()
	p := newPipeline(&c, files, forgetful(t, &c), replaySeed, func(*alert.Finding) error { cancel(); return nil })
	if err := p.run(ctx, make([]packet.Event, 1)); err != errInterrupted {
		t.Errorf("got %v", err)
	}
}

// forgetful returns a memory that keeps nothing.
func forgetful(tb testing.TB, c *config.Config) *memory {
	tb.Helper()
	m, err := openMemory(c, replaySeed, func(err error) { tb.Error(err) }, func(e health.Event) { tb.Error(e.Message) })
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
