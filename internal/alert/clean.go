package alert

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a string that may hold foreign bytes safe to show: whatever is not
// printable (control characters, direction marks, line separators, invalid UTF-8)
// becomes a visible Go escape as \x1b or \u202e. A terminal or a browser behind a JSON
// decoder then shows it and does not obey it. Backslashes stay single, so cleaning twice
// is cleaning once.
func clean(s string) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		i += n
	}
	return b.String()
}

// cleanAll is clean for each of a list, never nil, so that consumers always find one.
func cleanAll(in []string) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, clean(s))
	}
	return out
}

func printable(s string) bool {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsPrint(r) || r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

// addrText writes an address without its zone, IPv4 in its own form. The unspecified
// address stands for one that is not known.
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "::"
	}
	return a.Unmap().WithZone("").String()
}

// macText returns s as aa:bb:cc:dd:ee:ff, empty if it is no 48-bit link address.
func macText(s string) string {
	hw, err := net.ParseMAC(s)
	if err != nil || len(hw) != 6 {
		return ""
	}
	return hw.String()
}

// maxNumber bounds what is written as a number; no score or rate comes near.
const maxNumber = 1e12

// finite makes x a number that JSON can hold.
func finite(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return max(-maxNumber, min(maxNumber, x))
}

// cents rounds to two decimals: what is behind them is noise, and may differ between
// processors that fuse a multiplication with an addition.
func cents(x float64) float64 {
	return math.Round(finite(x)*100)/100 + 0 // + 0 makes -0 plain
}

// digits3 rounds to three significant digits, for rates from thousands a second down to
// one in hours.
func digits3(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(finite(x), 'g', 3, 64), 64) // always parses
	return y + 0
}
