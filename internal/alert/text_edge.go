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
	t.line("traffic", "%s peers, %s answered, %d octets of payload; %s on port %s%s",
		atLeast(e.Peers, e.LowerBound), atLeast(e.Answered, e.LowerBound), e.Bytes, joined(e.Services), joined(ports), only)
	t.knock(e.Knock)
	t.listed("a host", e.Listed)
}
