package publish

import "time"

// clock tells the time without the jumps of the system's clock ahead: a machine that learns
// the date only after its start must not take for years old what it raised before.
type clock struct{ began time.Time }

func newClock() clock { return clock{time.Now()} }

// at returns now, or what the clock would say had it only run on since the start, if that
// is earlier.
func (c clock) at(now time.Time) time.Time {
	return steady(c.began.Round(0), now.Sub(c.began), now.Round(0))
}

// steady is at of a clock that said began, ran for passed, and says now.
func steady(began time.Time, passed time.Duration, now time.Time) time.Time {
	return earlier(began.Add(passed), now)
}
