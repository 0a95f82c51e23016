package main

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// openShown is how many open episodes the summary names: an outbreak has thousands, and
// all of them are in the findings.
const openShown = 20

// openTexts says how far the open episodes have come, a line each; the most severe ones
// where there are too many.
func openTexts(open []alert.Finding) (lines []string) {
	left := len(open) - openShown
	if left > 0 {
		slices.SortStableFunc(open, func(a, b alert.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
		open = open[:openShown]
	}
	for i := range open {
		f := &open[i]
		lines = append(lines, fmt.Sprintf("%s %s: %s, from %s to %s", f.Kind, f.Source.IP, standing(f),
			f.FirstSeen.Format(stampLayout), f.LastSeen.Format(stampLayout)))
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("%s more, none more severe than these", grouped(uint64(left))))
	}
	return lines
}

// standing says in a few words how far an open episode has come.
func standing(f *alert.Finding) string {
	switch {
	case f.Scan != nil:
		return fmt.Sprintf("%s on %s, %d answered", alert.Count(f.Scan.Targets, "target"), f.Scan.Service, f.Scan.Answered)
	case f.IRC != nil:
		return "server " + net.JoinHostPort(f.IRC.Server.String(), strconv.Itoa(int(f.IRC.Port)))
	case f.Edge != nil:
		return fmt.Sprintf("%s, %d answered", alert.Count(f.Edge.Peers, "peer"), f.Edge.Answered)
	case f.Incident != nil:
		return fmt.Sprintf("%s; infected %d", strings.Join(f.Incident.Kinds, ", "), len(f.Incident.Infected))
	}
	return fmt.Sprintf("severity %d", f.Severity)
}
