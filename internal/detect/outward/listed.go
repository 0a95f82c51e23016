package outward

import (
	"fmt"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// contacted looks for the target of a home host in the lists.
func (j *Judge) contacted(ev *packet.Event, realm uint32, out []incident.Evidence) []incident.Evidence {
	var buf [blocklist.MaxHits]blocklist.Hit
	hits := j.lists.Lookup(ev.Dst, buf[:0])
	if len(hits) == 0 {
		return out
	}
	j.stats.Contacted++
	for _, h := range hits {
		j.lists.Contacted(h, ev.Time)
	}
	p := piece{host{ev.Src, realm}, hits[0].Number(), j.lists.Generation(), listedEntry}
	if !j.tell(p, listedAtAll, mostListings, ev.Time) {
		return out
	}
	return append(out, incident.Evidence{
		Time: ev.Time, Host: ev.Src, Realm: realm, MAC: ev.SrcMAC, Peer: ev.Dst, Port: ev.DstPort,
		Kind: incident.Listed, Event: "listed",
		Message: fmt.Sprintf("%s tried %s, which %s", ev.Src, endpoint(ev.Dst, ev.DstPort), j.named(hits)),
	})
}

// knocked counts a try of a listed host at a home host.
func (j *Judge) knocked(ev *packet.Event) {
	var buf [blocklist.MaxHits]blocklist.Hit
	hits := j.lists.Lookup(ev.Src, buf[:0])
	if len(hits) == 0 {
		return
	}
	j.stats.Knocked++
	for _, h := range hits {
		j.lists.Knocked(h, ev.Time)
	}
}

// Listings returns the blocklists that name a host, for findings about it.
func (j *Judge) Listings(a packet.Addr) (out []alert.Listing) {
	var buf [blocklist.MaxHits]blocklist.Hit
	for _, h := range j.lists.Lookup(a, buf[:0]) {
		out = append(out, alert.Listing{List: j.lists.List(h), Entry: j.lists.Entry(h)})
	}
	return out
}

// named says which lists name a host, and by which entries.
func (j *Judge) named(hits []blocklist.Hit) string {
	var names []string
	for _, h := range hits {
		names = append(names, fmt.Sprintf("%s (%s)", j.lists.List(h), j.lists.Entry(h)))
	}
	if len(names) == 1 {
		return "the blocklist " + names[0] + " names"
	}
	return "the blocklists " + strings.Join(names, ", ") + " name"
}
