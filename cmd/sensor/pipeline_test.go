package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestBatches holds that findings do not depend on how many events are read at once.
func TestBatches(t *testing.T) {
	path := write(t, "day.pcap", day())
	var want string
	for _, size := range []int{1, 2, 7, 64, batch, 1 << 16} {
		files, err := capture.OpenFiles([]string{path})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		lines := alert.NewLines(&out, "test")
		c := config.Default()
		p := newPipeline(&c, files, replaySeed, lines.Write)
		if err := p.run(t.Context(), make([]packet.Event, size)); err != nil {
			t.Fatal(err)
		}
		files.Close()
		if want == "" {
			want = out.String()
		}
		if got := out.String(); got != want || got == "" {
			t.Errorf("batches of %d give\n%s\nof 1\n%s", size, got, want)
		}
	}
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
	p := newPipeline(&c, files, replaySeed, func(*alert.Finding) error { cancel(); return nil })
	if err := p.run(ctx, make([]packet.Event, 1)); err != errInterrupted {
		t.Errorf("got %v", err)
	}
}
