package novelty

import (
	"math/bits"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// kind of thing that is remembered.
type kind uint8

const (
	service   kind = 1 + iota // a home host uses a watched service outward
	ircServer                 // an address and port outside speaks IRC
	target                    // an address and port outside answers
	port                      // something outside answers on a port
)

// key is the whole of what is remembered, so that it can be written down and found again
// under another seed.
type key struct {
	addr  packet.Addr // zero of a port
	realm uint32      // of a home host, 0 of all else
	what  uint32      // port, or the hash of a service's name
	kind  kind
}

func (k *key) hash(seed uint64) uint64 {
	return table.Hash(seed^uint64(k.kind)<<56, (*[16]byte)(&k.addr), uint64(k.realm)<<32|uint64(k.what))
}

// nameHash stands for a service group in keys (FNV-1a, 32 bits): it stays when groups are
// added before it.
func nameHash(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h
}

// minute is a time in minutes since 1970.
type minute uint32

const (
	dayMinutes = 24 * 60
	// lastMinute is in 2201: internal/capture believes no later time.
	lastMinute minute = 231 * 366 * dayMinutes
)

func minuteOf(t packet.Time) minute {
	return minute(min(max(t, 0)/packet.Time(time.Minute), packet.Time(lastMinute)))
}

func minutesOf(d time.Duration) minute { return minute(d / time.Minute) }

func (m minute) time() packet.Time { return packet.Time(m) * packet.Time(time.Minute) }

// entry is what is known of a key; with it 48 octets.
type entry struct {
	first, last minute
	count       uint32 // minutes in which it was seen, held at the largest number
	days        uint8  // days on which it was seen, held at 255
	kind        kind
}

// fresh is an entry seen for the first time.
func fresh(k kind, now minute) entry {
	return entry{first: now, last: now, count: 1, days: 1, kind: k}
}

// see notes a sighting. Within a minute there is nothing to write, nor if time went back.
func (e *entry) see(now minute) {
	if now <= e.last {
		return
	}
	if e.count++; e.count == 0 {
		e.count--
	}
	if now/dayMinutes != e.last/dayMinutes && e.days < 255 {
		e.days++
	}
	e.last = now
}

// worth grades what would be lost with an entry. Days count, not sightings: a flood can
// repeat itself for hours, and is one day old all the same. Ports are few and everybody's;
// a server outside is one of very many, and comes back if it matters.
func (e *entry) worth() int {
	switch e.kind {
	case port:
		return 6
	case target:
		return min(bits.Len8(e.days), 4)
	}
	return 1 + min(bits.Len8(e.days), 4)
}
