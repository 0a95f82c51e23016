package problem

import (
	"math"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	var l List
	l.Count("a", 1, 1, 2)
	l.Number("a", 1.5, 1, 2)
	l.Share("a", 1)
	l.Duration("a", time.Second, time.Second, time.Minute)
	if len(l) != 0 {
		t.Fatalf("what is in range is a problem: %v", l)
	}
	l.Count("b", 3, 1, 2)
	l.Number("b", math.NaN(), 1, 2)
	l.Share("b", -0.1)
	l.Duration("b", time.Hour, time.Second, time.Minute)
	want := List{
		{"b", "3 is out of range: write a number from 1 to 2"},
		{"b", "NaN is out of range: write a number from 1 to 2"},
		{"b", "-0.1 is out of range: write a number from 0 to 1"},
		{"b", "1h is out of range: write a duration from 1s to 1m"},
	}
	for i, p := range want {
		if i >= len(l) || l[i] != p {
			t.Errorf("got %v, want %v", l, want)
			break
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", time.Minute: "1m", 24 * time.Hour: "24h", 90 * time.Minute: "1h30m",
		time.Hour + time.Second: "1h0m1s", 10*time.Minute + 10*time.Second: "10m10s", 100 * time.Millisecond: "100ms",
		-time.Hour: "-1h", 20 * time.Hour: "20h",
	} {
		got := FormatDuration(d)
		if back, err := time.ParseDuration(got); got != want || err != nil || back != d {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
