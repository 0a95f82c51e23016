package episode

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

type thing struct {
	Life
	name uint64
}

func newThings(entries int) *Open[uint64, thing] {
	return New(entries, time.Hour, Spec[uint64, thing]{
		Hash:  func(k uint64) uint64 { return k << 32 }, // one set for all: it overflows soon
		Life:  func(e *thing) *Life { return &e.Life },
		Order: func(a, b *uint64) int { return cmp.Compare(*a, *b) },
	})
}

func minutes(n int) packet.Time { return packet.Time(n) * packet.Time(time.Minute) }

func TestEpisodesCloseInOrderOfTheirEnds(t *testing.T) {
	o := newThings(8)
	for _, k := range []uint64{3, 1, 2} {
		o.Begin(k, thing{name: k}, minutes(0))
	}
	late, _ := o.Begin(9, thing{name: 9}, minutes(1))
	o.Touch(o.Get(1), minutes(5), minutes(6))
	o.Touch(late, minutes(2), minutes(3))

	var ends []string
	end := func(k *uint64, e *thing) { ends = append(ends, fmt.Sprint(*k, e.Quiet/minutes(1))) }
	o.CloseQuiet(minutes(59), end)
	if len(ends) != 0 {
		t.Fatalf("%v ended before their time", ends)
	}
	o.CloseQuiet(minutes(120), end)
	if want := []string{"2 60", "3 60", "9 63", "1 66"}; !slices.Equal(ends, want) {
		t.Errorf("ended %v, want %v", ends, want)
	}
	if o.Len() != 0 || o.Get(1) != nil || o.Due(minutes(9999)) {
		t.Error("something is left")
	}
}

func TestTheLeastSevereGoesWhenThereIsNoRoom(t *testing.T) {
	o := newThings(8)
	for k := range uint64(8) {
		e := thing{name: k, Life: Life{Severity: alert.High}}
		if k == 5 {
			e.Severity = alert.Low
		}
		if _, lost := o.Begin(k, e, minutes(int(k))); lost != nil {
			t.Fatalf("%d went while there was room", lost.name)
		}
	}
	if _, lost := o.Begin(8, thing{name: 8, Life: Life{Severity: alert.High}}, minutes(9)); lost == nil || lost.name != 5 {
		t.Errorf("%+v went, want 5", lost)
	}
	if _, lost := o.Begin(10, thing{name: 10}, minutes(10)); lost == nil || lost.name != 0 {
		t.Errorf("%+v went, want 0: quiet for longest", lost)
	}
}

func TestIdentities(t *testing.T) {
	a := Life{Created: minutes(1), Sequence: 1}
	e1, r1 := a.Identify("sensor", "10.0.0.1")
	a.Sequence++
	e2, r2 := a.Identify("sensor", "10.0.0.1")
	if e1 != e2 || r1 == r2 || len(e1) != 32 || len(r1) != 32 {
		t.Errorf("records %s/%s and %s/%s", e1, r1, e2, r2)
	}
	if e3, _ := a.Identify("sensor", "10.0.0.2"); e3 == e1 {
		t.Error("two hosts share an episode")
	}
	if f := a.Finding(alert.Update, minutes(2)); f.Sequence != 2 || f.Time != minutes(2).UTC() {
		t.Errorf("finding %+v", f)
	}
}
