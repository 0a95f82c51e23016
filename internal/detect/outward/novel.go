package outward

import (
	"fmt"
	"net/netip"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// usedPort is the evidence that a home host uses a port outward that nobody used before.
func (j *Judge) usedPort(ev *packet.Event, by host, sight *novelty.Sight, out []incident.Evidence) []incident.Evidence {
	p := piece{host: by, what: uint64(ev.SrcPort), topic: novelPort}
	if !j.tell(p, novelAtAll, mostNovelty, ev.Time) {
		return out
	}
	since := "which no home host was ever seen to use outward before"
	if sight.Last != 0 {
		since = "which no home host was seen to use outward before " + sight.First.UTC().Format("2006-01-02 15:04 UTC")
	}
	return append(out, incident.Evidence{
		Time: ev.Time, Host: by.addr, Realm: by.realm, Peer: ev.Src, Port: ev.SrcPort,
		Kind: incident.Novel, Event: "novel",
		Message: fmt.Sprintf("%s connected to %s: TCP port %d, %s", by.addr, endpoint(ev.Src, ev.SrcPort), ev.SrcPort, since),
	})
}

func endpoint(a packet.Addr, port uint16) string {
	return netip.AddrPortFrom(a.Netip(), port).String()
}

// what is new.
type what uint8

const (
	service   what = iota // a home host uses a watched service outward
	ircServer             // a server that speaks IRC
	target                // a server on a port that nobody used
)

var whatNames = [...]string{service: "service", ircServer: "irc_server", target: "target"}

// item is a thing that was never seen before.
type item struct {
	time  packet.Time
	addr  packet.Addr
	port  uint16
	what  what
	group uint8 // of a service
}

// itemsKept is how many things a finding names, the latest.
const itemsKept = 16

// episodeOf is what is told of a host.
type episodeOf struct {
	episode.Life
	host  host
	mac   [6]byte
	count uint32
	next  uint32 // count at which it is told again
	items [itemsKept]item
}

// put adds an item, in the place of the oldest if need be.
func (e *episodeOf) put(i *item) {
	e.items[e.count%itemsKept] = *i
	e.count++
}

// latest returns the items that are kept, oldest first.
func (e *episodeOf) latest() (out []*item) {
	for n := e.count - min(e.count, itemsKept); n < e.count; n++ {
		out = append(out, &e.items[n%itemsKept])
	}
	return out
}

var firstSeen = allow.Of(alert.FirstSeen)

// novel tells of a thing that was never seen before, if that is configured.
func (j *Judge) novel(by host, mac [6]byte, i item) {
	if j.open == nil || j.site.Allow.Permits(firstSeen, by.addr, i.addr, i.time, true) != 0 {
		return
	}
	if e := j.open.Get(by); e != nil {
		e.put(&i)
		if mac != ([6]byte{}) {
			e.mac = mac
		}
		j.open.Touch(e, i.time, i.time)
		if e.count >= e.next {
			e.next *= 10
			j.say(e, alert.Update, i.time)
		}
		return
	}
	if !j.may(piece{host: by, topic: novelEpisode}, i.time, 1) {
		j.stats.EpisodesHeld++
		return
	}
	e := episodeOf{host: by, mac: mac, next: 10}
	e.First, e.Last, e.Severity = i.time, i.time, alert.Informational
	e.put(&i)
	begun, lost := j.open.Begin(by, e, i.time)
	if lost != nil {
		j.stats.EpisodesLost++
		j.say(lost, alert.Close, i.time)
	}
	j.say(begun, alert.Create, i.time)
}
