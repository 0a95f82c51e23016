package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/lab/blast"
)

// BenchmarkLiveLatency tells how long it takes from a packet to the line on standard output
// that it causes, on an idle sensor and on one that is blasted beside.
func BenchmarkLiveLatency(b *testing.B) {
	const scanners = 200
	for _, load := range []string{"idle", "full load, 1% SYN"} {
		b.Run(load, func(b *testing.B) {
			for b.Loop() {
				l := lab.New(b)
				sender, host := l.Host("sender"), l.Host("sensor")
				out, in := l.Pair(sender, "out", host, "in")
				loadOut, loadIn := l.Pair(sender, "load", host, "loaded")
				s := sense(b, []lab.Port{in, loadIn}, "-s", "capture.role=span")
				// Sixty milliseconds apart, so that an idle sensor sleeps between two.
				var frames []lab.Frame
				for i := range scanners {
					for _, f := range sweep(fmt.Sprintf("10.1.2.%d", i+1), 20) {
						f.At = time.Duration(i) * 60 * time.Millisecond
						frames = append(frames, f)
					}
				}
				done := make(chan error, 1)
				if load == "idle" {
					done <- nil
				} else {
					bl, err := blast.New(loadOut, blast.Shape{
						Sources: netip.MustParsePrefix("10.96.0.0/24"), Targets: netip.MustParsePrefix("10.128.0.0/12"), SYN: 10,
					})
					if err != nil {
						b.Fatal(err)
					}
					defer bl.Close()
					go func() { done <- bl.Send(0, 13*time.Second) }()
					time.Sleep(time.Second)
				}
				out.Play(frames, 1)
				if err := <-done; err != nil {
					b.Fatal(err)
				}
				time.Sleep(time.Second)
				s.Signal(syscall.SIGTERM)
				if err := s.Wait(stopPatience); err != nil {
					b.Fatal(err)
				}
				delays(b, load, s.findings())
			}
		})
	}
}

// delays prints those of the first finding of each scanner, from its packet's time, which
// has milliseconds.
func delays(b *testing.B, load string, found []line) {
	b.Helper()
	var ms []float64
	for i, f := range told(b, found) {
		if strings.HasPrefix(f.source, "10.1.2.") && f.activity == 1 {
			ms = append(ms, float64(found[i].at.Sub(timeOf(b, found[i])))/1e6)
		}
	}
	if len(ms) == 0 {
		b.Fatal("nothing was found")
	}
	slices.Sort(ms)
	fmt.Printf("\nlatency, packet to line, %s: %d alerts, median %.1f ms, p99 %.1f ms, longest %.1f ms\n",
		load, len(ms), ms[len(ms)/2], ms[len(ms)*99/100], ms[len(ms)-1])
}
