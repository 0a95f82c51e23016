package knock

import (
	"math/bits"
	"testing"

	"github.com/wormwatch/wormwatch/internal/smb"
	"pgregory.net/rapid"
)

// TestKindsArePhrases holds that there is a kind for each telling thing, and no other.
func TestKindsArePhrases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trees := func(what string) smb.Trees {
			return rapid.SampledFrom([]smb.Trees{0, smb.TreeOther, smb.TreeAdmin, smb.Drive('C'), smb.AdminTrees}).Draw(t, what)
		}
		pipes := func(what string) smb.Pipes {
			return rapid.SampledFrom([]smb.Pipes{0, smb.PipeSrvsvc, smb.PipeSvcctl, smb.PipeAtsvc, smb.ControlPipes}).Draw(t, what)
		}
		var s Sum
		k := smb.Knock{
			Trees: trees("trees"), Granted: trees("granted"), Refused: trees("refused"), Written: trees("written"),
			Pipes: pipes("pipes"), Opened: pipes("opened"),
			LogonFailures: rapid.Uint16Max(10).Draw(t, "failures"), Reasons: rapid.SampledFrom([]smb.Reasons{0, smb.Secrets}).Draw(t, "reasons"),
			Probes: smb.Probes(rapid.Uint8Max(uint8(2*smb.ProbeGhost-1)).Draw(t, "probes")),
		}
		s.Add(1<<60, k, true)
		if got, want := bits.OnesCount16(uint16(s.Kinds())), k.Suspicious(); got != len(want) || s.Grave() != (got > 0) {
			t.Fatalf("%d kinds of %q", got, want)
		}
	})
}

// TestKindsDoNotGrowWithNumbers, nor with the names of shares.
func TestKindsDoNotGrowWithNumbers(t *testing.T) {
	var s Sum
	add := func(k smb.Knock) Kinds {
		before := s.Kinds()
		s.Add(1<<60, k, true)
		return s.Kinds() &^ before
	}
	for i, c := range []struct {
		knock smb.Knock
		news  Kinds
	}{
		{smb.Knock{LogonFailures: 5, Reasons: smb.Secrets}, guessed},
		{smb.Knock{LogonFailures: 50, Reasons: smb.Secrets}, 0},
		{smb.Knock{Trees: smb.TreeAdmin, Granted: smb.TreeAdmin}, connected},
		{smb.Knock{Trees: smb.Drive('C'), Granted: smb.Drive('C')}, 0},
		{smb.Knock{Pipes: smb.PipeSvcctl, Opened: smb.PipeSvcctl}, opened},
		{smb.Knock{Encrypted: true}, encrypted},
		{smb.Knock{Encrypted: true}, 0},
		{smb.Knock{Probes: smb.ProbeImplant}, Kinds(smb.ProbeImplant)},
	} {
		if news := add(c.knock); news != c.news {
			t.Errorf("%d: %b is new, want %b", i, news, c.news)
		}
	}
}
