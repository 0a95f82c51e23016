package publish

import (
	"testing"
	"time"
)

// A clock that jumps ahead makes nothing older; one that jumps back is believed.
func TestClockJumps(t *testing.T) {
	began := time.Unix(1000, 0)
	for name, now := range map[string]time.Time{"ahead": began.AddDate(50, 0, 0), "back": began.AddDate(-1, 0, 0), "no jump": began.Add(time.Minute)} {
		want := earlier(now, began.Add(time.Minute))
		if at := steady(began, time.Minute, now); !at.Equal(want) {
			t.Errorf("%s: %s, want %s", name, at, want)
		}
	}
	if now := time.Now(); newClock().at(now).After(now) {
		t.Error("a clock that does not jump is ahead")
	}
}
