package main

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// TestLiveScans lets real tools sweep before a sensor on a router and one on a mirror port.
// Both find the scanner and nobody else, and the lines come as the packets do.
func TestLiveScans(t *testing.T) {
	for _, c := range []struct {
		name, kind, tool string
		set              []string
		scan             func(s *site)
	}{
		{
			"nmap over a 24", "scan.fast", "nmap", nil,
			func(s *site) { s.nmap("-p445", "--min-rate", "500", mixed24) },
		},
		{
			"masscan over a 16", "scan.fast", "masscan", nil,
			func(s *site) { s.masscan("20000", "-p445", swept16) },
		},
		{
			// Time is scaled: a window of half a second has room for five of its probes.
			"slow nmap", "scan.slow", "nmap",
			[]string{
				"-s", "detect.fast.window=500ms", "-s", "memory.answer_timeout=1s", "-s", "networks.dark=10.88.0.0/16",
			},
			func(s *site) { s.nmap("-p445", "--max-rate", "10", "10.88.3.0/26") },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.tool)
			router := sense(t, []lab.Port{s.inside, s.outside}, c.set...)
			mirror := sense(t, []lab.Port{s.span}, append(c.set, "-s", "capture.role=span")...)
			c.scan(s)
			for where, sensor := range map[string]*liveSensor{"router": router, "mirror": mirror} {
				_, delay := sensor.await(c.kind, scanner, startPatience)
				found := sensor.stop()
				t.Logf("%s: the alert came %s after its packet", where, delay)
				only(t, found, scanner)
				promptly(t, found)
			}
		})
	}
}

// TestLiveBot: a bot that takes orders from a real server on 4915 is found while it does.
func TestLiveBot(t *testing.T) {
	s := newSite(t, "ngircd", "python3")
	ircServer(t, s.targets)
	router := sense(t, []lab.Port{s.inside, s.outside})
	mirror := sense(t, []lab.Port{s.span}, "-s", "capture.role=span")
	old := sense(t, []lab.Port{s.outside, s.inside}, "-s", "capture.mode=af_packet")
	bot(t, s.office, "--stay", "4", orders, "4915")
	for where, sensor := range map[string]*liveSensor{"router": router, "mirror": mirror, "af_packet": old} {
		sensor.await("irc.c2", scanner, startPatience)
		found := sensor.stop()
		worst := 0
		for _, f := range told(t, found) {
			worst = max(worst, f.severity)
		}
		if worst != 4 {
			t.Errorf("%s: the bot's severity is %d, want 4", where, worst)
		}
		only(t, found, scanner)
		promptly(t, found)
	}
}
