package capture

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	second = packet.Time(time.Second)
	minute = packet.Time(time.Minute)
	hour   = packet.Time(time.Hour)
	day    = 24 * hour
	year   = 365 * day
)

// ticks returns what a clock makes of stamps.
func ticks(c *clock, stamps ...packet.Time) []packet.Time {
	var out []packet.Time
	for _, s := range stamps {
		out = append(out, c.tick(s))
	}
	return out
}

// run returns n stamps from start, step apart.
func run(start, step packet.Time, n int) []packet.Time {
	var s []packet.Time
	for i := range n {
		s = append(s, start+packet.Time(i)*step)
	}
	return s
}

// join returns its arguments' elements in order.
func join(parts ...[]packet.Time) []packet.Time {
	var out []packet.Time
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// held returns t n times.
func held(t packet.Time, n int) []packet.Time { return run(t, 0, n) }

func TestClock(t *testing.T) {
	one := func(t packet.Time) []packet.Time { return []packet.Time{t} }
	for _, c := range []struct {
		name      string
		in, want  []packet.Time
		wantStats ClockStats
	}{
		{"in order", run(t0, second, 5), run(t0, second, 5), ClockStats{}},
		{"first as it is, even at zero", join(one(0), run(5, 1, 2)), join(one(0), run(5, 1, 2)), ClockStats{}},
		{
			"a gap within the bound is believed at once",
			[]packet.Time{t0, t0 + 6*day},
			[]packet.Time{t0, t0 + 6*day},
			ClockStats{},
		},
		{
			"out of order by a minute at most",
			[]packet.Time{t0, t0 - minute, t0 + 1, t0},
			[]packet.Time{t0, t0, t0 + 1, t0 + 1},
			ClockStats{Reordered: 2},
		},
		{
			"one stamp years ahead",
			[]packet.Time{t0, t0 + 9*year, t0 + 1, t0 + 2},
			[]packet.Time{t0, t0, t0 + 1, t0 + 2},
			ClockStats{Doubted: 1},
		},
		{
			"two stamps ahead that do not agree",
			[]packet.Time{t0, t0 + 9*year, t0 + 5*year, t0 + 1},
			[]packet.Time{t0, t0, t0, t0 + 1},
			ClockStats{Doubted: 2},
		},
		{
			"a month ahead, confirmed",
			join(one(t0), run(t0+30*day, second, 4)), join(one(t0), one(t0), run(t0+30*day+second, second, 3)),
			ClockStats{Doubted: 1, Leaps: 1},
		},
		{
			"one stamp years behind",
			[]packet.Time{t0, t0 - 9*year, t0 + 1},
			[]packet.Time{t0, t0, t0 + 1},
			ClockStats{Behind: 1},
		},
		{
			"a step back that lasts",
			join(one(t0), run(t0-hour, second, 20)), join(one(t0), held(t0, 16), run(t0+second, second, 4)),
			ClockStats{Behind: 15, Rebased: 1},
		},
		{
			"set back for a while, then right again",
			join(one(t0), run(t0-hour, second, 20), run(t0+5*second, second, 3)),
			join(one(t0), held(t0, 16), run(t0+second, second, 4), run(t0+5*second, second, 3)),
			ClockStats{Behind: 15, Rebased: 2},
		},
		{
			"years back for a while, then right again",
			join(one(t0), run(t0-6*year, second, 20), run(t0+5*second, second, 3)),
			join(one(t0), held(t0, 16), run(t0+second, second, 4), run(t0+5*second, second, 3)),
			ClockStats{Behind: 15, Rebased: 2},
		},
		{
			"years back, then ahead of where it was",
			join(one(t0), run(t0-6*year, second, 17), run(t0+hour, second, 3)),
			join(one(t0), held(t0, 16), one(t0+second), one(t0+second), run(t0+hour+second, second, 2)),
			ClockStats{Behind: 15, Rebased: 1, Doubted: 1, Leaps: 1},
		},
		{
			"before any time and after all",
			[]packet.Time{t0, -1, sane + 1, 1<<63 - 1, -1 << 63, t0 + 1},
			[]packet.Time{t0, t0, t0, t0, t0, t0 + 1},
			ClockStats{Absurd: 4},
		},
		{"the first is absurd", []packet.Time{-5, t0, t0 + 1}, []packet.Time{0, t0, t0 + 1}, ClockStats{Absurd: 1}},
		{
			"the first is decades early",
			join(one(1), run(t0, second, 3)), join(one(1), one(1), run(t0+second, second, 2)),
			ClockStats{Doubted: 1, Leaps: 1},
		},
	} {
		var clock clock
		if got := ticks(&clock, c.in...); !reflect.DeepEqual(got, c.want) || clock.stats != c.wantStats {
			t.Errorf("%s:\n got %v %+v\nwant %v %+v", c.name, got, clock.stats, c.want, c.wantStats)
		}
	}
}

// TestClockTwoInterfaces: bursts from two interfaces whose clocks differ by an hour do
// not drive time ahead.
func TestClockTwoInterfaces(t *testing.T) {
	var c clock
	for i := range packet.Time(100) {
		now := t0 + i*second*30
		ticks(&c, run(now, 1, 30)...)
		ticks(&c, run(now-hour, 1, 30)...)
	}
	if want := t0 + 99*30*second; c.latest < want || c.latest > want+second {
		t.Errorf("time went on by %v, want %v", c.latest.Sub(t0), want.Sub(t0))
	}
}

// TestClockBorder: at a file's start a step back is decided at once.
func TestClockBorder(t *testing.T) {
	var c clock
	ticks(&c, run(t0, second, 3)...)
	c.enter()
	got := ticks(&c, run(t0-day, hour, 3)...)
	if want := run(t0+2*second, hour, 3); !reflect.DeepEqual(got, want) {
		t.Errorf("an older file: got %v, want %v", got, want)
	}
	c.enter()
	from := c.latest
	got = ticks(&c, t0-9*year, t0-day+3*hour, t0-day+4*hour)
	if want := packet.Time(2 * hour); got[2]-from > want || got[2] < from {
		t.Errorf("a file whose first stamp is corrupt: got %v after %v", got, from)
	}
}

// steps draws the distances between the packets of a well-behaved capture.
func steps(t *rapid.T, label string) []packet.Time {
	return rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, int64(day)), func(d int64) packet.Time { return packet.Time(d) }), 2, 40).Draw(t, label)
}

