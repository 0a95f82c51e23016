package c2

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
	"github.com/wormwatch/wormwatch/internal/table"
)

// session is all that is kept of one: enough to judge it again when others join it, and to
// show it when it is gone. It has no pointer.
type session struct {
	id      uint64
	host    host
	server  packet.Addr
	began   packet.Time
	last    packet.Time // latest packet
	due     packet.Time // of its waiting, 0 before it begins
	episode packet.Time // start of the one that counts it as open, 0: none does
	irc     irc.Session
	score   score
	nick    text // the most telling that it used
	listed  text // blocklist that names the server
	slot    int32
	link    link // in the queue of those that wait
	company company
	told    classes // what of it was told
	port    uint16
	vlan    uint16
	iface   uint16
	mac     [6]byte

	fresh      bool // this is its first talk
	tls        bool
	inside     bool // the server is ours
	oneWay     bool // nothing of the server is seen
	allowed    bool
	novel      bool // the server is new to the site
	learning   bool // so is every server
	pattern    bool // the host came back under a nick of the same pattern
	hasty      bool // it waits in the queue for what is answered any moment
	overdue    bool // it was not welcomed for as long as is waited
	unanswered bool // nothing came back for as long
	over       bool // the conversation ended
}

// text is a short string in a fixed place, raw, cut where it is longer.
type text struct {
	n uint8
	b [47]byte
}

func (t *text) set(s string) { t.n = uint8(copy(t.b[:], s)) }

func (t *text) is(s string) bool { return string(t.b[:t.n]) == s[:min(len(s), len(t.b))] }

func (t *text) String() string { return string(t.b[:t.n]) }

// onNewServer reports whether the server is new, for all that is known.
func (s *session) onNewServer() bool { return s.novel || s.learning }

// recognised reports whether the conversation is one to judge.
func (s *session) recognised() bool { return s.tls || s.irc.Verdict() == irc.IRC }

// has reports whether any of fs is known of it.
func (s *session) has(fs irc.Facts) bool { return s.irc.Facts()&fs != 0 }

// dead reports whether its server was waited for in vain.
func (s *session) dead() bool { return s.unanswered && !s.has(irc.Answered) }

// rank orders the sessions of a host by how telling they are. That one server did not
// answer makes it no more telling than one that did.
func (s *session) rank() float64 { return s.score.sum() - s.score[partUnanswered] }

func (j *Judge) hashSession(id uint64) uint64 { return table.Hash(j.seed, &[16]byte{}, id) }

// session returns what is kept of a conversation; the first time that is nothing.
func (j *Judge) session(t *stream.Talk) *session {
	h := j.hashSession(t.ID)
	if _, s := j.sessions.Get(h, t.ID); s != nil {
		s.fresh = false
		return s
	}
	slot, s, evicted := j.sessions.Claim(h, t.ID, lesser)
	if evicted {
		j.stats.SessionsLost++
		j.release(s)
	}
	*s = session{
		id: t.ID, slot: int32(slot), host: host{t.Client, t.Realm}, server: t.Server, port: t.ServerPort,
		began: t.Began, tls: t.Proto == stream.TLS, inside: j.site.Home(t.Server), fresh: true,
	}
	return s
}

// lesser says which session goes when there is no room: one that is over before one that
// goes on, of which nothing was told before the others, the older one.
func lesser(a, b *session) bool {
	switch {
	case a.over != b.over:
		return a.over
	case a.told != b.told:
		return a.told < b.told
	}
	return a.last < b.last
}

// learn takes what is new of the session, and reports whether that is anything. What was
// once known of the server stays: a session that began on a new one did so.
func (s *session) learn(t *stream.Talk, k *Known, newFor time.Duration) (news bool) {
	if !t.End {
		s.last = max(s.last, t.Time) // the end may be one that no packet told
	}
	s.vlan, s.iface, s.oneWay = t.VLAN, t.Iface, t.OneWay
	if t.MAC != [6]byte{} {
		s.mac = t.MAC
	}
	news = s.fresh
	if t.Proto == stream.IRC && s.irc != *t.IRC {
		s.irc, news = *t.IRC, true
	}
	if !s.novel && (k.Novel || k.First != 0 && t.Time.Sub(k.First) < newFor) {
		s.novel, news = true, true
	}
	if !s.learning && k.Learning {
		s.learning, news = true, true
	}
	if k.Listed != "" && !s.listed.is(k.Listed) {
		s.listed.set(k.Listed)
		news = true
	}
	return news
}

// ended takes the end of a conversation. A session that waits is kept so long, if there is
// still to tell of it then: that nobody answered, or anything.
func (j *Judge) ended(s *session) {
	s.over = true
	j.leave(s)
	if !s.link.in || s.told != 0 && s.has(irc.Answered) {
		j.forget(s)
	}
}

func (j *Judge) forget(s *session) {
	slot := int(s.slot)
	j.release(s)
	j.sessions.Free(slot)
}

// release takes a session out of everything that leads to it.
func (j *Judge) release(s *session) {
	if s.hasty {
		j.hasty.remove(s)
	} else {
		j.waiting.remove(s)
	}
	j.leave(s)
}
