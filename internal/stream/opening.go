package stream

import (
	"bytes"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// side is one of the two ends of a connection.
type side uint8

const (
	client side = iota
	server
)

// opening is a connection of which no octet was seen yet, or, with letGo, one that need
// not be looked at any more.
type opening struct {
	since packet.Time // when it was last heard of
	first [2]uint32   // sequence number of each side's first octet, where it is known
	cell  uint16      // of the filter
	facts openingFacts
}

type openingFacts uint8

const (
	clientKnown openingFacts = 1 << iota // first[client] is valid
	serverKnown
	clientLow // the client's end is the lower of the two
	letGo     // not of interest, nor in the filter
	// greeted: let go because the server greeted as none of IRC does. The client has not
	// spoken yet: it decides.
	greeted
)

func (o *opening) has(f openingFacts) bool { return o.facts&f != 0 }

func (o *opening) knows(d side) bool { return o.has(clientKnown << d) }

// know notes the sequence number of the first octet of a side.
func (o *opening) know(d side, first uint32) {
	o.first[d] = first
	o.facts |= clientKnown << d
}

// from returns which side sent ev.
func (o *opening) from(ev *packet.Event) side {
	if low(ev) == o.has(clientLow) {
		return client
	}
	return server
}

// low reports whether the sender is the lower of the two ends.
func low(ev *packet.Event) bool {
	if c := bytes.Compare(ev.Src[:], ev.Dst[:]); c != 0 {
		return c < 0
	}
	return ev.SrcPort < ev.DstPort
}

// rank orders openings by what would be lost with them.
func (o *opening) rank() int {
	switch {
	case o.has(letGo):
		return 0
	case o.facts&(clientKnown|serverKnown) == clientKnown|serverKnown:
		return 2
	}
	return 1 // a sweep, a flood, backscatter; or half a mirror
}

func lesser(a, b *opening) bool {
	if x, y := a.rank(), b.rank(); x != y {
		return x < y
	}
	return a.since < b.since
}

// openings are found by their hash alone: in one of 2^29 look-ups a connection takes
// another one's sequence numbers, and is then let go or followed from a wrong place.
type openings struct {
	*table.Table[struct{}, opening]
	hand int // slot that is looked at next for being old
}

func (os openings) get(hash uint64) (slot int, o *opening) { return os.Get(hash, struct{}{}) }

// remembers is how long a connection that was let go is known for that after its latest
// octets that looked like IRC.
const remembers = time.Hour

// tidied is how many slots are looked at for each connection that is claimed: all of them
// have their turn long before the table is full.
const tidied = 2

// tidy looks at a few slots for connections that have said nothing for too long: while
// they are there they only cost time.
func (f *Follower) tidy() {
	silent := f.now.Add(-f.cfg.Decide)
	for range tidied {
		slot := f.openings.hand
		f.openings.hand = (slot + 1) % f.openings.Cap()
		if _, o := f.openings.At(slot); o != nil && !o.has(letGo) && o.since <= silent {
			f.stats.OpeningsSilent++
			f.dropOpening(slot, o)
		}
	}
}

// dropOpening forgets one that is not let go.
func (f *Follower) dropOpening(slot int, o *opening) {
	f.stats.Openings--
	f.live.remove(o.cell)
	f.openings.Free(slot)
}

// claimOpening makes room for a connection that is not there.
func (f *Follower) claimOpening(s *segment) *opening {
	f.tidy()
	_, o, evicted := f.openings.Claim(s.hash, struct{}{}, lesser)
	if evicted && !o.has(letGo) {
		f.stats.Openings--
		f.stats.OpeningsLost++
		f.live.remove(o.cell)
	}
	*o = opening{since: f.now, cell: s.cell}
	return o
}
