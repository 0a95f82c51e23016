package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// Sweeps from outside are the less severe ones; they begin first here.
func TestTheSummaryOfAnOutbreak(t *testing.T) {
	s := packettest.NewScenario()
	for i := range 5 {
		s.Sweep(fmt.Sprintf("203.0.113.%d", i+1), "10.1.0.1", 25, 445, 10*time.Millisecond)
	}
	for i := range 25 {
		s.Sweep(fmt.Sprintf("10.0.0.%d", i+1), "10.1.0.1", 25, 445, 10*time.Millisecond)
	}
	s.Wait(time.Minute)
	s.Session("10.0.1.1", "10.0.0.200", 40001, 445)
	r := command(t, nil, "replay", write(t, "outbreak.pcap", packettest.Pcap{Link: packet.LinkEthernet}.Bytes(s.Records...)))
	if n := strings.Count(r.stderr, "\nopen "); r.code != 0 || n != openShown+1 {
		t.Errorf("exit %d, %d lines of open episodes\n%s", r.code, n, r.stderr)
	}
	if strings.Contains(r.stderr, "scan.fast 203.0.113.") || !strings.Contains(r.stderr, "\nopen      10 more, ") {
		t.Errorf("not the most severe ones, or nothing is said of the others\n%s", r.stderr)
	}
}
