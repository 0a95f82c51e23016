package edge

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// TestEachKindOfTellingThingIsToldOnce, and once that a conversation is encrypted.
func TestEachKindOfTellingThingIsToldOnce(t *testing.T) {
	l := newLab(t)
	l.meet(host, stranger)
	l.one(alert.NetBIOSEgress, alert.Create, alert.Low)
	for i, c := range []struct {
		knock    smb.Knock
		severity alert.Severity // 0: it is not told again
		telling  int
	}{
		{smb.Knock{Trees: smb.TreeOther, Granted: smb.TreeOther}, 0, 0},
		{smb.Knock{Encrypted: true}, alert.Low, 0},
		{smb.Knock{Encrypted: true}, 0, 0},
		{smb.Knock{LogonFailures: 5, Reasons: smb.Secrets}, alert.Medium, 1},
		{smb.Knock{LogonFailures: 50, Reasons: smb.Secrets}, 0, 0},
		{smb.Knock{Trees: smb.TreeAdmin, Granted: smb.TreeAdmin}, alert.Medium, 2},
		{smb.Knock{Trees: smb.Drive('C'), Granted: smb.Drive('C')}, 0, 0},
		{smb.Knock{Pipes: smb.PipeSvcctl, Opened: smb.PipeSvcctl}, alert.Medium, 3},
	} {
		l.found = l.Knock(heard(host, stranger, l.now, c.knock), l.found)
		if c.severity == 0 {
			l.none()
			continue
		}
		f := l.one(alert.NetBIOSEgress, alert.Update, c.severity)
		if k := f.Edge.Knock; len(k.Telling) != c.telling || k.Encrypted != 1 {
			t.Errorf("%d: %+v", i, k)
		}
	}
}
