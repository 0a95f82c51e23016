package ring

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// udpService is the watched port of the conversations by UDP; their clients have a lower one.
const udpService = 137

var watched = func() *capture.Services {
	s := new(capture.Services)
	s.Watch([]uint16{udpService})
	return s
}()

// mostRings is how many rings the properties are tried with.
const mostRings = 5

// kernelRings makes rings that are used for many streams.
func kernelRings(t *testing.T) (rings []*kernelRing) {
	for range mostRings {
		rings = append(rings, newKernelRing(t, ringOctets))
	}
	return rings
}

// conversation appends what two hosts say to each other from stamp on: by name of the
// port, of all kinds that ask and answer.
func conversation(events []packet.Event, id uint32, what int, stamp, gap uint64) []packet.Event {
	client, server := packet.AddrFrom4([]byte{10, 0, byte(id >> 8), byte(id)}), packet.AddrFrom4([]byte{10, 9, 0, 1})
	up := packet.Event{Src: client, Dst: server, SrcPort: 40000, DstPort: 445, Tunnel: id, Kind: packet.KindTCP, Proto: packet.ProtoTCP}
	down := up
	down.Src, down.Dst, down.SrcPort, down.DstPort = up.Dst, up.Src, up.DstPort, up.SrcPort
	say := func(ev packet.Event, flags uint8) {
		ev.Time, ev.TCPFlags = packet.Time(stamp), flags
		events = append(events, ev)
		stamp += gap
	}
	switch what {
	case 0: // a handshake, quick
		say(up, packet.SYN)
		say(down, packet.SYN|packet.ACK)
		say(up, packet.ACK)
		say(up, packet.PSH|packet.ACK)
		say(down, packet.RST|packet.ACK)
	case 1:
		say(up, packet.SYN)
		say(down, packet.RST|packet.ACK)
	case 2:
		say(up, packet.SYN)
		down.Kind = packet.KindUnreachable
		say(down, 0)
	case 3: // who asks again after each answer
		up.Kind, down.Kind, up.DstPort, down.SrcPort = packet.KindUDP, packet.KindUDP, udpService, udpService
		up.SrcPort, down.DstPort = 100, 100
		up.Proto, down.Proto = packet.ProtoUDP, packet.ProtoUDP
		for range 4 {
			say(up, 0)
			say(down, 0)
		}
	case 4:
		up.Kind, down.Kind, up.Proto, down.Proto = packet.KindARPRequest, packet.KindARPReply, 0, 0
		say(up, 0)
		say(down, 0)
	case 5: // nobody asked
		say(down, packet.SYN|packet.ACK)
		say(down, packet.RST)
	}
	return events
}

const conversations = 6

// drawStream draws conversations that overlap. No two events are of the same time; Seq
// numbers them in order of time.
func drawStream(t *rapid.T, start uint64) (events []packet.Event) {
	for i := range rapid.IntRange(1, 25).Draw(t, "conversations") {
		from := start + uint64(rapid.IntRange(0, 30_000).Draw(t, "start, µs"))*1000
		gap := uint64(rapid.IntRange(1, 3_000).Draw(t, "gap, µs")) * 1000
		events = conversation(events, uint32(i), rapid.IntRange(0, conversations-1).Draw(t, "what"), from, gap)
	}
	slices.SortStableFunc(events, func(a, b packet.Event) int { return int(a.Time - b.Time) })
	for i := range events {
		events[i].Time += packet.Time(i) // ns
		events[i].Seq = uint32(i)
	}
	return events
}

