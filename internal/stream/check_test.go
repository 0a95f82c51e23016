package stream

import (
	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// check holds what must be true of a follower at any time.
func check(t rapid.TB, w *wire) {
	t.Helper()
	s := &w.f.slab
	taken, recognised, holes := 0, 0, 0
	for k, ch := range s.classes {
		last := int32(-1)
		for i := ch.head; i >= 0; i = s.order[i].next {
			c := &s.all[i]
			if int(c.class) != k || s.order[i].prev != last {
				t.Fatalf("slot %d of class %d is in the chain of %d", i, c.class, k)
			}
			if last >= 0 && s.all[last].last > c.last {
				t.Fatalf("class %d is out of order", k)
			}
			if c.has(waiting) {
				holes++
			}
			if class(k) != undecided {
				recognised++
			}
			if found := find(s, c); found != i {
				t.Fatalf("who looks for slot %d finds %d", i, found)
			}
			last = i
			taken++
		}
	}
	free := 0
	for i := s.free.head; i >= 0; i = s.order[i].next {
		free++
	}
	for i := s.waiting.head; i >= 0; i = s.holes[i].next {
		holes--
	}
	live := 0
	for i := range w.f.openings.Cap() {
		if _, o := w.f.openings.At(i); o != nil && !o.has(letGo) {
			live++
		}
	}
	cells := 0
	for _, n := range w.f.live.cells {
		cells += int(n)
	}
	if cells != live+taken {
		t.Fatalf("the filter counts %d, there are %d openings and %d conversations", cells, live, taken)
	}
	st := w.f.Stats()
	if taken+free != len(s.all) || free == 0 || taken != st.Followed || recognised != st.Recognised || recognised > s.most || holes != 0 || live != st.Openings {
		t.Fatalf("%d taken, %d free, %d recognised, %d more wait than are in the chain, %d openings: %+v", taken, free, recognised, holes, live, st)
	}
}

// find looks for a conversation as its next segment would.
func find(s *slab, c *conversation) int32 {
	ev := packet.Event{Src: c.client, SrcPort: c.clientPort, Dst: c.server, DstPort: c.serverPort}
	return s.find(&segment{ev: &ev, hash: c.hash, realm: c.realm})
}

// checkEnds holds that each conversation told of ended once, as the last of it.
func checkEnds(t rapid.TB, w *wire) {
	t.Helper()
	over := map[uint64]bool{}
	for i := range w.all {
		l := &w.all[i]
		if over[l.ID] {
			t.Fatalf("conversation %d goes on after its end", l.ID)
		}
		if _, told := over[l.ID]; l.End && !told {
			t.Fatalf("conversation %d ended before it began", l.ID)
		}
		over[l.ID] = l.End
	}
	for id, end := range over {
		if !end {
			t.Fatalf("conversation %d did not end", id)
		}
	}
}
