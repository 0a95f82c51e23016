package alert

import "fmt"

// novelty writes what was never seen before.
func (t *Text) novelty(n *Novelty) {
	for _, i := range n.Items {
		what := clean(i.What)
		if i.Service != "" {
			what += " " + clean(i.Service)
		}
		switch {
		case i.IP.IsValid() && i.Port != 0:
			what += " " + hostPort(i.IP, i.Port)
		case i.IP.IsValid():
			what += " " + addrText(i.IP)
		case i.Port != 0:
			what += fmt.Sprintf(" port %d", i.Port)
		}
		t.line("new", "%s %s", timeText(i.Time), what)
	}
	if more := n.Count - len(n.Items); more > 0 {
		t.line("omitted", "of those before these: %d", more)
	}
}
