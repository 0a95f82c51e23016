package outward

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func tcp(src, dst packet.Addr, sport, dport uint16, flags uint8) packet.Event {
	return packet.Event{Time: start, Kind: packet.KindTCP, Src: src, Dst: dst, SrcPort: sport, DstPort: dport, TCPFlags: flags}
}

// What passes all day costs no memory: connections to known ports, to listed hosts that
// were told of, and from listed hosts.
func TestNoAllocations(t *testing.T) {
	l := newLab(t)
	l.listing("203.0.113.9", "203.0.113.10")
	for port := range uint16(100) {
		l.connect(worm, server, port)
	}
	l.wait(25 * time.Hour)
	l.syn(worm, server, 80)
	l.told()
	data := tcp(worm, server, 40000, 80, packet.ACK)
	i := 0
	if n := testing.AllocsPerRun(3000, func() {
		i++
		l.now = l.now.Add(time.Second)
		data.Time = l.now
		l.evidence = l.Packet(&data, l.evidence)
		l.syn(worm, server, 80)
		l.connect(inside(i), outside(i), uint16(i%100))
		l.syn(addr4(203, 0, 113, 10), inside(i), 445)
		l.answer(worm, outside(i), 9999)
		l.try(inside(i), outside(i), 0, 445)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if len(l.evidence) > 1 || l.Stats().Knocked < 3000 || l.Stats().Unasked < 3000 { // one an hour
		t.Errorf("%d pieces of evidence, %+v", len(l.evidence), l.Stats())
	}
}

func addr4(a, b, c, d byte) packet.Addr { return packet.AddrFrom4([]byte{a, b, c, d}) }

// A flood of connections displaces what waits for an answer, and nothing else.
func TestFloodOfConnections(t *testing.T) {
	l := newLab(t)
	l.connect(worm, server, 80)
	for i := range 100_000 {
		l.syn(inside(i), outside(i), uint16(i))
	}
	if s := l.Stats(); s.OpeningsLost < 98_000 || l.store.Stats().Entries != 2 {
		t.Errorf("%+v, %+v", s, l.store.Stats())
	}
	before := l.Stats().OpeningsLost
	l.wait(2 * time.Second)
	for i := range 300 { // what they displace does not wait any more
		l.connect(inside(i), server, 80)
	}
	if s := l.Stats(); s.OpeningsLost-before > 3 || s.Unasked != 0 {
		t.Errorf("%d, %+v", s.OpeningsLost-before, s)
	}
}

func TestBill(t *testing.T) {
	c := novelty.DefaultConfig()
	sum := func() (bytes int64) {
		for _, b := range Bill(&c) {
			bytes += b.Bytes
		}
		return bytes
	}
	if got, want := sum(), int64(1<<15*8+1<<13*(4+40+16)); got != want {
		t.Errorf("%d octets, want %d", got, want)
	}
	c.Alert = true
	if got := sum(); got < 1<<20 {
		t.Errorf("%d octets with episodes", got)
	}
}

func BenchmarkPacket(b *testing.B) {
	c := novelty.DefaultConfig()
	fc := flow.DefaultConfig()
	for _, bench := range []struct {
		name  string
		event func(i int) packet.Event
	}{
		{"data", func(i int) packet.Event { return tcp(worm, outside(i), 40000, 443, packet.ACK) }},
		{"SYN outward", func(i int) packet.Event { return tcp(inside(i), outside(i), 40000, 443, packet.SYN) }},
		{"SYN from outside", func(i int) packet.Event { return tcp(outside(i), inside(i), 40000, 443, packet.SYN) }},
		{"SYN inside", func(i int) packet.Event { return tcp(inside(i), inside(i+1), 40000, 443, packet.SYN) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			j := New(c, Site{Territory: flow.NewTerritory(&fc.Networks)}, novelty.New(c, nil, 1), noLists(), 1)
			events := make([]packet.Event, 1<<14)
			for i := range events {
				events[i] = bench.event(i)
			}
			i := 0
			for b.Loop() {
				i++
				j.Packet(&events[i%len(events)], nil)
			}
		})
	}
}

func noLists() *blocklist.Set { return blocklist.New(nil) }
