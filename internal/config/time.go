package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads what time.ParseDuration does, always with a unit, and whole days
// as 7d.
func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%s has no unit: write %ss, or another of ms, s, m, h, d", text, text)
	}
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.ParseInt(days, 10, 32); err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: write a number with one of ms, s, m, h, d, as 10s", text)
	}
	return d, nil
}

// endOfDay is how far into a day (UTC) an entry that names it holds.
const endOfDay = 24*time.Hour - time.Nanosecond

// parseTime reads a date, which stands for the end of that day in UTC, or an instant
// (RFC 3339).
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Add(endOfDay), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%q is not a date: write one as 2027-01-31 (to its end, UTC), or an instant as 2027-01-31T18:00:00Z", text)
	}
	return t.UTC(), nil
}

// formatTime is the reverse of parseTime.
func formatTime(t time.Time) string {
	t = t.UTC()
	if t.Sub(t.Truncate(24*time.Hour)) == endOfDay {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}