func stamps(start packet.Time, steps []packet.Time) []packet.Time {
	out := []packet.Time{start}
	for _, s := range steps {
		out = append(out, out[len(out)-1]+s)
	}
	return out
}

func TestClockIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any64 := rapid.Map(rapid.Int64(), func(v int64) packet.Time { return packet.Time(v) })
		near := rapid.Map(rapid.Int64Range(0, 4e18), func(v int64) packet.Time { return packet.Time(v) })
		in := rapid.SliceOfN(rapid.OneOf(any64, near, rapid.SampledFrom([]packet.Time{0, 1, t0, t0 - hour, t0 + 9*day, sane})), 1, 300).Draw(t, "stamps")
		borders := rapid.SliceOfN(rapid.Bool(), len(in), len(in)).Draw(t, "borders")
		var c clock
		last := packet.Time(0)
		for i, s := range in {
			if borders[i] {
				c.enter()
			}
			now := c.tick(s)
			if now < last || now > sane {
				t.Fatalf("stamp %d (%d): time %d after %d", i, s, now, last)
			}
			last = now
		}
	})
}

func TestClockKeepsSpacing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := stamps(t0, steps(t, "first"))
		second := stamps(t0-packet.Time(rapid.Int64Range(int64(hour), int64(20*year)).Draw(t, "back")), steps(t, "second"))
		var c clock
		if got := ticks(&c, first...); !reflect.DeepEqual(got, first) {
			t.Fatalf("stamps in order come out as %v, want %v", got, first)
		}
		c.enter()
		got := ticks(&c, second...)
		if c.stats.Rebased > 1 { // the second file happens to catch up with the first
			t.Skip("bases met")
		}
		for i := range got {
			if want := first[len(first)-1] + second[i] - second[0]; got[i] != want {
				t.Fatalf("packet %d of the older file at %d, want %d", i, got[i], want)
			}
		}
	})
}

func TestClockOutlierIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := stamps(t0, steps(t, "steps"))
		at := rapid.IntRange(1, len(good)-1).Draw(t, "at")
		bad := rapid.OneOf(
			rapid.Map(rapid.Int64Range(int64(leap)+1, 1<<62), func(v int64) packet.Time { return good[at-1] + packet.Time(v) }),
			rapid.Map(rapid.Int64Range(1, 1<<62), func(v int64) packet.Time { return good[at-1] - packet.Time(v) }),
		).Draw(t, "bad")
		var c clock
		before := ticks(&c, good[:at]...)
		if got := c.tick(bad); got != good[at-1] {
			t.Fatalf("the outlier %d got %d, want the time before it", bad, got)
		}
		after := ticks(&c, good[at:]...)
		if got := join(before, after); !reflect.DeepEqual(got, good) {
			t.Fatalf("an outlier %d before packet %d bends %v to %v", bad, at, good, got)
		}
	})
}
