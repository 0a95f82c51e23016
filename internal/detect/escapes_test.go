package detect

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Ways to slip through that were found once, and are shut.

// until lets step act until something is found, at most n times, and returns how often.
func (s *site) until(n int, step func(i int)) int {
	for i := range n {
		if len(s.findings) > 0 {
			return i
		}
		step(i)
	}
	return n
}

// A steady pace near that of a fast sweep, most targets answering: the slow rule must not
// wait for the fast one for ever.
func TestSteadyPaceBesideTheFastRule(t *testing.T) {
	for _, pace := range []time.Duration{170, 200, 300, 400, 500, 600} {
		s := learned(t, 2000)
		n := s.until(500, func(i int) {
			if i%5 < 3 {
				s.answered(scanner, host(i))
			} else {
				s.syn(scanner, host(10000+i))
			}
			s.wait(pace * time.Millisecond)
		})
		if n > 60 {
			t.Errorf("a target each %s ms: found after %d", pace, n)
		}
	}
}

// Forged clients that go on without an answer make no one-way mirror.
func TestForgedWitnessesMakeNoOneWayMirror(t *testing.T) {
	s := learned(t, 100)
	wentOn := func(a, b packet.Addr) {
		s.syn(a, b)
		s.event(tcp(a, b, 40000, 445, packet.ACK))
	}
	for k := range 12 {
		wentOn(packet.AddrFrom4([]byte{198, 51, 100, byte(k % 3)}), host(4096+200+k))
	}
	s.wait(time.Minute)
	n := s.until(50, func(i int) {
		wentOn(scanner, host(4096+i))
		s.wait(10 * time.Minute)
	})
	if n > 8 {
		t.Errorf("found after %d probes", n)
	}
}

// Three bots that each send an ACK behind their SYN do not excuse one another.
func TestBotsCannotFakeAOneWayMirrorTogether(t *testing.T) {
	s := learned(t, 100)
	n := s.until(50, func(i int) {
		for b := range 3 {
			target := host(4096 + 3*i + b)
			s.syn(host(b), target)
			s.event(tcp(host(b), target, 40000, 445, packet.ACK))
		}
		s.wait(10 * time.Minute)
	})
	if n > 8 {
		t.Errorf("found after %d rounds", n)
	}
}

// What the Internet sends to unused addresses makes them no old names.
func TestNoiseFromOutsideMakesNoOldNames(t *testing.T) {
	s := learned(t, 100)
	src := 0
	noise := func() {
		for i := range 100 {
			for range 2 {
				src++
				s.syn(packet.AddrFrom4([]byte{198, 18, byte(src >> 8), byte(src)}), host(1000+i))
				s.wait(time.Second)
			}
		}
	}
	noise()
	s.watch(30 * time.Hour)
	noise()
	s.silent()
	n := s.until(50, func(i int) {
		s.syn(scanner, host(1000+i))
		s.wait(10 * time.Minute)
	})
	if n > 8 {
		t.Errorf("found after %d probes", n)
	}
}

// A host known to visit many that sweeps the Internet: nothing there is dark.
func TestRoleSourceThatSweepsSilentTargetsIsFound(t *testing.T) {
	s := learned(t, 400)
	backup := s.backup()
	n := s.until(200, func(i int) {
		s.syn(backup, packet.AddrFrom4([]byte{198, 18, byte(i >> 8), byte(i)}))
		s.wait(20 * time.Millisecond)
	})
	if n > 60 {
		t.Errorf("found after %d targets", n)
	}
}

// Windows tries 139 and 445; servers that refuse 139 are no outage.
func TestRefusedSecondPortIsNoSurge(t *testing.T) {
	s := learned(t, 600)
	for range 3 {
		for c := range 60 {
			s.syn(host(c), host(500+c))
			s.event(tcp(host(c), host(500+c), 40001, 139, packet.SYN))
			s.event(tcp(host(500+c), host(c), 139, 40001, packet.RST|packet.ACK))
			s.event(tcp(host(500+c), host(c), 445, 40000, packet.SYN|packet.ACK))
			if c%3 == 0 {
				s.syn(scanner, host(100+s.tried))
				s.tried++
			}
			s.wait(time.Second)
		}
	}
	s.only(alert.ScanSlow, alert.Create)
}

