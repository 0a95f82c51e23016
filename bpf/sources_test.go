package bpf

import (
	"fmt"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

// addr is one of 10.x.y.z by number.
func addr(n int) string { return fmt.Sprintf("10.%d.%d.%d", 1+n>>16, n>>8&0xff, n&0xff) }

func address(s string) packet.Addr { return packet.AddrFrom4(p.UDP(s, s, 1, 1).Octets[12:]) }

func TestRepeats(t *testing.T) {
	d := newDoor(t)
	d.see(ours, ours2)
	for _, c := range []struct {
		name  string
		again p.Packet
		other p.Packet // differs in a way that counts
	}{
		{"SYN", p.TCP(ours, ours2, 1, 445, packet.SYN), p.TCP(ours, ours2, 2, 445, packet.SYN)},
		{"SYN of another number", p.Segment(ours, ours2, 1, 139, packet.SYN, 1), p.Segment(ours, ours2, 1, 139, packet.SYN, 2)},
		{"SYN-ACK", p.TCP(ours2, ours, 445, 1, synAck), p.TCP(ours2, theirs, 445, 1, synAck)},
		{"RST", p.TCP(ours2, ours, 445, 1, rstAck), p.TCP(ours2, ours, 445, 1, packet.RST)},
		{"ACK", p.Segment(ours, ours2, 1, 445, ack, 77), p.TCP(ours, ours2, 2, 445, ack)},
		{"ARP", p.ARP(p.ARPRequest, ours, ours2), p.ARP(p.ARPRequest, ours, router)},
		{"unreachable", p.Unreachable(router, ours, 1, p.TCP(ours, ours2, 1, 445, packet.SYN), 0), p.Unreachable(router, ours, 1, p.TCP(ours, ours2, 2, 445, packet.SYN), 0)},
	} {
		d.t = t
		before := d.Counts().Repeats
		d.expect(c.name, 1, d.show(c.again))
		d.expect(c.name+" again", 0, d.show(c.again, c.again))
		d.expect("another than "+c.name, 1, d.show(c.other))
		if n := d.Counts().Repeats - before; n != 2 {
			t.Errorf("%s: %d repeats counted", c.name, n)
		}
		d.nextWindow()
		d.expect(c.name+" in the next window", 1, d.show(c.again))
	}
}

// TestNobodyMakesRepeats: hashes with multipliers that everybody knows, 2^64 by the golden
// ratio and another, made it easy to hide a SYN behind a harmless one, whatever the seed was.
func TestNobodyMakesRepeats(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.Seed = 0 })
	const known = 0xa0761d6478bd642f
	inverse := uint64(known) // Newton: each step doubles the bits that are right
	for range 5 {
		inverse *= 2 - known*inverse
	}
	hidden := 0
	for e := range uint64(1 << 20) {
		apart := (e + 1) * inverse // source port, target port, sequence number
		if uint16(apart>>32) != 445-80 || apart>>48 > 60000 {
			continue
		}
		d.forget()
		hidden += 2 - len(d.show(
			p.Segment(ours, ours2, 1000, 80, packet.SYN, 0),
			p.Segment(ours, ours2, 1000+uint16(apart>>48), 445, packet.SYN, uint32(apart))))
	}
	if hidden != 0 {
		t.Errorf("%d were hidden", hidden)
	}
}

// TestWindowsEnd: by themselves, and not at once.
func TestWindowsEnd(t *testing.T) {
	d := newDoor(t)
	bits, err := tickBits()
	if err != nil || bits < 3 || bits > 8 {
		t.Fatalf("a window of 2^%d ticks: %v", bits, err)
	}
	d.mem.want.TickBits = bits
	syn := p.TCP(ours, ours2, 1, 445, packet.SYN)
	up, shown := 0, 0
	for start := time.Now(); up < 3 && time.Since(start) < 20*time.Second; shown++ {
		up += len(d.show(syn))
	}
	if up != 3 || shown < 10 {
		t.Errorf("%d of %d came up", up, shown)
	}
}

// TestWentOnAnew: an ACK after another opening may be about that one.
func TestWentOnAnew(t *testing.T) {
	d := newDoor(t)
	d.see(ours)
	goesOn := p.TCP(ours, ours2, 1, 445, ack)
	d.expect("ACK", 1, d.show(goesOn, goesOn))
	d.show(p.TCP(ours, ours2, 2, 445, packet.SYN))
	d.expect("ACK behind a SYN", 1, d.show(goesOn, goesOn))
}

func TestSourceCounts(t *testing.T) {
	d := newDoor(t)
	syn := p.TCP(ours, ours2, 1, 445, packet.SYN)
	d.show(syn, syn, p.TCP(ours, ours2, 2, 445, packet.SYN), p.NBNS(ours, ours2, 137, 137, false))
	d.show(p.TCP(ours2, ours, 445, 1, synAck), p.TCP(ours2, ours, 445, 2, rstAck), p.TCP(ours2, ours, 445, 2, rstAck))
	if c := d.Source(address(ours)); c != (capture.SourceCounts{Openings: 4, Repeats: 1}) {
		t.Errorf("source %+v", c)
	}
	if c := d.Source(address(ours2)); c != (capture.SourceCounts{Answers: 1, Refusals: 2, Repeats: 1}) {
		t.Errorf("target %+v", c)
	}
	if c := d.Source(address(theirs)); c != (capture.SourceCounts{}) {
		t.Errorf("a stranger %+v", c)
	}
}

