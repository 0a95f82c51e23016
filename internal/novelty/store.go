// Package novelty remembers what was seen at the edge of a site, for months and within a
// fixed memory, and answers whether something was ever seen before.
package novelty

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Sight is what was known of a thing when it was seen. Times are to the minute.
type Sight struct {
	First packet.Time // first seen; now, if never before
	Last  packet.Time // latest seen before this; 0 if never
	Count uint32      // minutes in which it was seen, this one included
	// New: first seen within Config.NewFor, and not while the store was learning unless it
	// still is. Never seen before at all is Last == 0.
	New bool
	// Learning: the store has not watched long enough for New to tell anything.
	Learning bool
}

// Stats counts what the store holds and what it could not keep.
type Stats struct {
	Entries  int
	Lost     uint64        // displaced before their time (detect.novelty.tables.seen)
	Watched  time.Duration // time in which there was traffic
	Learning bool
}

// Store remembers. Not for concurrent use. All its memory is allocated by New.
type Store struct {
	cfg      Config
	age      minute
	newFor   minute
	seed     uint64
	services []uint32 // hash of the name, by group
	table    *table.Table[key, entry]
	worse    func(a, b *entry) bool
	now      minute
	latest   packet.Time // packet that was told of
	watched  time.Duration
	learned  packet.Time // when learning was over, 0 before
	lost     uint64
}

// New returns an empty store for a valid configuration. services are the names of the
// groups by index. A replay uses a fixed seed, a live sensor a secret one.
func New(cfg Config, services []string, seed uint64) *Store {
	s := &Store{
		cfg: cfg, age: minutesOf(cfg.Age), newFor: minutesOf(cfg.NewFor), seed: seed,
		table: table.New[key, entry](cfg.Tables.Seen),
	}
	for _, name := range services {
		s.services = append(s.services, nameHash(name))
	}
	s.worse = s.lesser
	s.unlearn()
	return s
}

// unlearn has learning begin, if there is any.
func (s *Store) unlearn() {
	s.watched, s.learned = 0, 0
	if s.cfg.Learning == 0 {
		s.learned = 1
	}
}

// Stats returns the counters.
func (s *Store) Stats() Stats {
	return Stats{Entries: s.table.Used(), Lost: s.lost, Watched: s.watched, Learning: s.learned == 0}
}

// maxGap is how much of a time without any packet counts as watched, as in internal/flow:
// a recording with a gap of a month shows nothing of that month.
const maxGap = time.Hour

// Watch tells that a packet of that time was seen. Once a minute is enough.
func (s *Store) Watch(now packet.Time) {
	if s.latest != 0 {
		s.watched += min(max(0, now.Sub(s.latest)), maxGap)
	}
	s.latest = max(s.latest, now)
	if s.learned == 0 && s.watched >= s.cfg.Learning {
		s.learned = min(max(now, 1), lastMinute.time())
	}
}

// Service notes that a home host tried a service group outward.
func (s *Store) Service(now packet.Time, host packet.Addr, realm uint32, group uint8) Sight {
	return s.note(now, key{addr: host, realm: realm, what: s.services[group], kind: service})
}

// IRCServer notes an IRC server outside.
func (s *Store) IRCServer(now packet.Time, addr packet.Addr, p uint16) Sight {
	return s.note(now, key{addr: addr, what: uint32(p), kind: ircServer})
}

// Target notes that a server outside answered a home host.
func (s *Store) Target(now packet.Time, addr packet.Addr, p uint16) Sight {
	return s.note(now, key{addr: addr, what: uint32(p), kind: target})
}

// Port notes that some server outside answered a home host on a port.
func (s *Store) Port(now packet.Time, p uint16) Sight {
	return s.note(now, key{what: uint32(p), kind: port})
}

func (s *Store) note(at packet.Time, k key) Sight {
	s.now = minuteOf(at)
	h := k.hash(s.seed)
	_, e := s.table.Get(h, k)
	if e != nil && !s.aged(e) {
		v := s.sight(e)
		v.Last = e.last.time()
		e.see(s.now)
		v.Count = e.count
		return v
	}
	if e == nil {
		e = s.claim(h, k)
	}
	*e = fresh(k.kind, s.now)
	return s.sight(e)
}

func (s *Store) sight(e *entry) Sight {
	return Sight{
		First: e.first.time(), Count: e.count, Learning: s.learned == 0,
		New: s.now >= e.first && s.now-e.first < s.newFor && e.first >= minuteOf(s.learned),
	}
}

func (s *Store) claim(h uint64, k key) *entry {
	_, e, evicted := s.table.Claim(h, k, s.worse)
	if evicted && !s.aged(e) {
		s.lost++
	}
	return e
}

// aged reports whether an entry was not seen for so long that it is forgotten.
func (s *Store) aged(e *entry) bool { return s.now > e.last && s.now-e.last > s.age }

// lesser says what has to go first: what is forgotten anyway, then what is worth least,
// then what was not seen for longest.
func (s *Store) lesser(a, b *entry) bool {
	x, y := s.worth(a), s.worth(b)
	if x != y {
		return x < y
	}
	return a.last < b.last
}

func (s *Store) worth(e *entry) int {
	if s.aged(e) {
		return 0
	}
	return e.worth()
}
