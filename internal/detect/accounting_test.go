package detect

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
)

// closes lets all episodes end and returns the last one's Close.
func (s *site) closes() *alert.Finding {
	s.t.Helper()
	s.wait(25 * time.Hour)
	f := &s.findings[len(s.findings)-1]
	if f.Activity != alert.Close {
		s.t.Fatalf("want a Close: %v", s.summary())
	}
	return f
}

// The kernel's retransmits after 3 and 9 s are no targets and no outcomes, at any pace.
func TestRetransmitsCountOnce(t *testing.T) {
	for _, every := range []int{1, 3} { // ticks of 100 ms between targets
		s := newSite(t)
		const targets = 130
		for tick := range targets*every + 100 {
			for _, after := range []int{0, 30, 70, 90} {
				if i := tick - after; i >= 0 && i%every == 0 && i/every < targets {
					s.syn(scanner, host(i/every))
				}
			}
			s.wait(100 * time.Millisecond)
		}
		if c := s.closes().Scan; c.Targets != targets || c.Silent != targets {
			t.Errorf("%d targets, %d silent, want %d", c.Targets, c.Silent, targets)
		}
	}
}

// A sweep in bursts is one sweep.
func TestSweepInBurstsIsToldOnce(t *testing.T) {
	s := learned(t, 100)
	for b := range 5 {
		for i := range 30 {
			s.syn(scanner, host(1000+b*30+i))
			s.wait(20 * time.Millisecond)
		}
		s.wait(10 * time.Minute)
	}
	if c := s.closes(); len(s.findings) != 2 || c.Scan.Targets != 150 || c.Scan.Silent != 0 || c.Scan.Dark != 150 {
		t.Errorf("%v", s.summary())
	}
}

// Answers of known servers that outweigh the score do not unsay what an episode told.
func TestSlowEpisodeKeepsItsCounts(t *testing.T) {
	s := newSite(t)
	for i := range 12 {
		for c := range 10 {
			s.answered(host(2000+c), host(3000+i))
			s.wait(10 * time.Second)
		}
	}
	n := s.until(40, func(i int) {
		s.syn(scanner, host(i))
		s.wait(time.Minute)
	})
	for i := range 12 {
		s.answered(scanner, host(3000+i))
		s.wait(time.Minute)
	}
	s.syn(scanner, host(n))
	if c := s.closes().Scan; c.Targets < n+12 || c.Silent < n || c.Answered != 12 {
		t.Errorf("%d probes: %+v", n, c)
	}
}

// What a fast episode told is in no slow one.
func TestFastSweepIsNoPartOfASlowScan(t *testing.T) {
	s := learned(t, 100)
	s.syn(scanner, host(900))
	s.wait(time.Hour)
	for i := range 150 {
		s.syn(scanner, host(1000+i))
		s.wait(20 * time.Millisecond)
	}
	s.only(alert.ScanFast, alert.Create)
	for i := range 6 {
		s.wait(10 * time.Minute)
		s.syn(scanner, host(2000+i))
	}
	if n := len(s.findings); n != 2 || s.findings[1].Kind != alert.ScanSlow || s.findings[1].Scan.Dark > 7 {
		t.Errorf("%v", s.summary())
	}
}

func TestFastSweepDoesNotGrowAnOpenSlowEpisode(t *testing.T) {
	s := learned(t, 100)
	for i := range 6 {
		s.syn(scanner, host(2000+i))
		s.wait(10 * time.Minute)
	}
	s.only(alert.ScanSlow, alert.Create)
	for i := range 150 {
		s.syn(scanner, host(1000+i))
		s.wait(20 * time.Millisecond)
	}
	s.wait(time.Minute)
	if len(s.findings) != 2 || s.findings[1].Kind != alert.ScanFast {
		t.Errorf("%v", s.summary())
	}
}

// Targets taken for unused that all answer leave nothing behind.
func TestDarkTargetsOfAFastSweepThatAnswer(t *testing.T) {
	s := learned(t, 10)
	for i := range 40 {
		s.syn(scanner, host(256*(i+4)))
	}
	for i := range 40 {
		s.event(tcp(host(256*(i+4)), scanner, 445, 40000, 0x12))
	}
	if c := s.closes().Scan; c.Dark != 0 || c.Answered != 40 || c.Parts.Dark > 0.01 {
		t.Errorf("%+v", c)
	}
}

// Growth is counted from the Create: a rise in severity between does not move it.
func TestTenfoldFromTheCreate(t *testing.T) {
	s := newSite(t)
	outside := addr("198.51.100.7")
	for i := range 250 {
		if i == 100 {
			s.answered(outside, host(i))
		} else {
			s.syn(outside, host(i))
		}
		s.wait(20 * time.Millisecond)
	}
	if len(s.findings) != 3 || s.findings[1].Severity != alert.Medium || s.findings[2].Scan.Targets != 200 {
		t.Errorf("want Create, a rise, tenfold: %v", s.summary())
	}
}

// Only 137/udp is remote system discovery; the same group's TCP ports are services.
func TestTechniqueByPort(t *testing.T) {
	s := newSite(t, func(f *flow.Config, _ *Config) {
		f.Services = []flow.Service{{Name: "netbios", TCP: []uint16{139, 445}, UDP: []uint16{137}}}
	})
	for i := range 20 {
		s.syn(scanner, host(i))
	}
	if f := s.only(alert.ScanFast, alert.Create); f.Techniques[0] != "T1046" {
		t.Errorf("%v", f.Techniques)
	}
}