// TestAnyRings: a stream comes out the same, however it is spread over however many
// rings, whatever the size of dst, whenever it is read, and although what the CPUs are
// about comes into the rings up to 0.9 ms late.
func TestAnyRings(t *testing.T) {
	pool := kernelRings(t)
	rapid.Check(t, func(t *rapid.T) {
		hands, clock := newManual()
		rings := pool[:rapid.IntRange(1, mostRings).Draw(t, "rings")]
		m := NewMerger(fresh(t, rings), 1, clock)
		m.Watch([]uint16{udpService})
		defer m.Close()
		events := drawStream(t, uint64(hands.mono)+10*ms)
		untangle(t, m.asked, events)
		var late []uint64
		for range rings {
			late = append(late, uint64(rapid.IntRange(0, 900).Draw(t, "late, µs"))*1000)
		}
		if len(rings) == 1 {
			late[0] = 0
		}
		of := make([]int, len(events))
		for i := range events {
			of[i] = rapid.IntRange(0, len(rings)-1).Draw(t, "ring")
		}
		size := rapid.IntRange(1, 20).Draw(t, "dst")
		var got []packet.Event
		next := make([]int, len(rings)) // event to be written
		for end := uint64(events[len(events)-1].Time); uint64(hands.mono) < end+10*ms; {
			hands.pass(uint64(rapid.IntRange(1, 9_000).Draw(t, "pass, µs")) * 1000)
			for r, k := range rings {
				i := next[r]
				for ; i < len(events) && uint64(events[i].Time)+late[r] <= uint64(hands.mono); i++ {
					if of[i] == r {
						k.put(content(events[i]))
					}
				}
				next[r] = i
				writeAll(t, k)
			}
			got = append(got, take(t, m, size, rapid.IntRange(1, 8).Draw(t, "reads"))...)
		}
		got = append(got, take(t, m, size, len(events))...)
		if len(got) != len(events) {
			t.Fatalf("%d events of %d: %+v", len(got), len(events), m.Stats())
		}
		for i := range got {
			want := events[i]
			want.Time = clock.Time(uint64(want.Time))
			if got[i] != want {
				t.Fatalf("event %d is %+v, want %+v", i, got[i], want)
			}
		}
		if s := m.Stats(); s.Reordered+s.Early+s.Bad != 0 {
			t.Fatalf("%+v", s)
		}
	})
}

// untangle sees to it that no two questions share a slot: only one of them would be known.
func untangle(t *rapid.T, q *questions, events []packet.Event) {
	if q == nil {
		return
	}
	for range 100 {
		if !clash(q, events) {
			return
		}
		q.seed = newQuestions().seed
	}
	t.Fatal("questions share their slots with all of 100 seeds")
}

func clash(q *questions, events []packet.Event) bool {
	slots := map[*question]uint32{}
	for i := range events {
		if ev := &events[i]; watched.Asks(ev) {
			s, tag := q.slot(&ev.Src, &ev.Dst, ev.SrcPort, ev.DstPort, ev.Proto)
			if other, taken := slots[s]; taken && other != tag {
				return true
			}
			slots[s] = tag
		}
	}
	return false
}

// fresh maps rings anew, and forgets what an earlier stream left in them.
func fresh(t *rapid.T, rings []*kernelRing) (readers []*Reader) {
	for _, k := range rings {
		r, err := Open(k.ring.FD(), ringOctets)
		if err != nil {
			t.Fatal(err)
		}
		r.refresh()
		r.pos = r.end
		r.release()
		k.forget()
		readers = append(readers, r)
	}
	return readers
}

// take reads some times, and checks what is told of the time.
func take(t *rapid.T, m *Merger, size, times int) (got []packet.Event) {
	dst := make([]packet.Event, size)
	for range times {
		n, now := m.Read(dst)
		got = append(got, dst[:n]...)
		if n > 0 && now < dst[n-1].Time {
			t.Fatalf("now is %v, the last event of %v", now, dst[n-1].Time)
		}
		again, then := m.Read(nil)
		if again != 0 || then != now {
			t.Fatalf("time went from %v to %v without an event", now, then)
		}
	}
	return got
}

func writeAll(t *rapid.T, k *kernelRing) {
	if failed := k.run(t); failed != 0 {
		t.Fatalf("no room for %d", failed)
	}
}
