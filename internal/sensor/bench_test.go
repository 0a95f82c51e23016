package sensor

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// fullSensor is one with the tables of the default configuration.
func fullSensor() *Sensor {
	cfg := defaults()
	groups := cfg.Flow.Groups()
	return New(cfg, Site{Sensor: "bench", Seen: novelty.New(cfg.Novelty, groups, 1), Lists: blocklist.New(nil)}, 1)
}

// live are events as the kernel hands them over: an office of so many hosts opens
// connections to servers inside and outside, and one in a hundred of them to a file server
// that answers; what else passes does not come up.
type live struct {
	ev    packet.Event
	hosts uint32
	n     uint32
	now   packet.Time
}

// next returns the next event; two make a connection.
func (l *live) next() *packet.Event {
	n := l.n
	l.n++
	i := n / 2
	host := packet.AddrFrom4([]byte{10, 1, byte(i % l.hosts >> 8), byte(i % l.hosts)})
	server, port := packet.AddrFrom4([]byte{203, 0, byte(i * 7 >> 8), byte(i * 7)}), uint16(443)
	if i%100 == 0 {
		server, port = packet.AddrFrom4([]byte{10, 1, 255, byte(i)}), 445
	}
	l.now += packet.Time(20 * time.Microsecond)
	ev := &l.ev
	*ev = packet.Event{
		Time: l.now, Src: host, Dst: server, SrcPort: uint16(1024 + i%60000), DstPort: port,
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, TCPFlags: packet.SYN, Seq: i,
	}
	if n%2 == 1 {
		ev.Src, ev.Dst, ev.SrcPort, ev.DstPort = ev.Dst, ev.Src, ev.DstPort, ev.SrcPort
		ev.TCPFlags = packet.SYN | packet.ACK
	}
	return ev
}

// BenchmarkConnections is what the judges take for an event of ordinary connections.
func BenchmarkConnections(b *testing.B) {
	s, l := fullSensor(), live{hosts: 2000, now: packettest.Start}
	var out []alert.Finding
	for range 400_000 {
		out = s.Observe(l.next(), nil, out[:0])
	}
	b.ReportAllocs()
	for b.Loop() {
		out = s.Observe(l.next(), nil, out[:0])
	}
}

// BenchmarkSweep is the same for sweeps: 64 sources walk through a /16, and nobody answers.
func BenchmarkSweep(b *testing.B) {
	s, now := fullSensor(), packettest.Start
	ev := packet.Event{Kind: packet.KindTCP, Proto: packet.ProtoTCP, TCPFlags: packet.SYN, DstPort: 445}
	var out []alert.Finding
	n := uint32(0)
	step := func() {
		now += packet.Time(50 * time.Microsecond)
		n++
		ev.Time, ev.SrcPort, ev.Seq = now, uint16(1024+n%60000), n
		ev.Src, ev.Dst = packet.AddrFrom4([]byte{10, 2, 0, byte(n % 64)}), packet.AddrFrom4([]byte{10, 3, byte(n >> 14), byte(n >> 6)})
		out = s.Observe(&ev, nil, out[:0])
	}
	for range 400_000 {
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}
