package ring

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestAnswerFirst: queues are emptied up to slack late, each in its own order, some of them
// by the same CPU. Every question comes before its answer then, and nothing is lost or comes
// twice, and time does not go back.
func TestAnswerFirst(t *testing.T) {
	pool := kernelRings(t)
	early := map[bool]uint64{} // by whether there is one ring
	rapid.Check(t, func(t *rapid.T) {
		hands, clock := newManual()
		queues := rapid.IntRange(2, mostRings).Draw(t, "queues")
		rings := pool[:rapid.IntRange(1, queues).Draw(t, "rings")]
		m := NewMerger(fresh(t, rings), queues, clock)
		m.Watch([]uint16{udpService})
		defer m.Close()
		events := drawStream(t, uint64(hands.mono)+10*ms)
		untangle(t, m.asked, events)
		for _, ev := range skewed(t, events, queues) {
			rings[int(ev.Iface)%len(rings)].put(content(ev))
		}
		for _, k := range rings {
			writeAll(t, k)
		}
		hands.pass(100 * ms)
		got := take(t, m, rapid.IntRange(1, 20).Draw(t, "dst"), len(events)+1)
		asked, seen := map[uint32]bool{}, map[uint32]bool{}
		latest := packet.Time(0)
		for i := range got {
			ev := &got[i]
			if ev.Time < latest || seen[ev.Seq] {
				t.Fatalf("event %d: %+v after %v", i, *ev, latest)
			}
			latest, seen[ev.Seq] = ev.Time, true
			if watched.Asks(ev) {
				asked[ev.Tunnel] = true
			} else if watched.Answers(ev) && !asked[ev.Tunnel] && wasAsked(events, ev) {
				t.Fatalf("event %d: %+v before its question", i, *ev)
			}
		}
		if len(got) != len(events) {
			t.Fatalf("%d events of %d", len(got), len(events))
		}
		if s := m.Stats(); s.Reordered+s.Bad != 0 {
			t.Fatalf("%+v", s)
		}
		for i := range m.lanes {
			if len(m.lanes[i].early) != 0 {
				t.Fatalf("ring %d is to leave out %v", i, m.lanes[i].early)
			}
		}
		early[len(rings) == 1] += m.Stats().Early
	})
	if !testing.Short() && (early[true] == 0 || early[false] == 0) { // few streams may have none
		t.Errorf("no question was late: %v", early)
	}
}

// skewed puts events into queues, each an interface and both directions in queues of their
// own, that are emptied up to slack late: in the order, and of the times, of that.
func skewed(t *rapid.T, events []packet.Event, queues int) []packet.Event {
	skew, last := make([]uint64, queues), make([]packet.Time, queues)
	late := slices.Clone(events)
	for i := range late {
		ev := &late[i]
		q := (int(ev.Tunnel) + int(ev.SrcPort)%7) % queues
		if rapid.IntRange(0, 3).Draw(t, "skewed") == 0 {
			skew[q] = rapid.Uint64Range(0, slack-ms/10).Draw(t, "skew")
		}
		last[q] = max(last[q]+1, ev.Time+packet.Time(skew[q]))
		ev.Time, ev.Iface = last[q], uint16(q)
	}
	slices.SortStableFunc(late, func(a, b packet.Event) int { return int(a.Time - b.Time) })
	return late
}

// wasAsked reports whether the stream has a question of the conversation of ev.
func wasAsked(events []packet.Event, ev *packet.Event) bool {
	return slices.ContainsFunc(events, func(q packet.Event) bool { return q.Tunnel == ev.Tunnel && watched.Asks(&q) })
}

// TestOwnOrder: events of one interface in one ring keep their order, an answer before its
// question too, also beside another ring or interface. From another interface, in the same
// ring, the question goes first.
func TestOwnOrder(t *testing.T) {
	for _, c := range []struct {
		rings, interfaces int
		asker             uint16 // interface of the question; the answer's is 0
		want              []uint32
	}{
		{1, 1, 0, []uint32{1, 2, 3}},
		{2, 1, 0, []uint32{1, 2, 3}},
		{1, 2, 0, []uint32{1, 2, 3}},
		{1, 2, 1, []uint32{2, 1, 3}},
		{3, 2, 1, []uint32{2, 1, 3}},
	} {
		hands, clock := newManual()
		p := newPaper(t, ringOctets)
		readers := []*Reader{p.open(t)}
		for range c.rings - 1 {
			readers = append(readers, newPaper(t, ringOctets).open(t))
		}
		m := NewMerger(readers, c.interfaces, clock)
		ask := syn(uint64(hands.mono), 2)
		ask.Iface = c.asker
		answer := ask
		answer.Src, answer.Dst, answer.SrcPort, answer.DstPort = ask.Dst, ask.Src, ask.DstPort, ask.SrcPort
		answer.Time, answer.Seq, answer.TCPFlags, answer.Iface = ask.Time-1000, 1, packet.SYN|packet.ACK, 0
		after := syn(uint64(ask.Time), 3)
		for _, ev := range []packet.Event{answer, ask, after} {
			p.put(content(ev), 0)
		}
		dst := make([]packet.Event, 4)
		if c.rings > 1 || c.interfaces > 1 {
			if n, _ := m.Read(dst); n != 0 || !m.Pending() {
				t.Errorf("%+v: %v came, pending %v, although the question might still come", c, sequence(dst[:n]), m.Pending())
			}
			hands.pass(hold)
		}
		n, _ := m.Read(dst)
		early := m.Stats().Early == 1
		if !slices.Equal(sequence(dst[:n]), c.want) || early != (c.want[0] == 2) || m.Pending() {
			t.Errorf("%+v: %v, %+v", c, sequence(dst[:n]), m.Stats())
		}
		if rest, _ := m.Read(dst); rest != 0 || m.Stats().Bad+m.Stats().Reordered != 0 {
			t.Errorf("%+v: then %v, %+v", c, sequence(dst[:rest]), m.Stats())
		}
	}
}
