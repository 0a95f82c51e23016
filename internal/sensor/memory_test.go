package sensor

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// What passes all day costs no memory: web and file servers inside and outside, chat on a
// known server, look-ups, ARP, and trials that nobody answers.
func TestNoAllocationPerPacket(t *testing.T) {
	l := newLab(t)
	chat := l.registers(worm, "10.1.0.200", 6667, "anna")
	l.Wait(time.Second)
	for range 50 {
		l.Session(worm, victim, l.port(), 445)
		l.Session(worm, "198.51.100.23", l.port(), 443)
		l.Session(third, "10.1.0.201", l.port(), 80)
		chat.Says("PRIVMSG #a :hello\r\n")
		l.Send(packettest.NBNS(worm, victim, 137, 137, false), packettest.NBNS(victim, worm, 137, 137, true))
		l.Send(packettest.TCP(third, "10.1.0.250", l.port(), 445, packet.SYN))
		l.ARPSweep(third, victim, 1, 0)
		l.Wait(200 * time.Millisecond)
	}
	events := make([]packet.Event, len(l.Records))
	for i, r := range l.Records {
		if st := packet.Parse(packet.LinkEthernet, r.Frame, len(r.Frame), &events[i]); st != packet.OK {
			t.Fatal(st)
		}
		events[i].Time = r.Time
	}
	s, round := l.sensor(), l.Now.Sub(l.Records[0].Time)
	var out []alert.Finding
	show := func() {
		for i := range events {
			ev := &events[i]
			out = s.Observe(ev, l.Records[i].Frame[ev.Data:ev.Data+uint32(ev.Held)], out[:0])
			ev.Time = ev.Time.Add(round)
		}
	}
	for range 3 {
		show() // what is new at first
	}
	if n := testing.AllocsPerRun(20, show); n != 0 {
		t.Errorf("%g allocations in %d packets", n, len(events))
	}
	if st := s.Stats(); len(out) > 0 || st.Streams.IRC == 0 || st.Flow.Trials == 0 {
		t.Errorf("%d findings, %+v", len(out), st)
	}
}

// The bill is what New allocates, but for a little that does not depend on the
// configuration.
func TestBill(t *testing.T) {
	l := newLab(t)
	l.cfg.Novelty.Alert = true
	billed := int64(0)
	for _, b := range l.cfg.Bill() {
		billed += b.Bytes
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := l.sensor()
	runtime.ReadMemStats(&after)
	took := int64(after.TotalAlloc - before.TotalAlloc)
	if rest := int64(1 << 20); took < billed || took > billed+billed/20+rest {
		t.Errorf("%d octets are allocated, %d are billed", took, billed)
	}
	runtime.KeepAlive(s)
}

// A flood of forged sweeps and of half-open connections stays within what was allocated.
func TestFloodStaysInside(t *testing.T) {
	l := newLab(t)
	s := l.sensor()
	ev := packet.Event{
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, TCPFlags: packet.SYN, DstPort: 445, Time: packettest.Start,
		Dst: packet.AddrFrom(netip.MustParseAddr(dark)),
	}
	var out []alert.Finding
	flood := func(n int) {
		for i := range n {
			ev.Src, ev.SrcPort = packet.AddrFrom4([]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}), uint16(i)
			ev.Dst[15], ev.Dst[14] = byte(i), byte(i>>8)
			ev.Time = ev.Time.Add(time.Microsecond)
			out = s.Observe(&ev, nil, out[:0])
		}
	}
	flood(50_000)
	if n := testing.AllocsPerRun(1, func() { flood(50_000) }); n > 50 {
		t.Errorf("%g allocations", n)
	}
}
