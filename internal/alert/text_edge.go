package alert

import (
	"fmt"
	"strings"
)

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

// knock writes what was said to those that answered on SMB, if anything was seen of it.
func (t *Text) knock(k *Knock) {
	if k == nil {
		return
	}
	t.line("knock", "%d hosts: %s; trees %s; pipes %s; %d logons refused; %d went on encrypted",
		k.Hosts, joined(k.Dialects), joined(k.Trees), joined(k.Pipes), k.LogonFailures, k.Encrypted)
	if len(k.Telling) > 0 {
		t.line("look at", "%s", strings.Join(cleanAll(k.Telling), "; "))
	}
}

// listed writes which blocklists name whom, if any do.
func (t *Text) listed(whom string, in []Listing) {
	if len(in) == 0 {
		return
	}
	list := make([]string, len(in))
	for i, l := range in {
		list[i] = clean(l.List)
		if l.Entry != "" {
			list[i] += " (" + clean(l.Entry) + ")"
		}
	}
	t.line("listed", "%s is on %s", whom, strings.Join(list, ", "))
}

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
