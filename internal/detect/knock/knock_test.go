package knock

import (
	"slices"
	"testing"

	"github.com/wormwatch/wormwatch/internal/smb"
)

func TestSum(t *testing.T) {
	var s Sum
	if s.Alert() != nil || s.Grave() {
		t.Error("nothing was said, and something is told")
	}
	// A conversation is told of as it goes on, and once more at its end.
	one := smb.Knock{LogonFailures: 3}
	s.Add(1<<60, one, false)
	s.Add(1<<60, one, false)
	one.LogonFailures = 4
	s.Add(1<<60, one, true)
	if s.Grave() {
		t.Error("file sharing is grave")
	}
	s.Add(2<<60, smb.Knock{Trees: smb.AdminTrees, Granted: smb.AdminTrees, Encrypted: true}, true)
	a := s.Alert()
	if a.Hosts != 2 || a.Encrypted != 1 || a.LogonFailures != 4 || !slices.Contains(a.Trees, "ADMIN$") {
		t.Errorf("%+v", a)
	}
	if !s.Grave() || len(a.Telling) == 0 {
		t.Errorf("admin shares are not grave: %+v", a)
	}
}
