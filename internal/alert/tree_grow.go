package alert

import (
	"cmp"
	"slices"
	"time"
)

// node is a host in the tree as it is drawn: one that has findings, or one that another
// names.
type node struct {
	place
	host  *host // nil: no finding of its own
	by    []*edge
	out   []*edge
	first time.Time // of its findings and of the infections by it
	drawn bool
}

// edge is an infection.
type edge struct {
	from, to *node
	Infection
}

// forest returns all nodes in the order in which those that hang on nothing are drawn.
func (t *Tree) forest() []*node {
	g := growth{at: map[place]*node{}, edges: map[[2]*node]*edge{}}
	for _, h := range t.hosts {
		n := g.node(h.place)
		n.host = h
		for _, k := range h.kinds {
			n.sooner(k.first)
		}
	}
	for _, h := range t.hosts { // what a victim says of it is surer than what its infector does
		for i := range h.incidents {
			if by := h.incidents[i].by; by != nil {
				g.edge(placeOf(by.Host, h.realm), h.place, by)
			}
		}
	}
	for _, h := range t.hosts {
		for i := range h.incidents {
			for j := range h.incidents[i].victims {
				v := &h.incidents[i].victims[j]
				g.edge(h.place, placeOf(v.Host, h.realm), v)
			}
		}
	}
	for _, n := range g.nodes {
		slices.SortFunc(n.out, func(a, b *edge) int {
			return cmp.Or(a.Time.Compare(b.Time), a.to.compare(b.to.place))
		})
	}
	slices.SortFunc(g.nodes, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.class(), b.class()), a.began().Compare(b.began()), a.compare(b.place))
	})
	return g.nodes
}

// growth is a forest on its way.
type growth struct {
	nodes []*node
	at    map[place]*node
	edges map[[2]*node]*edge
}

func (g *growth) node(p place) *node {
	n := g.at[p]
	if n == nil {
		n = &node{place: p}
		g.at[p] = n
		g.nodes = append(g.nodes, n)
	}
	return n
}

// edge ties two hosts together, once: the first that is said of them counts.
func (g *growth) edge(from, to place, i *Infection) {
	if from == to || !from.addr.IsValid() || !to.addr.IsValid() {
		return
	}
	a, b := g.node(from), g.node(to)
	if g.edges[[2]*node{a, b}] != nil {
		return
	}
	e := &edge{a, b, *i}
	g.edges[[2]*node{a, b}] = e
	a.out, b.by = append(a.out, e), append(b.by, e)
	a.sooner(i.Time)
}

func (n *node) sooner(at time.Time) {
	if n.first.IsZero() || at.Before(n.first) {
		n.first = at
	}
}

// class puts first those that infected and were not infected, as far as is known, and last
// those that stand alone. When the turn of those between comes, the only ones that are
// still to be drawn are in a circle, or hang on one.
func (n *node) class() int {
	switch {
	case len(n.by) == 0 && len(n.out) > 0:
		return 0
	case len(n.out) > 0:
		return 1
	case len(n.by) > 0:
		return 2
	}
	return 3
}

// began is what nodes of a class are in order of. Who infected first began a circle; out
// is in order of time.
func (n *node) began() time.Time {
	if n.class() == 1 {
		return n.out[0].Time
	}
	return n.first
}

func (p place) compare(q place) int {
	return cmp.Or(p.addr.Compare(q.addr), cmp.Compare(p.realm, q.realm))
}
