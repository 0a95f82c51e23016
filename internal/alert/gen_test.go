package alert_test

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// hostile strings are octets of any kind; the ones drawn often are those that break
// lines, terminals and parsers.
var hostile = rapid.OneOf(
	rapid.SampledFrom([]string{
		"\x00", "\n", "\r\n", "\x1b[31m", "\x7f", "\u0085", "\u009b31m", "\u202e", "\u2028", "\ufeff", "\xff\xfe",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\ufffd", "\"},{", "</script>", `\x1b`, "\U000e0041", "\U0010ffff", "名前",
	}),
	rapid.String(),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 64), func(b []byte) string { return string(b) }),
)

// named strings are hostile too, but not empty.
var named = rapid.Map(hostile, func(s string) string { return "x" + s })

var anyFloat = rapid.OneOf(
	rapid.Float64(),
	rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), -0.001, math.MaxFloat64, 5e-324}),
)

var positiveFloat = rapid.Map(anyFloat, math.Abs)

var anyTime = rapid.Map(rapid.Int64(), func(ns int64) time.Time { return time.Unix(0, ns).UTC() })

var anyAddr = rapid.Custom(func(t *rapid.T) netip.Addr {
	switch b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"); rapid.IntRange(0, 3).Draw(t, "family") {
	case 0:
		return netip.AddrFrom4([4]byte(b[:4]))
	case 1:
		return netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]})
	case 2:
		return netip.AddrFrom16([16]byte(b)).WithZone("eth\x1b0")
	default:
		return netip.AddrFrom16([16]byte(b))
	}
})

var anySamples = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alert.Sample {
	return alert.Sample{
		IP: anyAddr.Draw(t, "ip"), Port: rapid.Uint16().Draw(t, "port"),
		SrcPort: rapid.Uint16().Draw(t, "source port"), Time: anyTime.Draw(t, "time"),
	}
}), 0, 20)

var anyScan = rapid.Custom(func(t *rapid.T) *alert.Scan {
	return &alert.Scan{
		Service: named.Draw(t, "service"), Ports: anyPorts.Draw(t, "ports"),
		Contacts: anyCount.Draw(t, "contacts") + 1, Targets: anyCount.Draw(t, "targets") + 1,
		Dark: anyCount.Draw(t, "dark"), Refused: anyCount.Draw(t, "refused"), Silent: anyCount.Draw(t, "silent"),
		Answered: anyCount.Draw(t, "answered"), Waiting: anyCount.Draw(t, "waiting"),
		WindowMS: rapid.Int64Min(0).Draw(t, "window"), Threshold: positiveFloat.Draw(t, "threshold"), Score: anyFloat.Draw(t, "score"),
		Parts: alert.ScoreParts{
			Dark: anyFloat.Draw(t, "part"), Refused: anyFloat.Draw(t, "part"), Silent: anyFloat.Draw(t, "part"),
			Answered: anyFloat.Draw(t, "part"), Novelty: anyFloat.Draw(t, "part"),
		},
		RatePerS: positiveFloat.Draw(t, "rate"), LowerBound: rapid.Bool().Draw(t, "lower bound"),
		Visibility: anyVisibility.Draw(t, "visibility"),
		Samples:    anySamples.Draw(t, "samples"), Answers: anySamples.Draw(t, "answers"),
		Interface: hostile.Draw(t, "interface"), VLAN: rapid.Uint16Max(4095).Draw(t, "vlan"),
		Knock: anyKnock.Draw(t, "knock"), Listed: anyListed.Draw(t, "listed"),
		Counted: rapid.Ptr(anyCounted, true).Draw(t, "counted"),
	}
})

var anyCounted = rapid.Custom(func(t *rapid.T) alert.Counted {
	n := rapid.Uint64Max(1 << 53)
	return alert.Counted{
		Openings: n.Draw(t, "openings"), Answers: n.Draw(t, "answers"), Refusals: n.Draw(t, "refusals"),
		Repeats: n.Draw(t, "repeats"), Held: n.Draw(t, "held"),
	}
})

// anyFinding is whatever the engine could say: kinds, steps and severities as the
// contract pairs them, and anything at all in every string, number, time and address.
var anyFinding = rapid.Custom(func(t *rapid.T) alert.Finding {
	f := alert.Finding{
		Kind:       rapid.SampledFrom(append(slices.Clone(alert.Kinds), alert.Test)).Draw(t, "kind"),
		Activity:   rapid.SampledFrom([]alert.Activity{alert.Create, alert.Update, alert.Close}).Draw(t, "activity"),
		Confidence: rapid.Int().Draw(t, "confidence"),
		UID:        named.Draw(t, "uid"), Episode: named.Draw(t, "episode"), Sequence: 1,
		Time: anyTime.Draw(t, "time"), FirstSeen: anyTime.Draw(t, "first"), LastSeen: anyTime.Draw(t, "last"),
		Sensor:  named.Draw(t, "sensor"),
		Source:  alert.Endpoint{IP: anyAddr.Draw(t, "source"), MAC: hostile.Draw(t, "mac"), Hostname: hostile.Draw(t, "host"), Home: true},
		Message: named.Draw(t, "message"), Remedy: named.Draw(t, "remedy"),
		Techniques: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"T1046", "T1018", "T1595.001", "T1071", "T1571", "T1021.002", "T1105", "T1110", "T1210", "T1570",
		}), 1, 10, rapid.ID).Draw(t, "techniques"),
		Analytic: named.Draw(t, "analytic"), Version: named.Draw(t, "version"),
	}
	if f.Activity != alert.Create {
		f.Sequence = rapid.IntRange(2, math.MaxInt32).Draw(t, "sequence")
	}
	give(t, &f)
	return f
})
