// Package stream puts the octets of TCP connections in order, of the few that could be IRC,
// IRC over TLS or SMB, and has internal/irc and internal/smb read them. All others it lets
// go by their first octets. Its memory is fixed at start.
//
// A connection is an opening from its SYN to its first octets, and a conversation from
// then on, if those could be one of the protocols. What was let go is remembered for a
// while, so that a file of IRC lines that comes by HTTP is not taken for IRC met half-way.
package stream

import (
	"math"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Site is what the follower has to know of the place. All functions but Follow must be there.
type Site struct {
	Home   func(packet.Addr) bool       // whether an address is ours
	Realm  func(*packet.Event) uint32   // id that separates hosts of equal addresses, 0 for none
	SMB    func(serverPort uint16) bool // where SMB is spoken
	IRCTLS func(serverPort uint16) bool // where IRC over TLS is spoken

	// Follow is told of each connection that is followed from now on, and no more: a live
	// source leaves out most segments of the others. Nil where nobody asks.
	Follow func(client, server packet.Addr, clientPort, serverPort uint16, on bool)
}

// Follower finds conversations in a stream of events. Not for concurrent use. All its
// memory is allocated by New.
type Follower struct {
	cfg      Config
	site     Site
	seed     uint64
	now      packet.Time
	due      packet.Time // nothing falls due before
	ids      uint64      // given to conversations
	live     filter
	openings openings
	slab     slab
	stats    Stats
}

// New returns a follower for a valid configuration. A replay uses a fixed seed, a live
// sensor a secret one.
func New(cfg Config, site Site, seed uint64) *Follower {
	return &Follower{
		cfg:      cfg,
		site:     site,
		seed:     seed,
		openings: openings{Table: table.New[struct{}, opening](cfg.Openings)},
		slab:     newSlab(&cfg),
	}
}

// segment is a TCP segment at hand.
type segment struct {
	ev    *packet.Event
	hash  uint64 // of the connection, the same for both directions
	cell  uint16 // of the filter
	realm uint32
	seq   uint32 // of the first octet of payload
	data  []byte // payload as far as it was captured
}

func (s *segment) has(flags uint8) bool { return s.ev.TCPFlags&flags != 0 }

// Observe takes one event with its captured TCP payload, appends what the conversations
// came to to out, after those that fell due before it, and returns out. The sessions that
// a Talk leads to are valid until the next call. Events come in order of time; one that
// does not counts as of the latest.
func (f *Follower) Observe(ev *packet.Event, payload []byte, out []Talk) []Talk {
	if ev.Time >= f.due {
		out = f.Advance(ev.Time, out)
	}
	if ev.Kind != packet.KindTCP || ev.Flags&packet.FlagCut != 0 {
		return out
	}
	const turns = packet.SYN | packet.FIN | packet.RST
	if ev.Payload == 0 && ev.TCPFlags&turns == 0 {
		return out
	}
	cell := cellOf(f.seed, ev)
	if !f.live.has(cell) && ev.TCPFlags&packet.SYN == 0 && !irc.Could(payload) {
		return out
	}
	return f.segment(ev, cell, payload, out)
}

// hash returns the seeded hash of a connection without its realm.
func (f *Follower) hash(ev *packet.Event) uint64 {
	return table.Hash(f.seed, (*[16]byte)(&ev.Src), uint64(ev.SrcPort)) +
		table.Hash(f.seed, (*[16]byte)(&ev.Dst), uint64(ev.DstPort))
}

// segment takes what Observe did not let pass: a segment of a connection that is known,
// one that opens a connection, or one that looks like IRC met half-way.
func (f *Follower) segment(ev *packet.Event, cell uint16, payload []byte, out []Talk) []Talk {
	f.now = max(f.now, ev.Time)
	s := segment{ev: ev, hash: f.hash(ev), cell: cell, realm: f.site.Realm(ev), seq: ev.Seq, data: payload}
	if s.realm != 0 {
		s.hash = table.Hash(s.hash, &[16]byte{}, uint64(s.realm))
	}
	if s.has(packet.SYN) {
		s.seq++
	}
	return f.dispatch(&s, out)
}

func (f *Follower) dispatch(s *segment, out []Talk) []Talk {
	if s.has(packet.SYN) && s.has(packet.FIN|packet.RST) {
		return out // nobody means that
	}
	if i := f.slab.find(s); i >= 0 {
		return f.followed(i, s, out)
	}
	_, o := f.openings.get(s.hash)
	switch {
	case s.has(packet.SYN):
		return f.opens(s, o, out)
	case o == nil:
		return f.halfway(s, out)
	case o.has(letGo) && o.since <= f.now.Add(-remembers):
		f.forget(s.hash)
		return f.halfway(s, out)
	case o.has(letGo):
		return f.refused(s, o, out)
	}
	return f.opened(s, o, out)
}

// Advance tells that it is now, appends the conversations that ended by that or that went
// on behind a gap, each with its deadline as its time, and returns out.
func (f *Follower) Advance(now packet.Time, out []Talk) []Talk {
	for now >= f.due {
		i, at, gap := f.slab.due()
		if i < 0 || at > now {
			break
		}
		f.now = max(f.now, at)
		if gap {
			out = f.waitedLongEnough(i, out)
		} else {
			out = f.fellQuiet(i, out)
		}
	}
	f.now = max(f.now, now)
	if now >= f.due {
		f.due = math.MaxInt64
		if i, at, _ := f.slab.due(); i >= 0 {
			f.due = at
		}
	}
	return out
}

// dueBy notes that something falls due then.
func (f *Follower) dueBy(t packet.Time) { f.due = min(f.due, t) }
