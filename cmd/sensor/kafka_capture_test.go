package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// The outbreak that is sent to Kafka: each source sweeps again and again, and falls quiet
// between. A sweep is a Create and a Close; one of each source, ten times as long, has an
// Update between.
const (
	outbreakSources = 300
	outbreakSweeps  = 18
	outbreakQuiet   = "detect.episodes.quiet=1m"
)

// outbreak is a capture whose replay with outbreakQuiet gives more than 10,000 findings.
func outbreak() []byte {
	s := packettest.NewScenario()
	for sweep := range outbreakSweeps {
		for i := range outbreakSources {
			targets := 20
			if i%outbreakSweeps == sweep {
				targets = 200
			}
			source := fmt.Sprintf("10.1.%d.%d", i/100, 1+i%100)
			s.Sweep(source, fmt.Sprintf("10.%d.%d.1", 100+sweep, i%256), targets, 445, 10*time.Millisecond)
		}
		s.Wait(2 * time.Minute)
	}
	s.Session("10.0.0.5", "10.0.0.6", 40000, 445) // the last ones are closed
	return packettest.Pcap{Link: packet.LinkEthernet}.Bytes(s.Records...)
}

// published are the lines that a plain replay of a capture writes, by which a topic is
// judged.
func published(t testing.TB, capture []byte, args ...string) (lines []string) {
	t.Helper()
	cmd := process(t, append(append([]string{"replay"}, args...), "-")...)
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(capture), &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return slices.Collect(strings.Lines(string(out)))
}
