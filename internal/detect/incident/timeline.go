package incident

import (
	"slices"
	"unicode/utf8"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// How many moments are kept: of an incident, and of a host before there is one.
const (
	momentsKept = 24
	beforeKept  = 4
)

// moment is a step on the way, as it stands in the timeline.
type moment struct {
	time    packet.Time
	peer    packet.Addr
	count   uint32
	port    uint16
	family  family
	strong  bool
	event   text20
	uid     text32
	message text240
}

func momentOf(ev *Evidence) (m moment) {
	m = moment{
		time: ev.Began, peer: ev.Peer, count: uint32(max(0, ev.Count)), port: ev.Port,
		family: ev.Kind.family(), strong: ev.Strong,
	}
	if m.time == 0 {
		m.time = ev.Time
	}
	m.event.n = copied(m.event.octets[:], ev.Event)
	m.uid.n = copied(m.uid.octets[:], ev.UID)
	m.message.n = copied(m.message.octets[:], ev.Message)
	return m
}

// same reports whether both tell of the same thing: of the same episode, of a score that is
// told by every step again, or with the same words. There is one infection of a host.
func (m *moment) same(o moment) bool {
	switch {
	case m.family != o.family || m.event != o.event || m.uid != o.uid:
		return false
	case m.uid.n > 0, m.family == sweeps, m.family == infections:
		return true
	}
	return m.message == o.message
}

// renew takes over what is told by now; its place is where it began.
func (m *moment) renew(o *moment) {
	at, known := m.time, m.strong
	*m = *o
	m.time, m.strong = at, known || o.strong
}

// line is the timeline of an incident, shortline that of a host before there is one; in
// order of time. The last place is where a new moment is until one has to go.
type (
	line struct {
		n       uint8
		moments [momentsKept + 1]moment
	}
	shortline struct {
		n       uint8
		moments [beforeKept + 1]moment
	}
)

func (l *line) put(m *moment) (gone family, ok bool)      { return put(l.moments[:], &l.n, m) }
func (l *shortline) put(m *moment) (gone family, ok bool) { return put(l.moments[:], &l.n, m) }

// put takes a moment in, or what is new about one that is known. If that takes the place of
// another, it returns whose.
func put(ms []moment, n *uint8, m *moment) (gone family, ok bool) {
	i := slices.IndexFunc(ms[:*n], m.same)
	switch {
	case i >= 0 && m.family != infections:
		ms[i].renew(m)
		return 0, false
	case i >= 0: // by somebody else, at another time
		copy(ms[i:], ms[i+1:*n])
		*n--
	}
	at := int(*n)
	for at > 0 && ms[at-1].time > m.time {
		at--
	}
	copy(ms[at+1:], ms[at:*n])
	ms[at] = *m
	*n++
	if int(*n) < len(ms) {
		return 0, false
	}
	i = dispensable(ms)
	gone = ms[i].family
	copy(ms[i:], ms[i+1:])
	*n--
	return gone, true
}

// dispensable returns the moment that says least: one of the middle of a family, else one
// that is not its first, else a weak one; where several are alike one of the family that
// has most, and of that the oldest.
func dispensable(ms []moment) (at int) {
	var before, all [families]int
	for i := range ms {
		all[ms[i].family]++
	}
	most := -1
	for i := range ms {
		f := ms[i].family
		least := all[f]
		switch {
		case before[f] > 0 && before[f] < all[f]-1:
			least += 1000
		case before[f] > 0:
			least += 500
		}
		if !ms[i].strong {
			least += 100
		}
		if least > most {
			most, at = least, i
		}
		before[f]++
	}
	return at
}

// drop takes out what is of a family.
func (l *shortline) drop(f family) {
	kept := slices.DeleteFunc(l.moments[:l.n], func(m moment) bool { return m.family == f })
	l.n = uint8(len(kept))
}

func (m *moment) alert() alert.Moment {
	return alert.Moment{Time: m.time.UTC(), Kind: m.event.String(), Episode: m.uid.String(), Message: m.message.String()}
}

// Texts of fixed size, with as much of a string as fits.
type (
	text20 struct {
		n      uint8
		octets [20]byte
	}
	text32 struct {
		n      uint8
		octets [32]byte
	}
	text240 struct {
		n      uint8
		octets [240]byte
	}
)

func (t *text20) String() string  { return string(t.octets[:t.n]) }
func (t *text32) String() string  { return string(t.octets[:t.n]) }
func (t *text240) String() string { return string(t.octets[:t.n]) }

// copied copies as much of s as fits and returns how long that is. A string is cut where a
// rune begins, and says so if there is room for that.
func copied(dst []byte, s string) uint8 {
	if len(s) <= len(dst) {
		return uint8(copy(dst, s))
	}
	const more = "..."
	end := len(dst) - len(more)
	for back := 1; back < utf8.UTFMax && !utf8.RuneStart(s[end]); back++ {
		end--
	}
	return uint8(copy(dst, s[:end]) + copy(dst[end:], more))
}
