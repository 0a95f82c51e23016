package quality

import (
	"fmt"
	"io"
)

// Disturbed is a month with something made worse.
type Disturbed struct {
	Name   string
	Result *Result
}

// ReportDisturbed writes one row for each of the months.
func ReportDisturbed(out io.Writer, d Density, rows []Disturbed, markdown bool) {
	g := &grid{title: fmt.Sprintf("Disturbances on the %s network: hosts falsely alerted in the month, and lone scanners with random targets found (share, probes p50/p95 of those found)", d.Name)}
	head := []any{"disturbance", "workstations", "servers"}
	for i := Zeek25; i < Detectors; i++ {
		head = append(head, DetectorNames[i]+", all")
	}
	for _, pace := range Paces[3:] {
		head = append(head, paceText(pace))
	}
	g.add(head...)
	count := func(r *Result, chosen func(Role) bool) int {
		return r.Alarmed(Sensor, chosen, false) + r.Alarmed(Sensor, chosen, true)
	}
	for _, x := range rows {
		row := []any{x.Name, count(x.Result, Role.client), count(x.Result, Role.server)}
		for i := Zeek25; i < Detectors; i++ {
			row = append(row, x.Result.False(i))
		}
		for _, pace := range Paces[3:] {
			row = append(row, shortly(Summarise(x.Result.Trials, Sensor, lone(pace, Random, Alone))))
		}
		g.add(row...)
	}
	g.write(out, markdown)
}
