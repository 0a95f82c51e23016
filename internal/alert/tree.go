package alert

import (
	"net/netip"
	"slices"
	"time"
)

// What a tree keeps of a host. Beyond that it is not shown.
const (
	treeServers   = 8  // IRC servers
	treeIncidents = 8  // episodes of host.compromised
	treeVictims   = 64 // hosts that it infected, by episode
	treeString    = 64 // octets of a string off the wire
)

// Tree gathers from findings who infected whom, in bounded memory. Hosts are kept until
// there is no room; then one outside gives way to one at home, and that to one that was
// found compromised. Not for concurrent use.
type Tree struct {
	limit int
	hosts []*host // in order of arrival
	at    map[place]*host
	grown bool
	left  int // findings about hosts that are not, or no longer, kept
}

// place is where a host is: an address can be used once in each realm.
type place struct {
	addr  netip.Addr
	realm uint32
}

func placeOf(a netip.Addr, realm uint32) place {
	return place{a.Unmap().WithZone(""), realm}
}

// host is what findings said about a source.
type host struct {
	place
	home      bool
	name      string
	findings  int
	kinds     []since
	servers   []ircServer
	incidents []infections
}

// since is when a kind of finding began.
type since struct {
	kind  Kind
	first time.Time
}

// ircServer is one that the host talks to.
type ircServer struct {
	episode  string
	sequence int
	server   netip.Addr
	port     uint16
	bot      bool
	orders   bool // it gave some
	nick     string
	channels []string
}

// infections are the edges that one episode of host.compromised tells of.
type infections struct {
	episode  string
	sequence int
	by       *Infection
	victims  []Infection
}

// NewTree returns a tree with room for so many hosts.
func NewTree(hosts int) *Tree {
	return &Tree{limit: max(1, hosts), at: map[place]*host{}}
}

// Grown reports whether any host was found compromised: else there is nothing to show.
func (t *Tree) Grown() bool { return t.grown }

// Add takes a finding in. A later record of an episode takes the place of an earlier one;
// they may come in any order. By a test nobody is suspected: it is left out.
func (t *Tree) Add(f *Finding) {
	if f.Kind == Test {
		return
	}
	t.grown = t.grown || f.Incident != nil
	h := t.host(f)
	if h == nil {
		t.left++
		return
	}
	h.findings++
	if f.Source.Hostname != "" {
		h.name = cut(f.Source.Hostname)
	}
	h.mark(f.Kind, f.FirstSeen)
	if f.IRC != nil {
		h.talks(f)
	}
	if f.Incident != nil {
		h.tells(f)
	}
}

// host returns that of the finding's source, nil if there is no room for it.
func (t *Tree) host(f *Finding) *host {
	p := placeOf(f.Source.IP, f.Realm)
	if h := t.at[p]; h != nil {
		return h
	}
	h := &host{place: p, home: f.Source.Home}
	if len(t.hosts) >= t.limit && !t.displace(rank(f.Source.Home, f.Incident != nil)) {
		return nil
	}
	t.at[p] = h
	t.hosts = append(t.hosts, h)
	return h
}

// rank says how much a host matters to a tree.
func rank(home, compromised bool) int {
	switch {
	case compromised:
		return 2
	case home:
		return 1
	}
	return 0
}

// displace makes room for a host of that rank: the latest of the lowest rank goes, if that
// is a lower one.
func (t *Tree) displace(newcomer int) bool {
	if newcomer == 0 {
		return false
	}
	least, at := newcomer, -1
	for i := len(t.hosts) - 1; i >= 0 && least > 0; i-- {
		h := t.hosts[i]
		if r := rank(h.home, len(h.incidents) > 0); r < least {
			least, at = r, i
		}
	}
	if at < 0 {
		return false
	}
	t.left += t.hosts[at].findings
	delete(t.at, t.hosts[at].place)
	t.hosts = slices.Delete(t.hosts, at, at+1)
	return true
}

// mark notes when a kind began; of several episodes the first counts.
func (h *host) mark(k Kind, first time.Time) {
	for i := range h.kinds {
		if h.kinds[i].kind == k {
			h.kinds[i].first = earlier(h.kinds[i].first, first)
			return
		}
	}
	if len(h.kinds) < len(Kinds) {
		h.kinds = append(h.kinds, since{k, first})
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (h *host) talks(f *Finding) {
	i := f.IRC
	s := ircServer{
		episode: f.Episode, sequence: f.Sequence, server: i.Server, port: i.Port,
		bot: i.Bot, orders: len(i.Orders) > 0, nick: cut(i.Nick),
	}
	for _, c := range i.Channels[:min(len(i.Channels), 4)] {
		s.channels = append(s.channels, cut(c))
	}
	for j := range h.servers {
		old := &h.servers[j]
		if old.server != s.server || old.port != s.port {
			continue
		}
		if old.episode != s.episode || old.sequence <= s.sequence {
			*old = s
		}
		return
	}
	if len(h.servers) < treeServers {
		h.servers = append(h.servers, s)
	}
}

func (h *host) tells(f *Finding) {
	n := infections{episode: f.Episode, sequence: f.Sequence}
	if f.Incident.InfectedBy != nil {
		by := *f.Incident.InfectedBy
		n.by = &by
	}
	victims := f.Incident.Infected
	n.victims = slices.Clone(victims[:min(len(victims), treeVictims)])
	for i := range h.incidents {
		if old := &h.incidents[i]; old.episode == n.episode {
			if old.sequence <= n.sequence {
				*old = n
			}
			return
		}
	}
	if len(h.incidents) < treeIncidents {
		h.incidents = append(h.incidents, n)
	}
}

// cut bounds a string that may hold foreign bytes; it is a copy, so that what it was part
// of can go.
func cut(s string) string { return string([]byte(s[:min(len(s), treeString)])) }
