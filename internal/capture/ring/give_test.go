package ring

import (
	"bytes"
	"os"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestPunts: a frame that came whole is what packet.Parse makes of it, of the record's
// time and interface; what that makes nothing of is counted.
func TestPunts(t *testing.T) {
	hands, clock := newManual()
	now := uint64(hands.mono)
	p := newPaper(t, 1<<20)
	var want []packet.Event
	var said [][]byte
	var counts packet.Stats
	for i, c := range packettest.Cases() {
		if c.Link != packet.LinkEthernet {
			continue
		}
		stamp := now - second + uint64(i)
		head := packet.Event{Time: packet.Time(stamp), Iface: uint16(i), Kind: kindPunt, Held: uint16(len(c.Frame)), Data: uint32(len(c.Frame))}
		p.put(content(head, c.Frame...), 0)
		ev := packet.Event{Iface: uint16(i)}
		st := packet.Parse(c.Link, c.Frame, len(c.Frame), &ev)
		counts.Count(st)
		if st == packet.OK {
			said = append(said, c.Frame[ev.Data:int(ev.Data)+int(ev.Held)])
			ev.Time = clock.Time(stamp)
			want = append(want, ev)
		}
	}
	m := NewMerger([]*Reader{p.open(t)}, 1, clock)
	dst := make([]packet.Event, len(want)+10)
	n, _ := m.Read(dst)
	if s := m.Stats(); n != len(want) || n < 50 || s.Punts != counts || s.Punts.Failed() == 0 || s.Events != uint64(n) || s.Rings[0].Events != uint64(n) {
		t.Fatalf("%d events, want %d, %+v, want %v", n, len(want), m.Stats(), counts)
	}
	for i := range want {
		got := dst[i]
		if !bytes.Equal(m.Payload(&got), said[i]) {
			t.Errorf("event %d carried %q, want %q", i, m.Payload(&got), said[i])
		}
		got.Data = want[i].Data
		if got != want[i] {
			t.Errorf("event %d is %+v, want %+v", i, got, want[i])
		}
	}
}

// TestPuntSnapped: a frame of which only a part came is cut, not malformed.
func TestPuntSnapped(t *testing.T) {
	hands, clock := newManual()
	p := newPaper(t, ringOctets)
	frame := packettest.Ethernet(packettest.TCP("10.0.0.1", "10.0.0.2", 40000, 445, packet.ACK, make([]byte, 900)...))
	head := packet.Event{Time: packet.Time(hands.mono), Kind: kindPunt, Held: 100, Data: uint32(len(frame))}
	p.put(content(head, frame[:100]...), 0)
	m := NewMerger([]*Reader{p.open(t)}, 1, clock)
	dst := make([]packet.Event, 2)
	if n, _ := m.Read(dst); n != 1 || dst[0].Payload != 900 || dst[0].Held != 46 || len(m.Payload(&dst[0])) != 46 {
		t.Errorf("%d events: %+v", n, dst[0])
	}
}

// TestArena: a batch ends early where payloads fill the arena, and the rest comes next.
func TestArena(t *testing.T) {
	hands, clock := newManual()
	for _, kind := range []packet.Kind{packet.KindTCP, kindPunt} {
		p := newPaper(t, 4<<20)
		const events, size = 50, 65535
		frame := packettest.Ethernet(packettest.TCP("10.0.0.1", "10.0.0.2", 40000, 445, packet.ACK, make([]byte, 60000)...))
		for i := range events {
			ev := syn(uint64(hands.mono), uint32(i))
			ev.Kind, ev.Held = kind, size
			octets := append(frame, bytes.Repeat([]byte{byte(i)}, size-len(frame))...)
			p.put(content(ev, octets...), 0)
		}
		m := NewMerger([]*Reader{p.open(t)}, 1, clock)
		dst := make([]packet.Event, 2*events)
		total, reads := 0, 0
		for ; total < events && reads < events; reads++ {
			n, now := m.Read(dst)
			if total += n; n == 0 || total < events && now != dst[n-1].Time {
				t.Fatalf("kind %d: %d events in read %d, now %v", kind, n, reads, now)
			}
			for i := range dst[:n] {
				b := m.Payload(&dst[i])
				if len(b) != int(dst[i].Held) || len(b) < 60000 || kind == packet.KindTCP && b[size-1] != byte(dst[i].Seq) {
					t.Fatalf("kind %d: a payload of %d octets", kind, len(b))
				}
			}
		}
		if total != events || reads < 3 || reads > 4 || m.Stats().Bad != 0 || kind == kindPunt && m.Stats().Punts[packet.OK] != events {
			t.Errorf("kind %d: %d events in %d reads, %+v", kind, total, reads, m.Stats())
		}
	}
}

// TestFull: what the program found no room for is lost, the rest comes in order, and the
// ring has room again.
func TestFull(t *testing.T) {
	k := newKernelRing(t, os.Getpagesize())
	hands, clock := newManual()
	m := NewMerger([]*Reader{k.open(t)}, 1, clock)
	dst := make([]packet.Event, 100)
	for range 10 {
		for i := range uint32(100) {
			k.put(content(syn(uint64(hands.mono), i)))
		}
		failed := k.run(t)
		pending := m.Stats().Rings[0].Pending
		n, _ := m.Read(dst)
		if failed == 0 || n+failed != 100 || pending != n*plainSize {
			t.Fatalf("%d events, %d lost, %d octets waited", n, failed, pending)
		}
		for i, seq := range sequence(dst[:n]) {
			if seq != uint32(i) {
				t.Fatalf("event %d is %d", i, seq)
			}
		}
	}
}

// TestClose: the mapping keeps the ring when its descriptor goes; when the mapping goes,
// nothing of it is touched.
func TestClose(t *testing.T) {
	k := newKernelRing(t, ringOctets)
	hands, clock := newManual()
	m := NewMerger([]*Reader{k.open(t), newPaper(t, ringOctets).open(t)}, 1, clock)
	for i := range uint32(3) {
		k.put(content(syn(uint64(hands.mono)-second, i), 1))
	}
	k.run(t)
	_, _, _ = k.program.Close(), k.ring.Close(), k.script.Close()
	dst := make([]packet.Event, 2)
	if n, _ := m.Read(dst); n != 2 {
		t.Fatalf("%d events", n)
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	n, _ := m.Read(dst)
	if s := m.Stats(); n != 0 || s.Rings[0].Pending != 0 || s.Bad != 0 || s.Events != 2 {
		t.Errorf("%d events after Close, %+v", n, s)
	}
	_ = m.Payload(&dst[0])
}

// TestOpen: what is no ring is refused.
func TestOpen(t *testing.T) {
	p := newPaper(t, ringOctets)
	for _, octets := range []int{0, -4096, 1 << 10, 3 << 12, 12345} {
		if r, err := Open(p.fd, octets); err == nil {
			t.Errorf("%d octets: opened", octets)
			_ = r.Close()
		}
	}
	if _, err := Open(-1, ringOctets); err == nil {
		t.Error("no descriptor: opened")
	}
	k := newKernelRing(t, ringOctets)
	if _, err := Open(k.ring.FD(), 2*ringOctets); err == nil {
		t.Error("a ring of half the size: opened")
	}
	if _, err := Open(k.state.FD(), ringOctets); err == nil {
		t.Error("a map that is no ring: opened")
	}
}

// TestAllocs: reading takes no memory, whatever comes.
func TestAllocs(t *testing.T) {
	for _, of := range [][2]int{{1, 1}, {1, 2}, {4, 1}} {
		hands, clock := newManual()
		var papers []*paper
		var readers []*Reader
		frame := packettest.Ethernet(packettest.TCP("10.0.0.1", "10.0.0.2", 40000, 445, packet.ACK, make([]byte, 100)...))
		for range of[0] {
			p := newPaper(t, ringOctets)
			for i := range uint32(40) {
				stamp := uint64(hands.mono) - second + uint64(i*1000)
				p.put(content(syn(stamp, i)), 0)
				p.put(content(syn(stamp, i)), discardBit)
				p.put([]byte{1}, 0)
				said := syn(stamp, i)
				said.TCPFlags, said.Held, said.Iface = packet.SYN|packet.ACK, 3, 1
				p.put(content(said, 1, 2, 3), 0)
				p.put(content(packet.Event{Time: said.Time, Kind: kindPunt, Held: uint16(len(frame))}, frame...), 0)
			}
			papers, readers = append(papers, p), append(readers, p.open(t))
		}
		m := NewMerger(readers, of[1], clock)
		dst := make([]packet.Event, 50)
		total := 0
		if got := testing.AllocsPerRun(200, func() {
			for i, p := range papers {
				if m.lanes[i].pos == p.end { // once more
					p.consume(0)
					m.lanes[i].pos, m.lanes[i].freed, m.lanes[i].ahead = 0, 0, 0
				}
			}
			n, _ := m.Read(dst)
			total += n
			hands.pass(second)
		}); got != 0 || total < 5000 || m.Stats().Bad == 0 {
			t.Errorf("%v rings and interfaces: %v allocations a Read, %d events, %+v", of, got, total, m.Stats())
		}
	}
}
