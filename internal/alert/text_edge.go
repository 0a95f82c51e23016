package alert

import "fmt"

// edge writes how much of what crossed the edge.
func (t *Text) edge(e *Edge) {
	ports := make([]string, len(e.Ports))
	for i, p := range e.Ports {
		ports[i] = fmt.Sprint(p)
	}
	only := ""
	if e.Lookups {
		only = ", nothing but name look-ups"
	}
	t.line("traffic", "%s, %s answered, %s of payload; %s on port %s%s",
		countAtLeast(e.Peers, e.LowerBound, "peer"), atLeast(e.Answered, e.LowerBound), Count(e.Bytes, "octet"), joined(e.Services), joined(ports), only)
	t.knock(e.Knock)
	t.listed("a host", e.Listed)
}
