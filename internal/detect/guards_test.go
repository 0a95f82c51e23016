package detect

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// backup returns a host with a fan-out role: day by day it visits thirty others, all of
// which answer, and on three days it comes back to them.
func (s *site) backup() packet.Addr {
	a := addr("10.1.250.1")
	for range 4 {
		for i := range 30 {
			s.answered(a, host(i))
			s.wait(time.Second)
		}
		s.wait(24 * time.Hour)
	}
	return a
}

func TestRoleExcusesFailuresAndNovelty(t *testing.T) {
	s := learned(t, 400)
	backup := s.backup()
	for i := range 100 { // a new department, half of it switched off
		if i%2 == 0 {
			s.answered(backup, host(100+i))
		} else {
			s.syn(backup, host(100+i))
		}
		s.wait(20 * time.Second)
	}
	s.silent()
	for i := range 100 { // many at once, most answer
		s.answered(backup, host(200+i))
		s.wait(50 * time.Millisecond)
	}
	s.silent()
}

func TestRoleDoesNotExcuseDarkTargets(t *testing.T) {
	s := learned(t, 400)
	backup := s.backup()
	for i := range 12 {
		s.syn(backup, host(1000+i))
		s.wait(10 * time.Minute)
	}
	s.only(alert.ScanSlow, alert.Create)
}

func TestRoleSourceThatSweepsFastIsFound(t *testing.T) {
	s := learned(t, 400)
	backup := s.backup()
	for i := range 20 {
		s.syn(backup, host(1000+i))
		s.wait(50 * time.Millisecond)
	}
	s.only(alert.ScanFast, alert.Create)
}

// A worm with a list of live hosts fails seldom; that it visits so many who serve nobody
// is the sign.
func TestListOfLiveHostsIsFoundByNovelty(t *testing.T) {
	s := learned(t, 400)
	for i := range 60 {
		s.answered(scanner, host(i))
		s.wait(10 * time.Minute)
	}
	f := s.only(alert.ScanSlow, alert.Create)
	if f.Scan.Parts.Novelty < 15 || f.Confidence > 70 {
		t.Errorf("confidence %d, %+v", f.Confidence, f.Scan.Parts)
	}
}

// While known pairs fail everywhere, silence is nobody's fault, not even at hosts that
// nobody else had reached.
func TestSurgeExcusesSilence(t *testing.T) {
	s := learned(t, 600)
	for c := range 60 {
		s.answered(host(c), host(500+c))
	}
	s.wait(time.Hour)
	for i := range 60 {
		s.syn(host(i), host(500+i))
		s.syn(scanner, host(100+i))
		s.wait(3 * time.Second)
	}
	s.wait(time.Minute)
	if n := s.engine.Stats().OutageDiscounts; n < 30 {
		t.Errorf("%d failures were discounted", n)
	}
	s.silent()
}

func TestDarkTargetsCountInASurge(t *testing.T) {
	s := learned(t, 600)
	for c := range 60 {
		s.answered(host(c), host(500+c))
	}
	s.wait(time.Hour)
	for i := range 60 {
		s.syn(host(i), host(500+i))
		if i%6 == 0 {
			s.syn(scanner, host(1000+i))
		}
		s.wait(3 * time.Second)
	}
	s.only(alert.ScanSlow, alert.Create)
}

// Servers are many, and most of them answer: walking through them must not pay for the
// failures in between.
func TestScannerThatWalksThroughServersIsFound(t *testing.T) {
	s := newSite(t)
	for srv := range 60 {
		for c := range 20 {
			s.answered(host(200+c), host(srv))
			s.wait(time.Second)
		}
	}
	s.watch(8 * 24 * time.Hour)
	for i := range 800 {
		s.alive(host(i))
	}
	for i := range 60 {
		s.answered(scanner, host(i))
		s.syn(scanner, host(300+i))
		s.wait(10 * time.Minute)
	}
	s.only(alert.ScanSlow, alert.Create)
}

// One host alone that plays an answered client makes no one-way mirror.
func TestScannerCannotFakeAOneWayMirror(t *testing.T) {
	s := newSite(t)
	for i := range 30 {
		s.syn(scanner, host(i))
		s.event(tcp(scanner, host(i), 40000, 445, packet.ACK))
		s.wait(time.Minute)
	}
	s.only(alert.ScanSlow, alert.Create)
}

func TestPrefixThatAnswersForEverybodyTellsNothing(t *testing.T) {
	s := learned(t, 10)
	for i := range 59 {
		s.answered(scanner, host(2048+i))
		s.wait(time.Minute)
	}
	// The first twenty are taken for peers: 10 points, and no proof.
	s.silent()
}

// A dark target that answers is somebody who has just come.
func TestDarkTargetThatAnswersTakesItsWeightBack(t *testing.T) {
	s := learned(t, 10)
	for i := range 10 {
		s.answered(scanner, host(256*(i+4)))
		s.wait(time.Minute)
	}
	s.silent()
	k := sourceKey{addr: scanner}
	src := s.engine.source(keyHash(s.engine.seed, &k), &k)
	if src.books.parts[partDark] != 0 || src.books.total.dark != 0 || src.books.recent.dark != 0 {
		t.Errorf("%+v", src)
	}
}

