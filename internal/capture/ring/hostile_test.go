package ring

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// syn is an event that is told by its sequence number.
func syn(stamp uint64, seq uint32) packet.Event {
	return packet.Event{
		Time: packet.Time(stamp), Kind: packet.KindTCP, TCPFlags: packet.SYN, Proto: packet.ProtoTCP, Seq: seq,
		Src: packet.AddrFrom4([]byte{10, 0, 0, 1}), Dst: packet.AddrFrom4([]byte{10, 0, 0, 2}), SrcPort: 40000, DstPort: 445,
	}
}

// sequence returns the sequence numbers of events.
func sequence(events []packet.Event) (seq []uint32) {
	for i := range events {
		seq = append(seq, events[i].Seq)
	}
	return seq
}

// TestBadRecords: what no program of ours writes is counted and skipped, and what follows
// comes.
func TestBadRecords(t *testing.T) {
	hands, clock := newManual()
	now := uint64(hands.mono)
	good := content(syn(now-second, 1))
	with := func(change func(ev *packet.Event)) []byte {
		ev := syn(now-second, 99)
		change(&ev)
		return content(ev, 1, 2, 3)
	}
	for name, bad := range map[string][]byte{
		"empty":                     {},
		"one octet":                 {1},
		"less than an event":        good[:eventSize-1],
		"octets that are not there": with(func(ev *packet.Event) { ev.Held = 4 }),
		"an unknown kind":           with(func(ev *packet.Event) { ev.Kind = 0xfe }),
		"a frame cut short":         with(func(ev *packet.Event) { ev.Kind, ev.Held = kindPunt, 60000 }),
		"of the future":             with(func(ev *packet.Event) { ev.Time = packet.Time(now + 1) }),
		"before time began":         with(func(ev *packet.Event) { ev.Time = math.MinInt64 }),
	} {
		for _, rings := range []int{1, 3} {
			p := newPaper(t, ringOctets)
			p.put(good, 0)
			p.put(bad, 0)
			p.put(bad, 0)
			p.put(content(syn(now-second, 2)), 0)
			readers := []*Reader{p.open(t)}
			for range rings - 1 {
				readers = append(readers, newPaper(t, ringOctets).open(t))
			}
			m := NewMerger(readers, 1, clock)
			dst := make([]packet.Event, 10)
			n, _ := m.Read(dst)
			if s := m.Stats(); n != 2 || dst[1].Seq != 2 || s.Bad != 2 || s.Rings[0].Pending != 0 {
				t.Errorf("%s, %d rings: %d events %v, %+v", name, rings, n, sequence(dst[:n]), s)
			}
		}
	}
}

// TestBroken: where the next record cannot be found, all that was written is skipped, and
// what is written after that comes.
func TestBroken(t *testing.T) {
	hands, clock := newManual()
	now := uint64(hands.mono)
	for name, spoil := range map[string]func(p *paper){
		"a record behind the end": func(p *paper) { p.header(p.put(content(syn(now, 9)), 0), eventSize+8) },
		"the longest record":      func(p *paper) { p.header(p.put(content(syn(now, 9)), 0), discardBit-1) },
		"discarded, the longest":  func(p *paper) { p.header(p.put(content(syn(now, 9)), 0), 1<<31-1) },
		"more than the ring has":  func(p *paper) { p.end += uint64(p.octets) + 8; p.produce(p.end) },
		"a producer gone back":    func(p *paper) { p.end -= 8; p.produce(p.end) },
	} {
		p := newPaper(t, ringOctets)
		p.put(content(syn(now, 1)), 0)
		m := NewMerger([]*Reader{p.open(t)}, 1, clock)
		dst := make([]packet.Event, 10)
		if n, _ := m.Read(dst); n != 1 {
			t.Errorf("%s: %d events before", name, n)
		}
		spoil(p)
		n, _ := m.Read(dst)
		if s := m.Stats(); n != 0 || s.Bad != 1 || p.consumed() != p.end {
			t.Errorf("%s: %d events, %+v, read up to %d of %d", name, n, s, p.consumed(), p.end)
		}
		p.put(content(syn(now, 2)), 0)
		if n, _ := m.Read(dst); n != 1 || dst[0].Seq != 2 {
			t.Errorf("%s: %d events after", name, n)
		}
	}
}

// TestBusy: what its writer is not done with holds up its ring, and no other one.
func TestBusy(t *testing.T) {
	hands, clock := newManual()
	now := uint64(hands.mono)
	p, other := newPaper(t, ringOctets), newPaper(t, ringOctets)
	m := NewMerger([]*Reader{p.open(t), other.open(t)}, 1, clock)
	dst := make([]packet.Event, 10)
	first := content(syn(now-20*ms, 1))
	at := p.put(first, busyBit)
	p.put(content(syn(now-19*ms, 2)), 0)
	other.put(content(syn(now-18*ms, 3)), 0)
	n, told := m.Read(dst)
	if n != 1 || dst[0].Seq != 3 || p.consumed() != 0 {
		t.Fatalf("%v came, %d octets were freed", sequence(dst[:n]), p.consumed())
	}
	p.header(at, uint32(len(first)))
	n, _ = m.Read(dst)
	if n != 2 || dst[0].Seq != 1 || dst[1].Seq != 2 || m.Stats().Reordered != 2 {
		t.Fatalf("%v came, %+v", sequence(dst[:n]), m.Stats())
	}
	if dst[0].Time != told || dst[1].Time != told {
		t.Errorf("times %v and %v, told was %v", dst[0].Time, dst[1].Time, told)
	}
}

// FuzzRing: whatever lies in the rings, and wherever they say that it ends, reading comes
// to an end, and so does the ring.
func FuzzRing(f *testing.F) {
	good := content(syn(second, 1), 1, 2, 3)
	record := append(binary.LittleEndian.AppendUint64(nil, uint64(len(good))), good...)
	f.Add(record, uint64(96), uint64(0), uint8(1))
	f.Add(append(record[:96:96], record...), uint64(192), uint64(0), uint8(2))
	f.Add([]byte{0, 0, 0, 0x40}, uint64(1<<40), uint64(7), uint8(4))
	f.Add([]byte{0xff, 0xff, 0xff, 0x7f}, uint64(8), uint64(1<<63), uint8(3))
	const octets = 1 << 12
	papers := []*paper{newPaper(f, octets), newPaper(f, octets), newPaper(f, octets)}
	f.Fuzz(func(t *testing.T, data []byte, end, start uint64, rings uint8) {
		_, clock := newManual()
		var readers []*Reader
		for i := range int(rings%3) + 1 {
			p := papers[i]
			clear(p.memory)
			p.write(start, data[:min(len(data), octets)])
			p.write(start+uint64(i)*8+uint64(len(data)), data[:min(len(data), octets)])
			p.consume(start)
			p.produce(start + end)
			readers = append(readers, p.open(t))
		}
		m := NewMerger(readers, int(rings/3%2)+1, clock)
		defer m.Close()
		dst := make([]packet.Event, 16)
		latest := packet.Time(math.MinInt64)
		for range octets {
			n, now := m.Read(dst)
			for i := range dst[:n] {
				ev := &dst[i]
				if ev.Time < latest || len(m.Payload(ev)) != int(ev.Held) {
					t.Fatalf("%+v after %v, payload of %d", ev, latest, len(m.Payload(ev)))
				}
				latest = ev.Time
			}
			if latest = max(latest, now); now != latest {
				t.Fatalf("now is %v after %v", now, latest)
			}
			if n == 0 {
				return
			}
		}
		t.Fatal("it does not end")
	})
}
