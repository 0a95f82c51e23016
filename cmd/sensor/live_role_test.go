package main

import (
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// pair is the simplest lab: a port that sends, and one that captures.
func pair(t *testing.T) (out, in lab.Port) {
	t.Helper()
	l := lab.New(t)
	return l.Pair(l.Host("sender"), "out", l.Host("sensor"), "in")
}

// TestLiveSpanRefused: a port that drops everything must not be one that somebody uses.
func TestLiveSpanRefused(t *testing.T) {
	_, in := pair(t)
	in.Host.Address("in", "10.77.0.2/16")
	s := launch(t, in.Host, asLive(in.Host, "-i", "in", "-s", "capture.role=span"))
	if err := s.Wait(startPatience); code(t, err) != 1 || !strings.Contains(s.Output(), "10.77.0.2") {
		t.Errorf("%v\n%s", err, s.Output())
	}
	if links := in.Host.IP("link", "show", "in"); strings.Contains(links, "xdp") {
		t.Errorf("a program is attached\n%s", links)
	}
}

// TestLiveRoles: of what comes in by a span port nothing reaches the host's stack, of what
// comes in by a router's port everything does, octet for octet.
func TestLiveRoles(t *testing.T) {
	frames := sweep("10.0.0.66", 2000)
	for _, mode := range []string{"native", "generic", "af_packet"} {
		for role, reach := range map[string]int{"span": 0, "router": len(frames)} {
			if mode == "af_packet" && role == "span" {
				continue // it can drop nothing
			}
			t.Run(mode+" "+role, func(t *testing.T) {
				t.Parallel()
				out, in := pair(t)
				s := sense(t, []lab.Port{in}, "-s", "capture.role="+role, "-s", "capture.mode="+mode)
				tap := in.Tap()
				out.Play(frames, 0)
				got := tap.Frames(len(frames)+1, 500*time.Millisecond)
				if len(got) != reach {
					t.Fatalf("%d frames of %d reach the stack, want %d; the sensor runs: %v\n%s\n%s",
						len(got), len(frames), reach, s.Running(), in.Host.IP("link", "show", "in"), s.Output())
				}
				for i := range got {
					if string(got[i]) != string(frames[i].Data) {
						t.Fatalf("frame %d is another:\n%x\n%x", i, got[i], frames[i].Data)
					}
				}
				s.await("scan.fast", "10.0.0.66", startPatience)
				s.stop()
			})
		}
	}
}
