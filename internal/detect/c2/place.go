package c2

import (
	"math"
	"math/bits"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

const (
	// companyFor is how long hosts are company to each other.
	companyFor = 24 * time.Hour
	// membersKept is how many hosts of a place are known one by one; of others only how
	// many there are.
	membersKept = 16
	// sketchBits count them by linear counting (Whang et al. 1990), good to some 2000.
	sketchBits = 512
)

// company is whom a session shares its places with, the most telling last.
type company uint8

const (
	alone     company = iota
	onServer          // several home hosts on one new server
	inChannel         // in one channel
	alike             // and their nicks have one pattern
)

// placeKey names a server, or a channel of one.
type placeKey struct {
	server packet.Addr
	realm  uint32 // of a server inside
	room   uint64 // hash of the channel, 0: the server itself
}

// place is who was met there within a day.
type place struct {
	since   packet.Time // the sketch counts from then
	last    packet.Time
	sketch  [sketchBits / 64]uint64
	members [membersKept]member
}

// member is a home host in a place.
type member struct {
	at      packet.Time
	host    uint64 // hash, 0: free
	session uint64
	nick    uint64 // hash
	pattern uint64 // of the nick, hashed; 0: none to speak of
}

func (m *member) there(now packet.Time) bool { return m.host != 0 && now.Sub(m.at) < companyFor }

// enter notes a host in a place; met is false if it was not there within the day, before is
// what was known of it.
func (p *place) enter(m member, lost *uint64) (before member, met bool) {
	p.turn(m.at)
	p.last = m.at
	p.count(m.host)
	slot := &p.members[0]
	for i := range p.members {
		o := &p.members[i]
		if o.host == m.host {
			before, met = *o, o.there(m.at)
			*o = m
			return before, met
		}
		if o.at < slot.at {
			slot = o
		}
	}
	if slot.there(m.at) {
		*lost++
	}
	*slot = m
	return member{}, false
}

// turn begins the count anew each day, with those that are known.
func (p *place) turn(now packet.Time) {
	if now.Sub(p.since) < companyFor {
		return
	}
	p.since, p.sketch = now, [sketchBits / 64]uint64{}
	for i := range p.members {
		if m := &p.members[i]; m.there(now) {
			p.count(m.host)
		}
	}
}

func (p *place) count(host uint64) {
	bit := host % sketchBits
	p.sketch[bit/64] |= 1 << (bit % 64)
}

// hosts returns how many home hosts were there within a day.
func (p *place) hosts(now packet.Time) int {
	n := 0
	for i := range p.members {
		if p.members[i].there(now) {
			n++
		}
	}
	if n < membersKept {
		return n
	}
	free := sketchBits
	for _, word := range p.sketch {
		free -= bits.OnesCount64(word)
	}
	return max(n, int(math.Round(-sketchBits*math.Log(float64(max(free, 1))/sketchBits))))
}

// emptier says which place goes when there is no room: the one that nobody came to for
// longest.
func emptier(a, b *place) bool { return a.last < b.last }

func (j *Judge) hashPlace(k *placeKey) uint64 {
	return table.Hash(j.seed, (*[16]byte)(&k.server), k.room^uint64(k.realm)<<32)
}

// place returns a place, a new one if it is not known.
func (j *Judge) place(k placeKey, now packet.Time) *place {
	h := j.hashPlace(&k)
	if _, p := j.places.Get(h, k); p != nil {
		return p
	}
	_, p, evicted := j.places.Claim(h, k, emptier)
	if evicted && now.Sub(p.last) < companyFor {
		j.stats.PlacesLost++
	}
	*p = place{since: now}
	return p
}

// serverOf returns the place that a session's server is.
func serverOf(s *session) placeKey {
	k := placeKey{server: s.server}
	if s.inside {
		k.realm = s.host.realm
	}
	return k
}

// hosts returns how many home hosts the server of a session has, itself among them.
func (j *Judge) hosts(s *session, now packet.Time) int {
	k := serverOf(s)
	if _, p := j.places.Get(j.hashPlace(&k), k); p != nil {
		return max(p.hosts(now), 1)
	}
	return 1
}

// mingle brings a session to its places, and judges those anew that it is company to.
func (j *Judge) mingle(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	m := member{at: now, host: j.hashHost(s.host) | 1, session: s.id}
	if nick := s.irc.Nick(); !s.tls && nick != "" {
		m.nick, m.pattern = hashText(nick, j.seed), patternOf(nick, j.seed)
	}
	key := serverOf(s)
	out = j.enter(s, key, m, out)
	if s.tls {
		return out
	}
	for _, c := range s.irc.Channels() {
		key.room = hashText(c.Name, j.seed)
		out = j.enter(s, key, m, out)
	}
	return out
}

// enter brings a session to one place.
func (j *Judge) enter(s *session, k placeKey, m member, out []alert.Finding) []alert.Finding {
	p := j.place(k, m.at)
	before, met := p.enter(m, &j.stats.MembersLost)
	if met && before.pattern == m.pattern && m.pattern != 0 && before.nick != m.nick {
		s.pattern = true
	}
	if met && before.nick == m.nick && before.session == m.session {
		return out
	}
	return j.meet(s, p, k.room != 0, &m, out)
}

// meet tells a session and those in a place of each other.
func (j *Judge) meet(s *session, p *place, channel bool, m *member, out []alert.Finding) []alert.Finding {
	hosts := p.hosts(m.at)
	together := alone
	switch {
	case hosts < j.cfg.Hosts:
	case channel:
		together = inChannel
	case s.onNewServer():
		together = onServer
	}
	s.company = max(s.company, together)
	for i := range p.members {
		o := &p.members[i]
		if o.host == m.host || !o.there(m.at) {
			continue
		}
		with := together
		if o.pattern == m.pattern && m.pattern != 0 && o.nick != m.nick {
			with = alike
		}
		s.company = max(s.company, with)
		out = j.joined(o.session, with, hosts, m.at, out)
	}
	return out
}

// joined tells a session that somebody came.
func (j *Judge) joined(id uint64, with company, hosts int, now packet.Time, out []alert.Finding) []alert.Finding {
	_, o := j.sessions.Get(j.hashSession(id), id)
	switch {
	case o == nil:
	case with > o.company:
		o.company = with
		return j.weigh(o, now, out)
	case hosts >= 10:
		return j.grown(o, now, out)
	}
	return out
}
