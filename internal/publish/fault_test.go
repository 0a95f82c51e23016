package publish

import (
	"errors"
	"testing"
	"time"
)

// A fault that flickers is told once, and so is its end. One that is a call without an
// answer is over with the answer.
func TestFaultFlickers(t *testing.T) {
	const patience, calm = 2 * time.Second, 10 * time.Second
	start := time.Unix(1000, 0)
	var f fault
	begun, ended := 0, 0
	for n := range 600 { // a tenth of a second each
		now := start.Add(time.Duration(n) * 100 * time.Millisecond)
		var err error
		if n < 300 && n%50 < 30 {
			err = errors.New("full")
		}
		f.end(now, err, 0)
		f.begin(now)
		if _, _, yes := f.begun(now, patience); yes {
			begun++
		}
		if _, _, yes := f.ended(now, time.Time{}, calm); yes {
			ended++
		}
	}
	if begun != 1 || ended != 1 {
		t.Errorf("told %d times, and its end %d times", begun, ended)
	}

	f = fault{}
	f.begin(start)
	if _, _, yes := f.begun(start.Add(3*time.Second), patience); !yes {
		t.Error("no answer is no fault")
	}
	f.end(start.Add(4*time.Second), nil, 0)
	f.begin(start.Add(4 * time.Second)) // the next one is under way
	if _, _, yes := f.ended(start.Add(5*time.Second), time.Time{}, 0); !yes {
		t.Error("it is not over")
	}
}
