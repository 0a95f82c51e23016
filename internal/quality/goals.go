package quality

import (
	"fmt"
	"time"
)

// Density is a network that the figures are given for, with what is asked of the sensor
// there: probes to detection at p95 over all scanners, and the share found. Zero: nothing
// is asked.
type Density struct {
	Name       string
	Alive      float64
	TenMinutes int     // one probe in ten minutes
	Hour       int     // one an hour
	FourHours  float64 // share found of one in four hours
}

// Densities are the three of the report.
var Densities = []Density{
	{"sparse", 0.25, 12, 15, 0.95},
	{"normal", 0.40, 0, 0, 0},
	{"dense", 0.60, 25, 40, 0.80},
}

// Goal is one thing asked of the sensor, and what it came to.
type Goal struct {
	What, Want, Got string
	Met             bool
}

// burstWithin is what "within a few seconds" is taken for.
const burstWithin = 5 * time.Second

// Goals compares a month with what is asked.
func Goals(d Density, r *Result) []Goal {
	server := func(x Role) bool { return x.server() }
	desk := func(x Role) bool { return x.client() }
	scanner := func(x Role) bool { return x == VulnScanner }
	var gs []Goal
	for _, n := range []struct {
		what   string
		chosen func(Role) bool
	}{{"workstations falsely alerted", desk}, {"servers falsely alerted", server}, {"allowed scanners alerted", scanner}} {
		got := r.Alarmed(Sensor, n.chosen, true) + r.Alarmed(Sensor, n.chosen, false)
		gs = append(gs, Goal{n.what, "0", fmt.Sprint(got), got == 0})
	}
	for _, t := range []Targets{Random, Sequential} {
		gs = append(gs, probeGoal(r, 10*time.Minute, t, d.TenMinutes), probeGoal(r, time.Hour, t, d.Hour), shareGoal(r, 4*time.Hour, t, d.FourHours))
	}
	gs = append(gs, burstGoal(r))
	for _, pace := range []time.Duration{10 * time.Minute, time.Hour, 4 * time.Hour} {
		gs = append(gs, pastGoal(r, pace))
	}
	kept := gs[:0]
	for _, g := range gs {
		if g.What != "" {
			kept = append(kept, g)
		}
	}
	return kept
}

func lone(pace time.Duration, t Targets, c Company) func(*Trial) bool {
	return func(x *Trial) bool { return x.Cell == Cell{pace, t, c} }
}

// probeGoal asks that 95% of all scanners are found within so many probes.
func probeGoal(r *Result, pace time.Duration, t Targets, want int) Goal {
	s := Summarise(r.Trials, Sensor, lone(pace, t, Alone))
	if s.Trials == 0 || want == 0 {
		return Goal{}
	}
	got := fmt.Sprint(s.All95)
	if s.All95 < 0 {
		got = fmt.Sprintf("%.0f%% found", 100*s.Share())
	}
	return Goal{fmt.Sprintf("%s, %s: probes, p95", paceText(pace), t), fmt.Sprintf("<= %d", want), got, s.All95 >= 0 && s.All95 <= want}
}

func shareGoal(r *Result, pace time.Duration, t Targets, want float64) Goal {
	s := Summarise(r.Trials, Sensor, lone(pace, t, Alone))
	if s.Trials == 0 || want == 0 {
		return Goal{}
	}
	return Goal{
		fmt.Sprintf("%s, %s: found", paceText(pace), t), fmt.Sprintf(">= %.0f%%", 100*want),
		fmt.Sprintf("%.0f%%", 100*s.Share()), s.Share() >= want,
	}
}

// burstGoal asks that every lone sweep at 100 a second, whatever its targets, is found by
// its sixtieth target and within a few seconds.
func burstGoal(r *Result) Goal {
	worst, late, missed := 0, time.Duration(0), 0
	for i := range r.Trials {
		t := &r.Trials[i]
		if t.Pace != Paces[0] || t.Company > Fresh {
			continue
		}
		if !t.By[Sensor].Found {
			missed++
		}
		worst, late = max(worst, t.By[Sensor].Probes), max(late, t.By[Sensor].After)
	}
	return Goal{
		"100/s, lone, any targets: probes and time, worst", fmt.Sprintf("<= 60, %s", burstWithin),
		fmt.Sprintf("%d, %s, %d missed", worst, durationText(late), missed), missed == 0 && worst <= 60 && late <= burstWithin,
	}
}

// pastGoal asks that a worker who scans beside the day's work is found as fast as a host
// without a past: the median may be at most a fifth, and one probe, above.
func pastGoal(r *Result, pace time.Duration) Goal {
	worker := Summarise(r.Trials, Sensor, lone(pace, Random, Alone))
	fresh := Summarise(r.Trials, Sensor, lone(pace, Random, Fresh))
	if worker.Found == 0 || fresh.Found == 0 {
		return Goal{}
	}
	limit := fresh.P50 + fresh.P50/5 + 1
	return Goal{
		fmt.Sprintf("%s, good past and present: probes, p50", paceText(pace)),
		fmt.Sprintf("<= %d (a new host's %d)", limit, fresh.P50), fmt.Sprint(worker.P50), worker.P50 <= limit,
	}
}

// ColdGoals compares cold starts with what is asked: everybody within 20 probes, and
// nobody else. A target in the scanner's own subnet that ARP does not find gets no probe.
func ColdGoals(r *Result) []Goal {
	worst, targets, missed := 0, 0, 0
	for i := range r.Trials {
		by := r.Trials[i].By[Sensor]
		worst, targets = max(worst, by.Probes-by.Unsent), max(targets, by.Probes)
		if !by.Found {
			missed++
		}
	}
	others := r.False(Sensor) + r.Alarmed(Sensor, func(x Role) bool { return x == Forgotten }, true)
	return []Goal{
		{"cold start: probes, worst of all", "<= 20", fmt.Sprintf("%d (%d with ARP), %d missed", worst, targets, missed), missed == 0 && worst <= 20},
		{"cold start: others alerted", "0", fmt.Sprint(others), others == 0},
	}
}
