package alert

import (
	"math"
	"net/netip"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		"core-1":       "core-1",
		"名前 é":         "名前 é",
		"a\nb\r\tc":    `a\nb\r\tc`,
		"\x00\x1b\x7f": `\x00\x1b\x7f`,
		"\u0085\u202e": `\u0085\u202e`,
		"\xff\xc3":     `\xff\xc3`,
		"\ufffd":       "\ufffd",
		"it's\x00":     `it's\x00`,
		"\\\\srv\\c$":  `\\srv\c$`,
		"\U000e0041":   `\U000e0041`,
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCleanIsPrintableAndIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "octets"))
		out := clean(in)
		if !utf8.ValidString(out) || clean(out) != out {
			t.Fatalf("%q becomes %q", in, out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) {
				t.Fatalf("%U is left in %q", r, out)
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ in, cents, digits float64 }{
		{0, 0, 0},
		{1.005, 1, 1}, // 1.005 is just below itself in binary
		{-1.806, -1.81, -1.81},
		{18.1234, 18.12, 18.1},
		{1.0 / 14400, 0, 0.0000694},
		{math.NaN(), 0, 0},
		{math.Inf(1), 1e12, 1e12},
		{math.Inf(-1), -1e12, -1e12},
	} {
		if got := cents(c.in); got != c.cents {
			t.Errorf("cents(%v): got %v, want %v", c.in, got, c.cents)
		}
		if got := digits3(c.in); got != c.digits {
			t.Errorf("digits3(%v): got %v, want %v", c.in, got, c.digits)
		}
	}
	for _, x := range []float64{-0.001, math.Copysign(0, -1)} {
		if math.Signbit(cents(x)) || math.Signbit(digits3(math.Copysign(0, -1))) {
			t.Errorf("%v stays a negative zero", x)
		}
	}
}

func TestAddresses(t *testing.T) {
	for want, in := range map[string]netip.Addr{
		"::":        {},
		"10.1.2.3":  netip.MustParseAddr("::ffff:10.1.2.3"),
		"fe80::1":   netip.MustParseAddr("fe80::1%eth\n0"),
		"192.0.2.1": netip.MustParseAddr("192.0.2.1"),
	} {
		if got := addrText(in); got != want {
			t.Errorf("%v: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"00-1B-44-11-3A-B7":       "00:1b:44:11:3a:b7",
		"001b.4411.3ab7":          "00:1b:44:11:3a:b7",
		"00:1b:44:11:3a:b7:00:01": "",
		"x\n":                     "",
		"":                        "",
	} {
		if got := macText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
