package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Size is a number of octets.
type Size int64

// units of a Size, largest first. Decimal ones (kB, MB) are not read: half the world
// means 1024 by them.
var units = []struct {
	name string
	size Size
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"B", 1},
}

// String returns s in the largest unit that divides it, as 64MiB.
func (s Size) String() string {
	for _, u := range units {
		if s%u.size == 0 && s != 0 {
			return fmt.Sprintf("%d%s", s/u.size, u.name)
		}
	}
	return "0B"
}

// parseSize reads a whole number with a unit, as 64MiB.
func parseSize(text string) (Size, error) {
	for _, u := range units {
		digits, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 63)
		if err != nil || Size(n) > (1<<63-1)/u.size {
			break
		}
		return Size(n) * u.size, nil
	}
	if _, err := strconv.ParseUint(text, 10, 63); err == nil {
		return 0, fmt.Errorf("%s has no unit: write %sB, or a number of KiB, MiB, GiB or TiB", text, text)
	}
	return 0, fmt.Errorf("%q is not a size: write a whole number of B, KiB, MiB, GiB or TiB, as 64MiB", text)
}

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
