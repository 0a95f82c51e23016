package flow

import (
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// hour is a time in hours, in 4 bytes: of watching for aliveness, since 1970 for relays.
type hour uint32

const nsPerHour = 3600 * 1e9

func hourOf(t packet.Time) hour { return hour(max(t, 0) / nsPerHour) }

// seenCache is how many addresses are remembered as marked in the current hour, so that
// nearly every packet costs one comparison and no look-up.
const seenCache = 1 << 14

// hosts remembers which home addresses are alive, and when they last were.
type hosts struct {
	table  *table.Table[struct{}, hour]
	memory hour
	// lost is, by set, the hour until which an address that is not found there may be one
	// that had to go: nothing in such a set is called dark.
	lost []hour
	seen [seenCache]struct {
		tag uint32
		at  hour
	}
}

func newHosts(m *Memory) *hosts {
	h := &hosts{table: table.New[struct{}, hour](m.Addresses), memory: hour(m.Hosts.Hours())}
	h.lost = make([]hour, h.table.Sets())
	return h
}

func staler(a, b *hour) bool { return *a < *b }

// fresh reports whether the address with hash h was not marked in this hour yet, and
// remembers that it is now.
func (hs *hosts) fresh(h uint64, now hour) bool {
	e := &hs.seen[h%seenCache]
	if e.tag == uint32(h>>32) && e.at == now {
		return false
	}
	e.tag, e.at = uint32(h>>32), now
	return true
}

// mark notes that the home address with hash h is alive.
func (hs *hosts) mark(h uint64, now hour) {
	if _, v := hs.table.Get(h, struct{}{}); v != nil {
		*v = max(*v, now)
		return
	}
	_, v, evicted := hs.table.Claim(h, struct{}{}, staler)
	if evicted && *v+hs.memory > now {
		set := hs.table.Set(h)
		hs.lost[set] = max(hs.lost[set], *v+hs.memory)
	}
	*v = now
}

// alive reports whether the address was seen alive within the memory; known is false if
// it may have been and was displaced.
func (hs *hosts) alive(h uint64, now hour) (alive, known bool) {
	if _, v := hs.table.Get(h, struct{}{}); v != nil {
		return *v+hs.memory > now, true
	}
	return false, hs.lost[hs.table.Set(h)] <= now
}
