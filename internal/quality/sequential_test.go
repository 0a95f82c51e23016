package quality

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/flow"
)

// sequence is a run of outcomes at new targets: s succeeds, f fails by silence, r by RST.
func sequence(s string) []*flow.Contact {
	var feed []*flow.Contact
	for i, c := range s {
		o := map[rune]flow.Outcome{'s': flow.Answered, 'f': flow.Silent, 'r': flow.Refused, 'o': flow.Opened}[c]
		feed = append(feed, contact(byte(i), 0, o))
	}
	return feed
}

// With theta 0.8 and 0.2 each failure multiplies the ratio by 4, each success divides it
// by 4; the thresholds are 99 and 1/99.
func TestTRW(t *testing.T) {
	for _, c := range []struct {
		outcomes string
		alarm    int
	}{
		{"fff", -1},        // 64
		{"ffff", 3},        // 256
		{"frfr", 3},        // refused is a failure as well
		{"ffsff", -1},      // 4^3
		{"ffsfff", 5},      // 4^4
		{"fofoff", 5},      // openings decide nothing
		{"sssffff", -1},    // 4^-3 and back to 4: a good past masks it
		{"sssffffff", -1},  // 4^3
		{"sssfffffff", 9},  // 4^4
		{"ssssffff", 7},    // benign at the fourth success, and tested anew
		{"ssssssffff", -1}, // two more successes after that
	} {
		if got := firstAlarm(newTRW(), sequence(c.outcomes)); got != c.alarm {
			t.Errorf("%s: alarm at %d, want %d", c.outcomes, got, c.alarm)
		}
	}
}

// With theta 0.7 and 0.1 each failure multiplies by 3, each success divides by 7, the
// threshold is 19800 and the floor 1: ten failures in a row (3^10 = 59049).
func TestReverse(t *testing.T) {
	for _, c := range []struct {
		outcomes string
		alarm    int
	}{
		{"fffffffff", -1},            // 3^9 = 19683
		{"ffffffffff", 9},            // 3^10
		{"ssssssssssffffffffff", 19}, // a good past earns no credit
		{"fffffsffffff", 11},         // 3^11/7 = 25307
		{"fffffsfffff", -1},          // 3^10/7 = 8436
		{"ffffffffsfff", 11},         // 3^11/7 = 25307
		{"fsffffffffff", 11},         // 3/7 < 1: the floor
		{"fffffffffsfsfsfsf", -1},    // 3^9, then a seventh and thrice in turn
	} {
		if got := firstAlarm(newReverse(), sequence(c.outcomes)); got != c.alarm {
			t.Errorf("%s: alarm at %d, want %d", c.outcomes, got, c.alarm)
		}
	}
}

func TestSequentialTakesFirstContactsOnly(t *testing.T) {
	for _, b := range []baseline{newTRW(), newReverse()} {
		feed := sequence("ffffffffffff")
		for _, c := range feed {
			c.Facts = flow.Known
		}
		if got := firstAlarm(b, feed); got >= 0 {
			t.Errorf("%s: alarm at %d, want none for repeats", b.title(), got)
		}
	}
}
