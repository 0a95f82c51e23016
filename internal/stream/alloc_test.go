package stream

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// traffic is a mix of everything: connections that are let go, sessions with orders, file
// sharing, and gaps.
func traffic(rounds int) (segs []seg) {
	now := packettest.Start
	add := func(s seg) {
		now = now.Add(time.Millisecond)
		s.ev.Time = now
		segs = append(segs, s)
	}
	for i := range rounds {
		for j, turns := range [][]turn{bot(), person(), lookAlikes[i%len(lookAlikes)].turns} {
			c := dial("10.0.0.1", botServer, uint16(i), uint16(6667+j))
			c.realm = uint32(i % 2)
			if i%3 > 0 {
				add(c.at(client, 0, packet.SYN, ""))
				add(c.at(server, 0, packet.SYN|packet.ACK, ""))
			}
			for k, turn := range turns {
				s := c.says(turn.from, turn.text)
				if (i+k)%7 > 0 {
					add(s)
				}
			}
			if i%2 == 0 {
				add(c.fin(client))
				add(c.fin(server))
			}
		}
	}
	return segs
}

func TestObserveDoesNotAllocate(t *testing.T) {
	segs := traffic(300)
	c := DefaultConfig()
	c.Openings, c.Followed = 1024, 64
	f := New(c, testSite(), 1)
	out := make([]Talk, 0, 256)
	told, rest := 0, segs
	if n := testing.AllocsPerRun(1, func() { // the first half is its warm-up
		for i := range rest[:len(segs)/2] {
			s := &rest[i]
			out = f.Observe(&s.ev, s.data, out[:0])
			told += len(out)
		}
		rest = rest[len(segs)/2:]
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
	if s := f.Stats(); told < 300 || s.Gaps == 0 || s.Middle == 0 || s.UndecidedLost+s.RecognisedLost == 0 {
		t.Errorf("%d told: too little happened: %+v", told, s)
	}
}
