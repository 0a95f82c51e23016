package quality

import (
	"fmt"
	"io"
)

// Merge puts the runs of several seeds on one kind of network together.
func Merge(runs []*Result) *Result {
	sum := *runs[0]
	for _, r := range runs[1:] {
		for i, n := range r.Hosts {
			sum.Hosts[i] += n
		}
		sum.Packets += r.Packets
		sum.Contacts += r.Contacts
		sum.Flow.TrialsLost += r.Flow.TrialsLost
		sum.Flow.PairsLost += r.Flow.PairsLost
		sum.Detect.SourcesLost += r.Detect.SourcesLost
		sum.Detect.DossiersLost += r.Detect.DossiersLost
		sum.Elapsed += r.Elapsed
		sum.Crossed = max(sum.Crossed, r.Crossed)
		sum.Trials = append(sum.Trials[:len(sum.Trials):len(sum.Trials)], r.Trials...)
		for d := range sum.Alarms {
			sum.Alarms[d] = append(sum.Alarms[d][:len(sum.Alarms[d]):len(sum.Alarms[d])], r.Alarms[d]...)
		}
	}
	return &sum
}

// Report writes the tables of one kind of network and returns whether all goals are met.
func Report(out io.Writer, d Density, r *Result, markdown bool) bool {
	p := &r.Params
	mark := ""
	if markdown {
		mark = "## "
	}
	fmt.Fprintf(out, "\n%s%s network: %.0f%% of the swept /%d alive, %.0f%% of those answer on 445\n", mark, d.Name, 100*p.Alive, p.Bits, 100*p.Answering)
	fmt.Fprintf(out, "\n%d workstations, %d days, %d /%d (%d swept), %d packets, %d contacts, %.0f s\ntables lost %d trials, %d pairs, %d sources, %d dossiers; %.1f%% of the dark probes met another scan's\n",
		p.Workstations, p.Days, r.Nets, p.Bits, r.Swept, r.Packets, r.Contacts, r.Elapsed.Seconds(),
		r.Flow.TrialsLost, r.Flow.PairsLost, r.Detect.SourcesLost, r.Detect.DossiersLost, 100*r.Crossed)
	falseAlarms(r).write(out, markdown)
	found(r).write(out, markdown)
	compared(r).write(out, markdown)
	return WriteGoals(out, d.Name, Goals(d, r), markdown)
}

// falseAlarms counts hosts by role: the sensor's with those of the learning week apart.
func falseAlarms(r *Result) *grid {
	g := &grid{title: "Hosts alerted that are no worm, by role (+ in the week of learning)"}
	head := []any{"role", "hosts"}
	for _, n := range DetectorNames {
		head = append(head, n)
	}
	g.add(head...)
	for role := range roles {
		if r.Hosts[role] == 0 {
			continue
		}
		row := []any{role, r.Hosts[role]}
		for d := range DetectorNames {
			is := func(x Role) bool { return x == role }
			row = append(row, fmt.Sprintf("%d + %d", r.Alarmed(d, is, false), r.Alarmed(d, is, true)))
		}
		g.add(row...)
	}
	return g
}

// found says what the sensor made of each kind of scan.
func found(r *Result) *grid {
	g := &grid{title: "Scanners found by this sensor (p50 and p95 of those found)"}
	g.add("pace", "targets", "scanners", "trials", "found", "probes p50", "p95", "time p50", "p95", "fast", "slow")
	for _, pace := range Paces {
		for _, k := range kinds {
			s := Summarise(r.Trials, Sensor, lone(pace, k.Targets, k.Company))
			if s.Trials == 0 {
				continue
			}
			targets := k.Targets.String()
			if k.Company >= FourSame {
				targets = "random in /22"
			}
			g.add(paceText(pace), targets, k.Company, s.Trials, percent(s), s.P50, s.P95,
				durationText(s.T50), durationText(s.T95), s.Fast, s.Found-s.Fast)
		}
	}
	return g
}

func percent(s Summary) string { return fmt.Sprintf("%.0f%%", 100*s.Share()) }

// compared sets the older methods beside the sensor, on lone scanners.
func compared(r *Result) *grid {
	g := &grid{title: "Beside older methods on the same contacts: lone scanners (share found, probes p50/p95 of those found)"}
	head := []any{"pace", "targets"}
	for _, n := range DetectorNames {
		head = append(head, n)
	}
	g.add(head...)
	for _, targets := range []Targets{Random, HitList} {
		for _, pace := range Paces {
			row := []any{paceText(pace), targets}
			trials := 0
			for d := range DetectorNames {
				s := Summarise(r.Trials, d, lone(pace, targets, Alone))
				trials += s.Trials
				row = append(row, shortly(s))
			}
			if trials > 0 {
				g.add(row...)
			}
		}
	}
	return g
}

// shortly writes a summary in one cell.
func shortly(s Summary) string {
	if s.Found == 0 {
		return "missed"
	}
	return fmt.Sprintf("%s, %d/%d", percent(s), s.P50, s.P95)
}

// ReportCold writes the table of the cold starts and returns whether its goals are met.
func ReportCold(out io.Writer, r *Result, markdown bool) bool {
	g := &grid{title: "Cold start on a Tuesday at 10:00: nothing learned, nobody answers the scan"}
	g.add("pace", "trials", "found", "probes p50", "p95", "most", "time p50", "p95")
	for _, pace := range ColdPaces {
		s := Summarise(r.Trials, Sensor, lone(pace, Random, Alone))
		most := 0
		for i := range r.Trials {
			if r.Trials[i].Pace == pace {
				most = max(most, r.Trials[i].By[Sensor].Probes)
			}
		}
		g.add(paceText(pace), s.Trials, percent(s), s.P50, s.P95, most, durationText(s.T50), durationText(s.T95))
	}
	g.write(out, markdown)
	return WriteGoals(out, "cold start", ColdGoals(r), markdown)
}

// WriteGoals prints goals beside figures and returns whether all are met.
func WriteGoals(out io.Writer, name string, goals []Goal, markdown bool) bool {
	g := &grid{title: "Goals, " + name}
	g.add("", "goal", "measured", "")
	all := true
	for _, x := range goals {
		verdict := "PASS"
		if !x.Met {
			verdict, all = "FAIL", false
		}
		g.add(x.What, x.Want, x.Got, verdict)
	}
	g.write(out, markdown)
	return all
}

// Alarms lists the sensor's false alarms, for whoever wants to know why.
func Alarms(out io.Writer, r *Result) {
	for _, a := range r.Alarms[Sensor] {
		fmt.Fprintf(out, "%s %s %s: %s\n", clock(a.At), a.Source, a.Role, a.Text)
	}
}

// Missed lists the scanners that the sensor did not find, or found late.
func Missed(out io.Writer, r *Result, probes int) {
	for i := range r.Trials {
		t := &r.Trials[i]
		if by := t.By[Sensor]; !by.Found || by.Probes > probes {
			fmt.Fprintf(out, "%s %s %s %s %s: %d probes sent, found %v at %d\n", clock(t.Begin), t.Source,
				paceText(t.Pace), t.Targets, t.Company, t.Probes, by.Found, by.Probes)
		}
	}
}
