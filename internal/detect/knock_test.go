package detect

import (
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/smb"
	"github.com/wormwatch/wormwatch/internal/stream"
)

// knocks has the scanner, whose dossier is the only one, say something to a host on SMB.
func (s *site) knocks(k smb.Knock) {
	s.t.Helper()
	g := uint8(slices.IndexFunc(s.engine.groups, func(g group) bool { return g.name == "smb" }))
	key := sourceKey{scanner, 0, g}
	d := s.engine.dossier(keyHash(s.engine.seed, &key), &key, false)
	if d == nil {
		s.t.Fatal("there is no dossier")
	}
	d.knock.Add(1<<60, k, true)
	talk := stream.Talk{Time: s.now, Client: scanner, Server: host(1), SMB: new(smb.Session), End: true}
	s.findings = s.engine.Knock(&talk, g, s.findings)
}

// TestEachKindOfTellingThingIsToldOnce, even where the severity is the highest from the
// start.
func TestEachKindOfTellingThingIsToldOnce(t *testing.T) {
	s := learned(t, 1)
	for i := range 20 {
		s.syn(scanner, host(1000+i))
		s.wait(100 * time.Millisecond)
	}
	s.wait(time.Minute)
	s.only(alert.ScanFast, alert.Create)
	for i, c := range []struct {
		knock smb.Knock
		told  int // things that are telling, 0 if it is not told again
	}{
		{smb.Knock{Trees: smb.TreeIPC | smb.TreeOther, Granted: smb.TreeOther}, 0},
		{smb.Knock{LogonFailures: 5, Reasons: smb.Secrets}, 1},
		{smb.Knock{LogonFailures: 5, Reasons: smb.Secrets}, 0},
		{smb.Knock{Trees: smb.TreeAdmin, Granted: smb.TreeAdmin}, 2},
		{smb.Knock{Trees: smb.Drive('C'), Granted: smb.Drive('C')}, 0},
		{smb.Knock{Pipes: smb.PipeSvcctl, Opened: smb.PipeSvcctl}, 3},
		{smb.Knock{Pipes: smb.PipeSvcctl, Opened: smb.PipeSvcctl}, 0},
	} {
		s.findings = nil
		s.knocks(c.knock)
		if c.told == 0 {
			s.silent()
			continue
		}
		for j := range s.findings {
			if f := &s.findings[j]; f.Activity != alert.Update || len(f.Scan.Knock.Telling) != c.told {
				t.Errorf("%d: %s", i, f.Message)
			}
		}
		if len(s.findings) == 0 {
			t.Errorf("%d: nothing is told", i)
		}
	}
}
