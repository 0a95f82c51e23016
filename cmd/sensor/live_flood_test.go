package main

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/lab/blast"
)

// TestLiveFlood floods one victim under forged addresses of the whole network, while
// another host scans slowly. The scanner is found, nobody else is, and memory stays.
func TestLiveFlood(t *testing.T) {
	s := newSite(t, "nmap")
	out, in := s.Pair(s.Host("flooder"), "eth0", s.probe, "flooded")
	b, err := blast.New(out, blast.Shape{
		Sources: netip.MustParsePrefix("10.96.0.0/11"), Targets: netip.MustParsePrefix("203.0.113.80/32"), SYN: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	sensor := sense(t, []lab.Port{s.span, in}, "-s", "capture.role=span",
		"-s", "detect.fast.window=500ms", "-s", "memory.answer_timeout=1s", "-s", "networks.dark=10.88.0.0/16")
	flood := make(chan error, 1)
	go func() { flood <- b.Send(0, 10*time.Second); close(flood) }()
	t.Cleanup(func() { <-flood }) // before Close, also where the test ends early
	time.Sleep(2 * time.Second)   // tables fill
	before := resident(t, sensor.PID())
	s.nmap("-p445", "--max-rate", "10", "10.88.3.0/26")
	sensor.await("scan.slow", scanner, startPatience)
	if err := <-flood; err != nil {
		t.Fatal(err)
	}
	after := resident(t, sensor.PID())
	sent, err := b.Sent()
	if err != nil || sent < 1_000_000 {
		t.Errorf("%d frames are no flood, %v", sent, err)
	}
	found := sensor.stop()
	only(t, found, scanner)
	t.Logf("%.1f M frames in 10 s; resident %d MiB, then %d MiB\n%s", float64(sent)/1e6, before>>20, after>>20, sensor.Output())
	// What the bill says is allocated at the start and touched as it is used.
	if most := before + 128<<20; after > most {
		t.Errorf("resident memory grew from %d to %d octets", before, after)
	}
	// Whatever is lost of events, every frame is counted.
	if seen := number(t, floodSaw, sensor.Output()); seen != sent {
		t.Errorf("%d frames were sent, %d counted\n%s", sent, seen, sensor.Output())
	}
}

// floodSaw is the summary's count of the flooded interface.
var floodSaw = regexp.MustCompile(`(?m)^interface +flooded \([^)]*\): ([\d,]+) packets`)

// resident returns a process's resident memory in octets.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
