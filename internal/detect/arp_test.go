package detect

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// whoHas is src asking for the i-th host.
func whoHas(src packet.Addr, i int) packet.Event {
	return packet.Event{Kind: packet.KindARPRequest, Src: src, Dst: host(i), Flags: packet.FlagGroup}
}

func TestARPSweep(t *testing.T) {
	for _, answers := range []bool{true, false} {
		s := newSite(t)
		for i := range 60 {
			s.event(whoHas(scanner, i))
			if answers && i%10 == 0 {
				s.event(packet.Event{Kind: packet.KindARPReply, Src: host(i), Dst: scanner})
			}
			s.wait(20 * time.Millisecond)
		}
		if f := s.only(alert.ScanFast, alert.Create); f.Scan.Service != "arp" || f.Techniques[0] != "T1018" {
			t.Errorf("%s %v", f.Scan.Service, f.Techniques)
		}
	}
}

// In its own subnet a scanner's dead targets never become a SYN.
func TestColdStartSlowARPSweep(t *testing.T) {
	s := newSite(t)
	n := s.until(40, func(i int) {
		s.event(whoHas(scanner, i))
		s.wait(10 * time.Minute)
	})
	if n > 20 {
		t.Errorf("found after %d questions", n)
	}
}

// The mirror of one port shows everybody's questions, also for hosts that are alive, and no
// answers: who asks for many there is no scanner.
func TestARPIsNotJudgedWhereRepliesDoNotPass(t *testing.T) {
	s := newSite(t)
	for i := range 20 {
		s.event(whoHas(host(i), 100)) // the gateway, which asks too
		s.event(whoHas(host(100), i))
		s.wait(time.Second)
	}
	for i := range 200 {
		s.event(whoHas(host(100), 200+i))
		s.wait(20 * time.Millisecond)
	}
	s.silent()
	if !s.engine.Stats().ARPBlind {
		t.Error("it is not said")
	}
}