// TestSourceBound: one source sends up so much in a window, and no more; octets may take
// half of it.
func TestSourceBound(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.PerSource = 100 })
	d.see(ours, ours2)
	var up int
	for i := range 300 {
		up += len(d.show(p.TCP(ours, ours2, 1, 445, pshAck, byte(i))))
	}
	if up != 50 {
		t.Errorf("%d segments came up", up)
	}
	for i := range 300 {
		up += len(d.show(p.TCP(ours, addr(i), 1, 445, packet.SYN)))
	}
	if c := d.Source(address(ours)); up != 100 || c.Held != 250+250 || c.Openings != 300 || d.Counts().Held != 500 {
		t.Errorf("%d events came up: %+v, %+v", up, c, d.Counts())
	}
	d.expect("another source", 1, d.show(p.TCP(ours2, ours, 1, 445, packet.SYN)))
	d.nextWindow()
	d.expect("the next window", 1, d.show(p.TCP(ours, ours2, 1, 445, packet.SYN)))
}

// TestEvidenceStays: sources that met somebody twice keep their place while others come
// that met somebody once.
func TestEvidenceStays(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.Slots = 1 << 6 })
	for i := range 2 {
		d.show(p.TCP(ours, addr(i), 1, 445, packet.SYN))
	}
	for i := range 4096 {
		d.show(p.TCP(addr(i), ours2, 1, 445, packet.SYN))
	}
	if c := d.Source(address(ours)); c.Openings != 2 {
		t.Errorf("%+v", c)
	}
	// Two eras later nobody remembers why.
	d.NextEra()
	d.NextEra()
	for i := range 4096 {
		d.show(p.TCP(addr(i), ours2, 1, 445, packet.SYN))
	}
	if c := d.Source(address(ours)); c.Openings != 0 {
		t.Errorf("a source of long ago still has its place: %+v", c)
	}
	if n := d.Counts(); n.SourcesLost == 0 {
		t.Errorf("nothing was lost: %+v", n)
	}
}

// TestFlood: forged sources fill the ring, and nobody empties it. A scanner that was there
// before, and one that is known to be alive, still get through until there is no room at
// all; whatever is lost is counted.
func TestFlood(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.RingOctets = 1 << 16 })
	d.show(p.TCP(ours, addr(0), 1, 445, packet.SYN), p.TCP(ours, addr(1), 1, 445, packet.SYN))
	d.see(ours2)
	sent := 2000
	for i := range sent {
		d.flood(p.TCP(addr(i), theirs, 1, 445, packet.SYN))
	}
	before := d.Counts()
	if before.Lost == 0 {
		t.Fatalf("the ring never was full: %+v", before)
	}
	for i := range 20 {
		d.flood(p.TCP(ours, addr(i), 2, 445, packet.SYN))
		d.flood(p.TCP(ours2, addr(i), 2, 445, packet.SYN))
		d.flood(p.TCP(addr(sent+i), theirs, 2, 445, packet.SYN))
	}
	n := d.Counts()
	if n.Lost-before.Lost != 20 {
		t.Errorf("%d lost, not the 20 forged ones", n.Lost-before.Lost)
	}
	for i := range 1000 {
		d.flood(p.TCP(ours, addr(i), 3, 445, packet.SYN))
	}
	if up := d.tap.drain(); uint64(len(up)) != d.Counts().Events-3 {
		t.Errorf("%d events, %+v", len(up), d.Counts())
	}
	if all := d.Counts(); all.Events+all.Lost != uint64(3+sent+60+1000) {
		t.Errorf("events %d and lost %d are not all", all.Events, all.Lost)
	}
	d.expect("a SYN when there is room again", 1, d.show(p.TCP(ours, ours2, 9, 445, packet.SYN)))
}

// TestNewcomerInAFlood: who shows up while forged sources press the ring comes to be known by
// the first sign of life, as all hosts give one before they can send to another.
func TestNewcomerInAFlood(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.RingOctets = 1 << 16 })
	for i := range 2000 {
		d.flood(p.TCP(addr(i), theirs, 1, 445, packet.SYN))
	}
	before := d.Counts()
	if before.Lost == 0 {
		t.Fatalf("the ring never was full: %+v", before)
	}
	d.flood(p.TCP(ours, theirs, 1, 80, packet.ACK))
	for i := range 20 {
		d.flood(p.TCP(ours, addr(i), 2, 445, packet.SYN))
	}
	d.flood(p.ARP(p.ARPRequest, ours2, theirs))
	for i := range 20 {
		d.flood(p.TCP(ours2, addr(i), 2, 445, packet.SYN))
	}
	if n := d.Counts(); n.Lost != before.Lost || n.Events != before.Events+42 {
		t.Errorf("%d of 42 came up, %d were lost", n.Events-before.Events, n.Lost-before.Lost)
	}
}

// flood shows a packet and leaves what comes up where it is.
func (d *door) flood(x p.Packet) {
	d.t.Helper()
	if _, _, err := d.prog.Test(p.Pad(p.Ethernet(x))); err != nil {
		d.t.Fatal(err)
	}
}
