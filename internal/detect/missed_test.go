package detect

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// silentWalk has the scanner try hosts that are alive and do not answer; each trial is
// preceded by lost packets, n of them.
func silentWalk(t *testing.T, lost uint64) *site {
	t.Helper()
	s := learned(t, 600)
	for i := range 60 {
		if lost > 0 {
			s.engine.Missed(s.now, lost)
		}
		s.syn(scanner, host(100+i))
		s.wait(30 * time.Second)
	}
	return s
}

// A target whose answer was lost on the way to the judge looks silent.
func TestSilenceMeansNothingWhilePacketsAreLost(t *testing.T) {
	silentWalk(t, 0).only(alert.ScanSlow, alert.Create)
	s := silentWalk(t, 50)
	s.silent()
	if n := s.engine.Stats().Missed; n != 60*50 {
		t.Errorf("%d packets are counted", n)
	}
}

// That nobody uses an address is known without an answer.
func TestDarkTargetsCountWhilePacketsAreLost(t *testing.T) {
	s := learned(t, 600)
	for i := range 30 {
		s.engine.Missed(s.now, 1000)
		s.syn(scanner, host(1000+i))
		s.wait(30 * time.Second)
	}
	f := s.only(alert.ScanSlow, alert.Create)
	if !f.Scan.LowerBound || f.Scan.Visibility != alert.VisibilityDrops {
		t.Errorf("lower bound %v, visibility %s", f.Scan.LowerBound, f.Scan.Visibility)
	}
}

// More losses than fit the counter stay losses.
func TestLossesDoNotOverflow(t *testing.T) {
	s := learned(t, 10)
	s.engine.Missed(s.now, 1<<40)
	s.engine.Missed(s.now, 1<<32)
	if !s.engine.sight.lossy(s.now) {
		t.Error("it is not lossy")
	}
}

func TestFindingsTellWhatTheKernelCounted(t *testing.T) {
	for _, held := range []uint64{0, 7} {
		s := learned(t, 600)
		s.engine.site.Counted = func(a packet.Addr) *alert.Counted {
			if a != scanner {
				return nil
			}
			return &alert.Counted{Openings: 900, Held: held}
		}
		for i := range 30 {
			s.syn(scanner, host(1000+i))
			s.wait(30 * time.Second)
		}
		f := s.only(alert.ScanSlow, alert.Create)
		if f.Scan.Counted == nil || f.Scan.Counted.Openings != 900 || f.Scan.LowerBound != (held > 0) {
			t.Errorf("counted %+v, lower bound %v with %d held", f.Scan.Counted, f.Scan.LowerBound, held)
		}
	}
}
