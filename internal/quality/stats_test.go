package quality

import (
	"testing"
	"time"
)

func TestQuantileIsNearestRank(t *testing.T) {
	v := []int{5, 1, 4, 2, 3}
	for _, c := range []struct {
		q    float64
		want int
	}{{0.5, 3}, {0.95, 5}, {0.2, 1}, {0.21, 2}, {0, 1}, {1, 5}} {
		if got := quantile(v, c.q); got != c.want {
			t.Errorf("quantile %g of 1..5: %d, want %d", c.q, got, c.want)
		}
	}
	if got := quantile([]int(nil), 0.5); got != 0 {
		t.Errorf("quantile of nothing: %d", got)
	}
}

// The strict p95 is over all trials: one of twenty may be missed, two may not.
func TestSummaryCountsTheMissed(t *testing.T) {
	trials := make([]Trial, 20)
	for i := range trials {
		trials[i].By[Sensor] = Detection{Found: true, Probes: i + 1, After: time.Duration(i), Kind: "scan.slow"}
	}
	all := func(*Trial) bool { return true }
	if s := Summarise(trials, Sensor, all); s.P95 != 19 || s.All95 != 19 || s.P50 != 10 || s.Fast != 0 {
		t.Errorf("all found: %+v", s)
	}
	trials[0].By[Sensor] = Detection{}
	if s := Summarise(trials, Sensor, all); s.Found != 19 || s.All95 != 20 {
		t.Errorf("one missed: %+v, want all95 20", s)
	}
	trials[1].By[Sensor] = Detection{}
	if s := Summarise(trials, Sensor, all); s.Found != 18 || s.All95 != -1 {
		t.Errorf("two missed: %+v, want all95 -1", s)
	}
}

func TestGoalsFailWhereTheyShould(t *testing.T) {
	r := &Result{Trials: []Trial{
		{Cell: Cell{Paces[0], Random, Alone}, By: [Detectors]Detection{{Found: true, Probes: 61, After: time.Second}}},
		{Cell: Cell{time.Hour, Random, Alone}, By: [Detectors]Detection{{Found: true, Probes: 16}}},
		{Cell: Cell{4 * time.Hour, Random, Alone}},
	}}
	r.Alarms[Sensor] = []FalseAlarm{{Role: Backup}, {Role: Workstation, Learning: true}, {Role: Forgotten}}
	for _, g := range Goals(Densities[0], r) {
		if want := g.What == "allowed scanners alerted"; g.Met != want {
			t.Errorf("%s: met %v, want %v (%s of %s)", g.What, g.Met, want, g.Got, g.Want)
		}
	}
}
