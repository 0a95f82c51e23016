package quality

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestShort is the report in small: nobody is falsely alerted, and scanners are found,
// loosely, on all three kinds of network.
func TestShort(t *testing.T) {
	for _, d := range Densities {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(context.Background(), ShortParams(d.Alive), DefaultOptions())
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range r.Alarms[Sensor] {
				if a.Role != Forgotten {
					t.Errorf("false alarm, %s %s %s: %s", clock(a.At), a.Source, a.Role, a.Text)
				}
			}
			if n := r.Alarmed(Sensor, func(x Role) bool { return x == Forgotten }, true); n != 1 {
				t.Errorf("%d vulnerability scanners without an allow entry alerted, want 1", n)
			}
			checkFound(t, r)
		})
	}
}

// checkFound holds every kind of scan but slow ones among live hosts to a few more probes
// than the report's goals, since there are few trials.
func checkFound(t *testing.T, r *Result) {
	t.Helper()
	for _, pace := range Paces[:5] {
		for _, k := range kinds {
			s := Summarise(r.Trials, Sensor, lone(pace, k.Targets, k.Company))
			limit := 30
			if k.Targets == HitList || k.Targets == Sequential {
				limit = 60
			}
			if s.Trials == 0 || s.Found < s.Trials || s.P50 > limit {
				t.Errorf("%s, %s, %s: %d of %d found, p50 %d probes, want all and at most %d",
					paceText(pace), k.Targets, k.Company, s.Found, s.Trials, s.P50, limit)
			}
		}
	}
}

func TestColdStartShort(t *testing.T) {
	p := ShortParams(0.4)
	p.Trials = 12
	r, err := ColdStart(context.Background(), p, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range ColdGoals(r) {
		t.Logf("%s: %s, want %s", g.What, g.Got, g.Want)
	}
	if n := r.False(Sensor); n != 0 {
		t.Errorf("%d others alerted: %v", n, r.Alarms[Sensor])
	}
	for _, x := range r.Trials {
		if by := x.By[Sensor]; !by.Found || by.Probes > 22 {
			t.Errorf("%s from %s: found %v after %d probes, want at most 22", paceText(x.Pace), x.Source, by.Found, by.Probes)
		}
	}
}

// The regression test can fail: a sensor with its thresholds out of reach finds nothing,
// one with low ones alerts everybody.
func TestThresholdsMatter(t *testing.T) {
	p := ShortParams(0.25)
	p.Workstations, p.Trials = 3000, 2
	deaf, eager := DefaultOptions(), DefaultOptions()
	deaf.Detect.Slow.Score, deaf.Detect.Fast.Targets, deaf.Detect.Fast.NovelTargets = 1000, 64, 64
	eager.Detect.Slow.Score, eager.Detect.Slow.Watch, eager.Detect.Slow.DarkTargets = 2, 2, 1
	r := runDays(t, p, deaf)
	if s := Summarise(r.Trials, Sensor, lone(time.Hour, Random, Alone)); s.Found != 0 {
		t.Errorf("a deaf sensor found %d scanners", s.Found)
	}
	if r := runDays(t, p, eager); r.Alarmed(Sensor, Role.client, false) == 0 {
		t.Error("an eager sensor alerts no workstation: the population never errs")
	}
}

func runDays(t *testing.T, p Params, o Options) *Result {
	t.Helper()
	r, err := Run(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The same parameters give the same figures, another seed gives others.
func TestDeterministic(t *testing.T) {
	p := ShortParams(0.25)
	p.Workstations, p.Trials = 2500, 2
	text := func(seed uint64) string {
		p.Seed = seed
		r := runDays(t, p, DefaultOptions())
		r.Elapsed = 0
		var b strings.Builder
		Report(&b, Densities[0], r, true)
		fmt.Fprint(&b, r.Trials, r.Alarms)
		return b.String()
	}
	first := text(1)
	if text(1) != first {
		t.Error("two runs of one seed differ")
	}
	if text(2) == first {
		t.Error("two seeds agree")
	}
}

func TestBadParams(t *testing.T) {
	for _, c := range []struct {
		change func(*Params)
		want   string
	}{
		{func(p *Params) { p.Alive = 1.5 }, "alive"},
		{func(p *Params) { p.Workstations = 10 }, "workstations"},
		{func(p *Params) { p.Days = 0 }, "days"},
		{func(p *Params) { p.Bits = 8 }, "networks of /8"},
		{func(p *Params) { p.Trials = 0 }, "trials"},
		{func(p *Params) { p.Management = 0 }, "management"},
		{func(p *Params) { p.Churn = -1 }, "churn"},
	} {
		p := ShortParams(0.25)
		c.change(&p)
		if _, err := Run(context.Background(), p, DefaultOptions()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error about %s, got %v", c.want, err)
		}
	}
	p := ShortParams(0.25)
	if err := p.Disturb("weather", 2); err == nil || !strings.Contains(err.Error(), "weather") {
		t.Errorf("want an error about weather, got %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, ShortParams(0.25), DefaultOptions()); err == nil {
		t.Error("a run goes on after its context ended")
	}
}
