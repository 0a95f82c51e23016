package detect

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestFastSweepAlertsAtTheTwentiethTarget(t *testing.T) {
	s := newSite(t)
	for i := range 19 {
		s.syn(scanner, host(i))
		s.wait(50 * time.Millisecond)
	}
	s.silent()
	s.syn(scanner, host(19))
	f := s.only(alert.ScanFast, alert.Create)
	if f.Scan.Targets != 20 || f.Scan.Waiting != 20 || f.Severity != alert.High {
		t.Errorf("%+v", f.Scan)
	}
}

func TestFastSweepGrowsAndCloses(t *testing.T) {
	s := newSite(t)
	for i := range 250 {
		s.syn(scanner, host(i))
		s.wait(20 * time.Millisecond)
	}
	s.wait(30 * time.Second)
	if len(s.findings) != 2 || s.findings[1].Activity != alert.Update || s.findings[1].Scan.Targets != 200 {
		t.Fatalf("want Create and Update at 200: %v", s.summary())
	}
	s.wait(25 * time.Hour)
	if len(s.findings) != 3 {
		t.Fatalf("want a Close: %v", s.summary())
	}
	c := s.findings[2]
	if c.Activity != alert.Close || c.Scan.Targets != 250 || c.Scan.Silent != 250 || c.Kind != alert.ScanFast {
		t.Errorf("%s: %+v", c.Message, c.Scan)
	}
	if want := c.LastSeen.Add(24 * time.Hour); !c.Time.Equal(want) {
		t.Errorf("closed at %s, want %s", c.Time, want)
	}
	if c.Episode != s.findings[0].Episode || c.UID == s.findings[0].UID {
		t.Error("identities: an episode shares one, records do not")
	}
}

func TestSweepWhereMostAnswerAlertsAtTheSixtieth(t *testing.T) {
	s := newSite(t)
	for i := range 60 {
		s.silent()
		s.answered(scanner, host(i))
		s.wait(100 * time.Millisecond)
	}
	if f := s.only(alert.ScanFast, alert.Create); f.Scan.Answered != 59 || len(f.Scan.Answers) != 16 {
		t.Errorf("%+v", f.Scan)
	}
}

func TestColdStartSlowScanWithinTwentyProbes(t *testing.T) {
	for _, pace := range []time.Duration{550 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second, 10 * time.Second, time.Minute, 10 * time.Minute} {
		s := newSite(t)
		probes := 0
		for len(s.findings) == 0 && probes < 40 {
			s.syn(scanner, host(probes))
			probes++
			s.wait(pace)
		}
		if probes > 20 {
			t.Errorf("a probe each %s: found after %d probes", pace, probes)
		}
	}
}

// A management server at night, seen for the first time: two in three of its clients are
// off.
func TestColdStartManagementServerIsNotAScan(t *testing.T) {
	s := newSite(t)
	for i := range 400 {
		if i%3 == 1 {
			s.answered(scanner, host(i))
		} else {
			s.syn(scanner, host(i))
		}
		s.wait(8 * time.Second)
	}
	s.silent()
}

// A slow scanner that is answered or refused now and then is found while learning too, if
// later.
func TestColdStartScannerThatIsAnsweredNowAndThen(t *testing.T) {
	s := newSite(t)
	probes := 0
	for len(s.findings) == 0 && probes < 100 {
		switch probes % 8 {
		case 3:
			s.answered(scanner, host(probes))
		case 6:
			s.refused(scanner, host(probes))
		default:
			s.syn(scanner, host(probes))
		}
		probes++
		s.wait(time.Minute)
	}
	if probes > 40 {
		t.Errorf("found after %d probes", probes)
	}
}

func TestDarkTargetsCountAtOnce(t *testing.T) {
	s := learned(t, 100)
	for i := range 6 {
		s.silent()
		s.syn(scanner, host(1000+i))
		s.wait(10 * time.Minute)
	}
	f := s.only(alert.ScanSlow, alert.Create)
	if f.Scan.Dark != 6 || f.Scan.Targets != 6 {
		t.Errorf("%+v", f.Scan)
	}
}

func TestOneHourBetweenProbesInADenseNetwork(t *testing.T) {
	s := learned(t, 600)
	probes := 0
	for len(s.findings) == 0 && probes < 60 {
		target := host((probes * 389) % 1000) // 60% alive, half of them answer
		if probes%3 == 0 && (probes*389)%1000 < 600 {
			s.answered(scanner, target)
		} else {
			s.syn(scanner, target)
		}
		probes++
		s.wait(time.Hour)
	}
	if probes > 40 {
		t.Errorf("found after %d probes: %v", probes, s.summary())
	}
}

