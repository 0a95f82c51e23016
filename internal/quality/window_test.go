package quality

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// contact is a first meeting of source 1 with a target, ended at a time.
func contact(target byte, at time.Duration, o flow.Outcome) *flow.Contact {
	return &flow.Contact{
		Time: packet.Time(at), Source: packet.AddrFrom4([]byte{10, 1, 0, 1}),
		Target: packet.AddrFrom4([]byte{10, 1, 1, target}), Outcome: o, Facts: flow.First,
	}
}

func TestWindowCountsDistinctFailures(t *testing.T) {
	for _, c := range []struct {
		name  string
		feed  []*flow.Contact
		alarm int // which contact alarms, from 0; -1: none
	}{
		{"third distinct failure", []*flow.Contact{
			contact(1, 0, flow.Silent), contact(2, time.Minute, flow.Refused), contact(3, 2*time.Minute, flow.Silent),
		}, 2},
		{"answers and openings do not count", []*flow.Contact{
			contact(1, 0, flow.Silent), contact(2, 1, flow.Opened), contact(3, 2, flow.Answered), contact(4, 3, flow.Silent),
		}, -1},
		{"a repeat counts once", []*flow.Contact{
			contact(1, 0, flow.Silent), contact(1, 1, flow.Silent), contact(2, 2, flow.Silent), contact(1, 3, flow.Silent),
		}, -1},
		{"a repeat keeps its target in the window", []*flow.Contact{
			contact(1, 0, flow.Silent), contact(1, 4*time.Minute, flow.Silent),
			contact(2, 5*time.Minute, flow.Silent), contact(3, 8*time.Minute, flow.Silent),
		}, 3},
		{"the window slides: exactly its width is too old", []*flow.Contact{
			contact(1, 0, flow.Silent), contact(2, 4*time.Minute, flow.Silent), contact(3, 5*time.Minute, flow.Silent),
		}, -1},
		{"it does not tumble", []*flow.Contact{
			contact(1, 4*time.Minute, flow.Silent), contact(2, 6*time.Minute, flow.Silent), contact(3, 8*time.Minute, flow.Silent),
		}, 2},
	} {
		w := newWindow("3 in 5 min", 3, 5*time.Minute)
		if got := firstAlarm(w, c.feed); got != c.alarm {
			t.Errorf("%s: alarm at contact %d, want %d", c.name, got, c.alarm)
		}
	}
}

func firstAlarm(b baseline, feed []*flow.Contact) int {
	for i, c := range feed {
		if b.observe(c) {
			return i
		}
	}
	return -1
}

func TestWindowStartsAnewAfterAnAlarm(t *testing.T) {
	w := newWindow("2 in 5 min", 2, 5*time.Minute)
	var alarms []bool
	for i := range byte(4) {
		alarms = append(alarms, w.observe(contact(i, time.Duration(i), flow.Silent)))
	}
	if alarms[0] || !alarms[1] || alarms[2] || !alarms[3] {
		t.Errorf("alarms %v, want every second one", alarms)
	}
}
