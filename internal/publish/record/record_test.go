package record

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestFromFinding(t *testing.T) {
	f := alert.Finding{
		Kind: alert.ScanFast, Activity: alert.Update, Severity: alert.High, UID: "u", Episode: "e", Sensor: "core-1",
		Source: alert.Endpoint{IP: netip.MustParseAddr("::ffff:10.1.2.3")},
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_789_000, time.FixedZone("", 3600))
	r := FromFinding(&f, "1.0", at)
	if r.Key != "10.1.2.3" || r.UID != "u" || r.Episode != "e" || r.Kind != "scan.fast" || r.Sensor != "core-1" ||
		r.Schema() != FindingSchema || !r.Raised.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("%+v", r)
	}
	test := alert.TestFinding("core-1", "u", at)
	if got := FromFinding(&test, "1.0", at); r.Test || !got.Test || got.Key != "192.0.2.1" {
		t.Errorf("%+v", got)
	}
	if want := alert.AppendOCSF(nil, &f, "1.0"); string(r.Body) != string(want) {
		t.Errorf("body %s", r.Body)
	}
}

func TestRank(t *testing.T) {
	var ranks []byte
	for _, a := range []alert.Activity{alert.Update, alert.Close, alert.Create} {
		for s := alert.Informational; s <= alert.Critical; s++ {
			ranks = append(ranks, (&Record{Stream: Findings, Activity: a, Severity: s}).Rank())
		}
	}
	ranks = append(ranks, (&Record{Stream: Health}).Rank())
	if !slices.IsSorted(ranks) || len(slices.Compact(slices.Clone(ranks))) != len(ranks) || ranks[len(ranks)-1] != MaxRank {
		t.Errorf("%v", ranks)
	}
}
