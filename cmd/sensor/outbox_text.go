package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// visible makes text that may hold foreign octets safe to show: whatever is not printable
// becomes an escape as \u001b, which in JSON means the same. A terminal then shows it and
// does not obey it.
func visible(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !unprintable(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// waitText says how long something waits; clocks may have been set since.
func waitText(d time.Duration) string {
	if d >= 2*time.Minute {
		return ageText(d)
	}
	return fmt.Sprintf("%d seconds", max(0, d/time.Second))
}
