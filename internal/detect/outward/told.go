package outward

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// host is one that something is told of; realms separate equal addresses.
type host struct {
	addr  packet.Addr
	realm uint32
}

// topic is what a piece of evidence is about.
type topic uint8

const (
	listedEntry  topic = iota // what is the list and the entry
	novelPort                 // what is the port
	listedAtAll               // of the host, whatever the entry
	novelAtAll                // of the host, whatever the port
	novelEpisode              // an episode that was begun
)

// piece names a piece of evidence.
type piece struct {
	host       host
	what       uint64
	generation uint32 // of the lists: entries are numbered anew
	topic      topic
}

// telling is how often something was told since a time.
type telling struct {
	since packet.Time
	times uint32
}

// within is how long something told is not told again, and the time for which the numbers
// below hold. What one host does is told of often enough to be believed: one that sweeps
// the ports of a host outside, or the entries of a list, floods nobody with evidence.
const (
	within       = time.Hour
	mostListings = 16
	mostNovelty  = 4
)

func longerAgo(a, b *telling) bool { return a.since < b.since }

// may reports whether a piece can be told, as it was told less than most times within the
// hour, and notes that it is.
func (j *Judge) may(p piece, now packet.Time, most uint32) bool {
	h := table.Hash(j.seed^uint64(p.topic)<<56^uint64(p.generation)<<24, (*[16]byte)(&p.host.addr), uint64(p.host.realm)<<40^p.what)
	_, t := j.told.Get(h, p)
	if t == nil {
		var evicted bool
		_, t, evicted = j.told.Claim(h, p, longerAgo)
		if evicted && now.Sub(t.since) < within {
			j.stats.ToldLost++
		}
		*t = telling{since: now}
	}
	if now.Sub(t.since) >= within {
		*t = telling{since: now}
	}
	t.times++
	return t.times <= most
}

// tell reports whether a piece is to be told: it was not within the hour, and not too much
// else of its kind about the host was.
func (j *Judge) tell(p piece, atAll topic, most uint32, now packet.Time) bool {
	if !j.may(p, now, 1) {
		j.stats.Repeated++
		return false
	}
	if !j.may(piece{host: p.host, topic: atAll}, now, most) {
		j.stats.Held++
		return false
	}
	j.stats.Evidence++
	return true
}