func TestRefusalThatAnotherPortRevisesWeighsNothing(t *testing.T) {
	s := learned(t, 40)
	for i := range 30 {
		s.syn(scanner, host(i))
		s.event(tcp(scanner, host(i), 40001, 139, packet.SYN))
		s.event(tcp(host(i), scanner, 445, 40000, packet.RST|packet.ACK))
		s.event(tcp(host(i), scanner, 139, 40001, packet.SYN|packet.ACK))
		s.wait(time.Minute)
	}
	k := sourceKey{addr: scanner}
	src := s.engine.source(keyHash(s.engine.seed, &k), &k)
	if src.books.parts[partRefused] != 0 || src.books.total.refused != 0 || src.books.total.answered != 30 {
		t.Errorf("%+v", src)
	}
}

// Windows asks Internet hosts for their names on its own.
func TestNameQueriesToTheInternetAreNoScan(t *testing.T) {
	s := newSite(t)
	for i := range 200 {
		s.event(packet.Event{
			Kind: packet.KindUDP, Proto: packet.ProtoUDP, SrcPort: 137, DstPort: 137,
			Src: scanner, Dst: packet.AddrFrom4([]byte{203, 0, 113, byte(i)}),
		})
		s.wait(10 * time.Millisecond)
	}
	s.wait(time.Minute)
	s.silent()
}

func TestTwoServiceGroupsAreTwoEpisodes(t *testing.T) {
	s := newSite(t)
	for i := range 25 {
		s.syn(scanner, host(i))
		s.event(tcp(scanner, host(i), 40000, 1801, packet.SYN))
		s.wait(10 * time.Millisecond)
	}
	if len(s.findings) != 2 || s.findings[0].Episode == s.findings[1].Episode {
		t.Errorf("%v", s.summary())
	}
}

// The same range swept again within the memory is no first contact, and still a sweep.
func TestSecondSweepOverTheSameRangeIsFound(t *testing.T) {
	s := newSite(t)
	for range 2 {
		for i := range 30 {
			s.syn(scanner, host(i))
			s.wait(50 * time.Millisecond)
		}
		s.wait(36 * time.Hour)
	}
	if n := len(s.findings); n != 4 || s.findings[2].Activity != alert.Create || s.findings[2].Kind != alert.ScanFast {
		t.Errorf("want Create, Close, Create, Close: %v", s.summary())
	}
}

// A host that keeps trying ten dead targets every few seconds has met ten.
func TestRetriesAreNoTargets(t *testing.T) {
	s := newSite(t)
	for range 100 {
		for i := range 10 {
			s.syn(scanner, host(i))
			s.wait(20 * time.Millisecond)
		}
		s.wait(6 * time.Second)
	}
	s.silent()
}

func TestAllowEntryForOneTargetCoversNoOther(t *testing.T) {
	s := newSite(t)
	s.engine.site.Allow = allow.New([]allow.Entry{{
		Source: netip.MustParsePrefix("10.1.200.0/24"), Target: netip.MustParsePrefix("10.1.0.0/24"), Reason: "inventory",
	}})
	for i := range 100 {
		s.syn(scanner, host(i))
	}
	s.silent()
	for i := range 20 {
		s.syn(scanner, host(256+i))
	}
	s.only(alert.ScanFast, alert.Create)
}

// A flood of forged sources displaces no host that exists and has evidence.
func TestFloodOfForgedSourcesDisplacesNoScanner(t *testing.T) {
	s := learned(t, 10, func(f *flow.Config, d *Config) {
		d.Tables = Tables{Sources: 1024, Dossiers: 64, Targets: 1024, Prefixes: 64, Episodes: 16}
		f.Memory.HalfOpen, f.Memory.Pairs = 1024, 1024
	})
	s.alive(scanner)
	forged := 0
	for i := range 8 {
		if len(s.findings) > 0 {
			break
		}
		s.syn(scanner, host(1000+i))
		for range 20_000 {
			forged++
			s.syn(packet.AddrFrom4([]byte{172, 16 + byte(forged>>16), byte(forged >> 8), byte(forged)}), host(60_000))
			s.wait(10 * time.Microsecond)
		}
		s.wait(10 * time.Minute)
	}
	if len(s.findings) == 0 || s.findings[0].Source.IP != scanner.Netip() {
		t.Errorf("the scanner is not found: %v", s.summary())
	}
}

func TestEpisodesAreBounded(t *testing.T) {
	s := newSite(t, func(_ *flow.Config, d *Config) { d.Tables.Episodes = 16 })
	for src := range 64 {
		for i := range 20 {
			s.syn(packet.AddrFrom4([]byte{10, 5, 0, byte(src)}), host(i))
		}
		s.wait(time.Minute)
	}
	created, closed := 0, 0
	for i := range s.findings {
		switch s.findings[i].Activity {
		case alert.Create:
			created++
		case alert.Close:
			closed++
		}
	}
	lost := s.engine.Stats().EpisodesLost
	if created != 64 || closed != int(lost) || created-closed > 16 || len(s.engine.Open()) != created-closed {
		t.Errorf("%d created, %d closed, %d lost, %d open", created, closed, lost, len(s.engine.Open()))
	}
}
