package alert

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// severityWords fit a column of eight; severityColors are ANSI select graphic rendition
// codes (ECMA-48, 8.3.117).
var (
	severityWords  = [...]string{"UNKNOWN", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
	severityColors = [...]string{"", "", "36", "33", "31", "1;31"}
)

// severityText pads before it colours: the codes have no width.
func severityText(s Severity, color bool) string {
	if int(s) >= len(severityWords) {
		s = 0
	}
	word := fmt.Sprintf("%-8s", severityWords[s])
	if !color || severityColors[s] == "" {
		return word
	}
	return "\x1b[" + severityColors[s] + "m" + word + "\x1b[0m"
}

func timeText(t time.Time) string { return t.UTC().Format(stamp) }

func sideText(home bool) string {
	if home {
		return "home"
	}
	return "outside"
}

// spanText is a duration in at most seven characters up to 999 days: 11.9s, 12m05s,
// 3h05m, 2d03h.
func spanText(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	const day = 24 * time.Hour
	return fmt.Sprintf("%dd%02dh", d/day, d%day/time.Hour)
}

// atLeast marks a lower bound: 287+.
func atLeast(n int, bound bool) string {
	if bound {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// Count is 1 host, 2 hosts; noun is one of them.
func Count[N int | uint64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// countAtLeast is Count of what may be a lower bound.
func countAtLeast(n int, bound bool, noun string) string {
	if bound {
		return atLeast(n, bound) + " " + noun + "s"
	}
	return Count(n, noun)
}

// orDash shows a string that may hold foreign bytes, - for none.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return clean(s)
}

// joined lists such strings.
func joined(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(cleanAll(list), ", ")
}

// hostPort is 10.1.2.3:445 or [2001:db8::1]:445.
func hostPort(ip netip.Addr, port uint16) string {
	return net.JoinHostPort(addrText(ip), strconv.Itoa(int(port)))
}
