package alert

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Write draws the tree in ASCII: under each host those that it infected, with what proves
// it. Hosts of which neither is known stand by themselves. It can be called at any time.
func (t *Tree) Write(w io.Writer) error {
	d := drawing{}
	for _, n := range t.forest() {
		if !n.drawn {
			d.node(n, nil, "", "")
		}
	}
	if t.left > 0 {
		d.line("", "findings about hosts for which there is no room here: %d", t.left)
	}
	if _, err := w.Write(d.buf); err != nil {
		return fmt.Errorf("write tree: %w", err)
	}
	return nil
}

type drawing struct{ buf []byte }

func (d *drawing) line(rail, format string, args ...any) {
	d.buf = append(d.buf, rail...)
	d.buf = fmt.Appendf(d.buf, format, args...)
	d.buf = append(d.buf, '\n')
}

// node draws n and what hangs on it: its first line behind head, the others behind rail.
// One that was drawn before, because several infected it or it is part of a circle, is
// only named.
func (d *drawing) node(n *node, e *edge, head, rail string) {
	how := ""
	if e != nil {
		how = ": infected " + e.story()
	}
	if n.drawn {
		d.line(head, "%s%s; see above", n.caption(), how)
		return
	}
	n.drawn = true
	d.line(head, "%s%s", n.caption(), how)
	inner := rail + "|   "
	if len(n.out) == 0 {
		inner = rail + "    "
	}
	n.details(func(text string) { d.line(inner, "%s", text) })
	for i, child := range n.out {
		if i < len(n.out)-1 {
			d.node(child.to, child, rail+"+-- ", rail+"|   ")
		} else {
			d.node(child.to, child, rail+"`-- ", rail+"    ")
		}
	}
}

// caption names the host.
func (n *node) caption() string {
	words := []string{}
	if n.host != nil {
		words = append(words, sideText(n.host.home))
		if n.host.name != "" {
			words = append(words, "host "+clean(n.host.name))
		}
	}
	if n.realm != 0 {
		words = append(words, fmt.Sprintf("realm %d", n.realm))
	}
	if len(words) == 0 {
		return addrText(n.addr)
	}
	return addrText(n.addr) + " (" + strings.Join(words, ", ") + ")"
}

// details tells what was found about the host, in order of time.
func (n *node) details(tell func(string)) {
	if n.host == nil {
		tell("no finding of its own")
		return
	}
	kinds := slices.Clone(n.host.kinds)
	slices.SortFunc(kinds, func(a, b since) int {
		return cmp.Or(a.first.Compare(b.first), cmp.Compare(slices.Index(Kinds, a.kind), slices.Index(Kinds, b.kind)))
	})
	for _, k := range kinds {
		tell(fmt.Sprintf("%-18s since %s", clean(string(k.kind)), timeText(k.first)))
	}
	for i := range n.host.servers {
		tell(n.host.servers[i].caption())
	}
}

func (s *ircServer) caption() string {
	does := "talks to"
	switch {
	case s.bot && s.orders:
		does = "orders from"
	case s.bot:
		does = "a bot on"
	}
	out := does + " " + hostPort(s.server, s.port)
	if s.nick != "" {
		out += " as " + clean(s.nick)
	}
	if len(s.channels) > 0 {
		out += " in " + joined(s.channels)
	}
	return out
}
