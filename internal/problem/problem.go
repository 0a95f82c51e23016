// Package problem is how the owners of settings say what is wrong with them, so that all
// of it is told at once.
package problem

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Problem is one thing wrong with a configuration: the key it is about, below the
// section that its owner has, and what to write instead.
type Problem struct {
	Key  string // as services[1].udp
	Text string
}

// List gathers problems.
type List []Problem

// Say adds a problem.
func (l *List) Say(key, format string, args ...any) {
	*l = append(*l, Problem{key, fmt.Sprintf(format, args...)})
}

// Count holds a whole number to a range.
func (l *List) Count(key string, n, low, high int) {
	if n < low || n > high {
		l.Say(key, "%d is out of range: write a number from %d to %d", n, low, high)
	}
}

// Number holds a number to a range.
func (l *List) Number(key string, x, low, high float64) {
	if math.IsNaN(x) || x < low || x > high {
		l.Say(key, "%g is out of range: write a number from %g to %g", x, low, high)
	}
}

// Share holds a number to the range from 0 to 1.
func (l *List) Share(key string, x float64) { l.Number(key, x, 0, 1) }

// Duration holds a duration to a range.
func (l *List) Duration(key string, d, low, high time.Duration) {
	if d < low || d > high {
		l.Say(key, "%s is out of range: write a duration from %s to %s", FormatDuration(d), FormatDuration(low), FormatDuration(high))
	}
}

// FormatDuration returns d without the zero minutes and seconds that its String has: as
// people write it.
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
