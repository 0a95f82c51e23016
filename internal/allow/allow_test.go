package allow

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

func TestPermits(t *testing.T) {
	const now = packet.Time(1_790_000_000 * 1e9)
	l := New([]Entry{
		{Source: netip.MustParsePrefix("10.0.5.9/32"), Kinds: []string{"scan.fast", "scan.slow"}, Reason: "scanner"},
		{Source: netip.MustParsePrefix("10.0.0.0/8"), Target: netip.MustParsePrefix("203.0.113.7/32"), Kinds: []string{"irc.c2"}, Reason: "chat"},
		{Source: netip.MustParsePrefix("10.0.6.0/24"), Reason: "everything, for a day", Until: now.UTC().Add(24 * time.Hour)},
		{Source: netip.MustParsePrefix("2001:db8::/32"), Reason: "IPv6"},
	})
	scans, irc := Of(alert.ScanFast, alert.ScanSlow), Of(alert.IRCC2)
	for _, tc := range []struct {
		source, target string
		asked, want    Kinds
		after          time.Duration
	}{
		{"10.0.5.9", "10.1.1.1", scans, scans, 0},
		{"10.0.5.9", "10.1.1.1", scans | irc, scans, 0},
		{"10.0.5.8", "10.1.1.1", scans, 0, 0},
		{"10.0.5.8", "203.0.113.7", irc, irc, 0},
		{"10.0.5.8", "203.0.113.8", irc, 0, 0},
		{"10.0.6.1", "203.0.113.8", scans | irc, scans | irc, 0},
		{"10.0.6.1", "203.0.113.8", scans | irc, scans | irc, 24*time.Hour - 1},
		{"10.0.6.1", "203.0.113.8", scans | irc, 0, 24 * time.Hour},
		{"2001:db8::1", "2001:db8::2", scans, scans, 0},
	} {
		if got := l.Permits(tc.asked, addr(tc.source), addr(tc.target), now.Add(tc.after), true); got != tc.want {
			t.Errorf("%s to %s after %s: %b, want %b", tc.source, tc.target, tc.after, got, tc.want)
		}
	}
	for i, want := range []uint64{2, 1, 2, 1} {
		if l.Hits()[i] != want {
			t.Errorf("entry %d: %d hits, want %d", i, l.Hits()[i], want)
		}
	}
	if l.Permits(scans, addr("10.0.5.9"), addr("10.1.1.1"), now, false) != scans || l.Hits()[0] != 2 {
		t.Error("a look counts as a hit")
	}
}

func TestNoListPermitsNothing(t *testing.T) {
	var none *List
	if none.Permits(^Kinds(0), addr("10.0.0.1"), addr("10.0.0.2"), 0, true) != 0 {
		t.Error("nil permits something")
	}
	if Of("scan.never") != 0 {
		t.Error("an unknown kind is in a set")
	}
}