func TestScannerThatWorksBesideItsScanIsFoundAsFast(t *testing.T) {
	s := learned(t, 100)
	for i := range 20 { // servers with many clients
		for j := range 20 {
			s.answered(host(50+j), host(i))
		}
	}
	for i := range 6 {
		s.silent()
		s.syn(scanner, host(1000+i))
		for j := range 3 {
			s.answered(scanner, host(i*3+j))
		}
		s.wait(time.Hour)
	}
	s.only(alert.ScanSlow, alert.Create)
}

func TestOutageIsNotAScan(t *testing.T) {
	s := learned(t, 200)
	servers := []packet.Addr{host(0), host(1), host(2), host(3), host(4)}
	for c := range 100 {
		for _, srv := range servers {
			s.answered(host(10+c), srv)
		}
	}
	s.wait(24 * time.Hour)
	for range 20 {
		for c := range 100 {
			for _, srv := range servers {
				s.syn(host(10+c), srv)
			}
			s.wait(100 * time.Millisecond)
		}
		s.wait(time.Minute)
	}
	s.silent()
}

// Two old names a day for every host, from eight that all of them have: without the
// discount the score would settle at 25.
func TestStaleNamesAreNotAScan(t *testing.T) {
	s := learned(t, 100)
	for day := range 20 {
		for c := range 20 {
			for i := range 2 {
				s.syn(host(c), host(1000+(2*day+c+i)%8))
				s.wait(time.Second)
			}
		}
		s.wait(24 * time.Hour)
	}
	if n := len(s.findings); n > 0 {
		t.Errorf("%d findings: %v", n, s.summary()[0])
	}
	if s.engine.Stats().StaleDiscounts == 0 {
		t.Error("no dark contact was discounted")
	}
}

func TestBotsThatSweepSideBySideDoNotExcuseEachOther(t *testing.T) {
	s := learned(t, 100)
	found := map[netip.Addr]bool{}
	for i := range 15 {
		for bot := range 4 {
			s.syn(host(bot), host(1000+i))
			s.wait(time.Minute)
		}
		s.wait(time.Hour)
	}
	for i := range s.findings {
		found[s.findings[i].Source.IP] = true
	}
	if len(found) != 4 {
		t.Errorf("%d of 4 found: %v", len(found), s.summary())
	}
}

func TestOneWayMirrorIsNotAScan(t *testing.T) {
	s := learned(t, 300)
	for srv := range 25 {
		for c := range 40 {
			s.syn(host(c), host(100+srv))
			s.event(tcp(host(c), host(100+srv), 40000, 445, packet.ACK))
			s.wait(time.Second)
		}
	}
	s.wait(time.Minute)
	if len(s.findings) > 0 {
		t.Errorf("%d findings: %v", len(s.findings), s.summary())
	}
}

func TestBackscatterNamesNobody(t *testing.T) {
	s := newSite(t)
	for i := range 200 {
		s.event(tcp(scanner, host(i), 445, 1024, packet.SYN|packet.ACK))
		s.event(tcp(host(i), scanner, 1024, 445, packet.RST))
		s.wait(10 * time.Millisecond)
	}
	s.wait(time.Minute)
	s.silent()
}

func TestOutsideSourceIsLowUntilTargetsAnswer(t *testing.T) {
	s := newSite(t)
	outside := addr("198.51.100.7")
	for i := range 20 {
		s.syn(outside, host(i))
	}
	if f := s.only(alert.ScanFast, alert.Create); f.Severity != alert.Low || f.Techniques[0] != "T1595.001" {
		t.Errorf("severity %v, %v", f.Severity, f.Techniques)
	}
	s.event(tcp(host(3), outside, 445, 40000, packet.SYN|packet.ACK))
	if len(s.findings) != 2 || s.findings[1].Severity != alert.Medium || s.findings[1].Activity != alert.Update {
		t.Errorf("an answer raises the severity: %v", s.summary())
	}
}

func TestAllowedScannerIsSilentUntilTheEntryExpires(t *testing.T) {
	s := newSite(t)
	s.engine.site.Allow = allow.New([]allow.Entry{{
		Source: netip.MustParsePrefix("10.1.200.200/32"), Kinds: []string{"scan.fast", "scan.slow"},
		Reason: "vulnerability scanner", Until: start.Add(24 * time.Hour).UTC(),
	}})
	for i := range 100 {
		s.syn(scanner, host(i))
		s.wait(10 * time.Millisecond)
	}
	s.silent()
	if hits := s.engine.site.Allow.Hits()[0]; hits != 100 {
		t.Errorf("%d hits, want 100", hits)
	}
	s.wait(24 * time.Hour)
	for i := range 20 {
		s.syn(scanner, host(200+i))
	}
	s.only(alert.ScanFast, alert.Create)
}
