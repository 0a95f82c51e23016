package stream

import (
	"math/bits"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// linger is how long a conversation is kept of which one side has closed and the other one
// says nothing: longer than servers leave between two PINGs. On a mirror that shows one
// direction it is how late its end is told.
const linger = 5 * time.Minute

// slab holds the conversations. There is one slot more than may be taken: what a Talk of
// a call leads to stays as it is until the next call, also if it had to go for another.
type slab struct {
	all   []conversation
	index []int32 // first slot by hash, plus one
	order []links // of the classes, and of the free slots
	holes []links // of waiting

	classes    [classes]chain
	quiet      [classes]time.Duration // after which one of the class ends
	free       chain
	waiting    chain // those that miss octets, in order of holed
	gap        time.Duration
	recognised int
	most       int // that may be recognised: the others have room of their own
}

func newSlab(cfg *Config) slab {
	n := slots(cfg)
	s := slab{
		all:     make([]conversation, n),
		index:   make([]int32, indexSize(n)),
		order:   make([]links, n),
		holes:   make([]links, n),
		free:    noChain,
		waiting: noChain,
		gap:     cfg.Gap,
		most:    cfg.Followed - cfg.Followed/8,
	}
	for k := range s.classes {
		s.classes[k], s.quiet[k] = noChain, cfg.Idle
	}
	s.quiet[undecided], s.quiet[closing] = cfg.Decide, min(linger, cfg.Idle)
	for i := range s.all {
		s.free.push(s.order, int32(i))
	}
	return s
}

func slots(cfg *Config) int { return cfg.Followed + 1 }

func indexSize(slots int) int { return 2 << bits.Len(uint(slots-1)) }

func (s *slab) place(hash uint64) *int32 { return &s.index[hash&uint64(len(s.index)-1)] }

// find returns the slot of the conversation that g belongs to, or -1.
func (s *slab) find(g *segment) int32 {
	for i := *s.place(g.hash) - 1; i >= 0; i = s.all[i].sibling - 1 {
		if s.all[i].is(g) {
			return i
		}
	}
	return -1
}

// take returns a free slot for the conversation of g, which from sent.
func (s *slab) take(g *segment, from side, now packet.Time) int32 {
	i := s.free.head
	s.free.drop(s.order, i)
	c := &s.all[i]
	c.start(g, from)
	at := s.place(g.hash)
	c.sibling, *at = *at, i+1
	c.last = now
	s.classes[undecided].push(s.order, i)
	return i
}

// release frees a slot; what is in it stays until it is taken again, after all others
// that are free.
func (s *slab) release(i int32) {
	c := &s.all[i]
	at := s.place(c.hash)
	for *at != i+1 {
		at = &s.all[*at-1].sibling
	}
	*at = c.sibling
	s.settled(i)
	if c.class != undecided {
		s.recognised--
	}
	s.classes[c.class].drop(s.order, i)
	s.free.push(s.order, i)
}

// move puts a conversation into a class, as the one heard of last, and returns when it
// ends if it is not heard again.
func (s *slab) move(i int32, to class, now packet.Time) packet.Time {
	c := &s.all[i]
	s.classes[c.class].drop(s.order, i)
	if c.class == undecided && to != undecided {
		s.recognised++
	}
	c.class, c.last = to, now
	s.classes[to].push(s.order, i)
	return now.Add(s.quiet[to])
}

// wait notes that octets are missing, and returns until when they may come.
func (s *slab) wait(i int32, now packet.Time) packet.Time {
	c := &s.all[i]
	if !c.has(waiting) {
		c.facts |= waiting
		c.holed = now
		s.waiting.push(s.holes, i)
	}
	return c.holed.Add(s.gap)
}

// settled notes that none are.
func (s *slab) settled(i int32) {
	if c := &s.all[i]; c.has(waiting) {
		c.facts &^= waiting
		s.waiting.drop(s.holes, i)
	}
}

// due returns the conversation of which the time runs out first, and when: to fill a gap,
// or to say something at all. -1: there is none.
func (s *slab) due() (i int32, at packet.Time, gap bool) {
	i = -1
	if w := s.waiting.head; w >= 0 {
		i, at, gap = w, s.all[w].holed.Add(s.gap), true
	}
	for k, ch := range s.classes {
		if ch.head < 0 {
			continue
		}
		if t := s.all[ch.head].last.Add(s.quiet[k]); i < 0 || t < at {
			i, at, gap = ch.head, t, false
		}
	}
	return i, at, gap
}

// victim returns who goes when room is needed among conversations of the classes from
// first on.
func (s *slab) victim(first class) int32 {
	for _, ch := range s.classes[first:] {
		if ch.head >= 0 {
			return ch.head
		}
	}
	return -1
}