// A worm with a list that goes slowly enough to be taken for a backup server.
func TestHitListEarnsNoRole(t *testing.T) {
	s := learned(t, 1000)
	for i := range 80 {
		s.answered(scanner, host(i))
		s.wait(72 * time.Minute)
	}
	n := s.until(200, func(i int) {
		if i%10 < 6 {
			s.answered(scanner, host(100+i))
		} else {
			s.syn(scanner, host(100+i))
		}
		s.wait(20 * time.Millisecond)
	})
	if n > 60 {
		t.Errorf("found after %d targets", n)
	}
}

// A firewall that refuses for unused addresses makes nobody alive for long.
func TestResetsForUnusedAddresses(t *testing.T) {
	s := learned(t, 100)
	n := s.until(100, func(i int) {
		s.refused(scanner, host(3000+i))
		s.wait(10 * time.Minute)
	})
	if n > 30 {
		t.Errorf("found after %d probes", n)
	}
}

// One failure, a good past, then a sweep: answers save up for no more than a few probes.
func TestGoodPastWhileLearningSavesLittle(t *testing.T) {
	s := newSite(t)
	s.syn(scanner, host(0))
	s.wait(time.Minute)
	for i := range 30 {
		s.answered(scanner, host(100+i))
		s.wait(time.Minute)
	}
	n := s.until(100, func(i int) {
		s.syn(scanner, host(200+i))
		s.wait(time.Minute)
	})
	if n > 55 {
		t.Errorf("found after %d probes", n)
	}
}

// At a probe a second nobody takes a sweep for a management server, whatever answers.
func TestCrowdWhileLearning(t *testing.T) {
	s := newSite(t)
	n := s.until(200, func(i int) {
		if i%10 < 4 {
			s.answered(scanner, host(i))
		} else {
			s.syn(scanner, host(i))
		}
		s.wait(time.Second)
	})
	if n > 70 {
		t.Errorf("found after %d targets", n)
	}
}

// An IPv6 router solicits every neighbour that somebody behind it tries.
func TestIPv6RouterIsNoScanner(t *testing.T) {
	s := newSite(t)
	router := [6]byte{2, 9, 9, 9, 9, 9}
	at := func(net byte, i int) packet.Addr { return packet.Addr{0: 0xfd, 1: net, 14: byte(i >> 8), 15: byte(i)} }
	s.event(packet.Event{Kind: packet.KindARPRequest, Src: at(0, 5000), Dst: at(0, 5001), Flags: packet.FlagGroup})
	s.event(packet.Event{Kind: packet.KindARPReply, Src: at(0, 5001), Dst: at(0, 5000)})
	for i := range 60 {
		through := tcp(at(byte(1+i%3), i), at(0, 5001), 443, 40000, packet.ACK)
		through.SrcMAC = router
		s.event(through)
		s.event(packet.Event{
			Kind: packet.KindARPRequest, Src: addr("fe80::1"), Dst: at(0, 100+i), SrcMAC: router, Flags: packet.FlagGroup,
		})
		s.wait(50 * time.Millisecond)
	}
	s.silent()
}

// More sweeping sources than episodes: each is told, and not again with each packet.
func TestFullEpisodesDoNotThrash(t *testing.T) {
	s := newSite(t, func(_ *flow.Config, d *Config) { d.Tables.Episodes = 16 })
	for i := range 100 {
		for src := range 64 {
			s.syn(packet.AddrFrom4([]byte{198, 18, 0, byte(src)}), host(i))
		}
		s.wait(100 * time.Millisecond)
	}
	if n := len(s.findings); n > 64*4 {
		t.Errorf("%d findings about 64 sources", n)
	}
}
