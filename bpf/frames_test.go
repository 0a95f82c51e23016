package bpf

import (
	"bytes"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

func TestEvidence(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.Snap = 100 })
	d.see(ours, ours2)
	frames := newTap(t, d.Frames())
	if err := d.Mark([]packet.Addr{address(ours), address(theirs)}); err != nil {
		t.Fatal(err)
	}
	long := p.UDP(ours, theirs, 1, 2, bytes.Repeat([]byte("x"), 500)...)
	d.expect("no event", 0, d.show(long, p.UDP(ours2, theirs, 1, 2)))
	frame := p.Pad(p.Ethernet(long))
	r := d.expect("a frame", 1, frames.drain())[0]
	if !bytes.Equal(r.octets, frame[:100]) || int(r.Data) != len(frame) || r.Held != 100 || r.Src != address(ours) || r.SrcMAC != p.SrcMAC || r.Time == 0 {
		t.Errorf("%+v", r)
	}
	d.expect("an event", 1, d.show(p.TCP(ours, theirs, 1, 2, packet.SYN)))
	d.expect("its frame", 1, frames.drain())
	if err := d.Mark([]packet.Addr{address(theirs)}); err != nil {
		t.Fatal(err)
	}
	d.show(long)
	d.expect("marked no more", 0, frames.drain())
	d.show(p.UDP(theirs, ours, 1, 2))
	d.expect("still marked", 1, frames.drain())
	if err := d.Mark(nil); err != nil {
		t.Fatal(err)
	}
	d.show(p.UDP(theirs, ours, 1, 2))
	d.expect("none marked", 0, frames.drain())
	if n := d.Counts(); n.Frames != 3 || n.FramesLost != 0 {
		t.Errorf("%+v", n)
	}
	if d.Mark(make([]packet.Addr, maxMarked+1)) == nil {
		t.Error("too many are marked")
	}
}

// TestFramesLost: a full ring loses frames, counts them, and nothing else stops.
func TestFramesLost(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.FrameOctets = 1 << 16 })
	d.see(ours)
	if err := d.Mark([]packet.Addr{address(ours)}); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		d.show(p.UDP(ours, theirs, 1, 2, make([]byte, 1000)...))
	}
	if n := d.Counts(); n.Frames == 0 || n.FramesLost == 0 || n.Frames+n.FramesLost != 1000 {
		t.Errorf("%+v", n)
	}
	d.expect("an event", 1, d.show(p.TCP(ours, theirs, 1, 2, packet.SYN)))
}

func TestPunts(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.Punts = 5 })
	frame := p.Pad(p.Ethernet(p.PPPoE(p.SYN, 7)))
	r := d.expect("PPPoE", 1, d.frame(frame))[0]
	if r.Kind != 0xff || !bytes.Equal(r.octets, frame) || int(r.Data) != len(frame) || int(r.Held) != len(frame) || r.Time == 0 {
		t.Errorf("%+v", r)
	}
	up := 0
	for range 20 {
		up += len(d.frame(frame))
	}
	if n := d.Counts(); up != 4 || n.Punts != 21 || n.Punted != 5 || n.PuntsHeld != 16 {
		t.Errorf("%d came up: %+v", up, n)
	}
	long := p.Ethernet(p.PPPoE(p.TCP(ours, theirs, 1, 2, ack, make([]byte, 30000)...), 7))
	d.mem.want.Punts = 100
	if r = d.expect("a long one", 1, d.frame(long))[0]; len(r.octets) != 1<<14 || int(r.Data) != len(long) {
		t.Errorf("%d octets of %d", len(r.octets), r.Data)
	}
	if l := d.Link(0); l.Packets != 22 || l.Octets != uint64(21*len(frame)+len(long)) {
		t.Errorf("%+v", l)
	}
}

// TestRingFull: when nobody reads, all kinds of records are lost and counted, and nothing
// hangs.
func TestRingFull(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.RingOctets, c.Punts, c.PerSource = 1<<16, 1<<30, 60000 })
	for i := range 2000 {
		d.flood(p.TCP(ours, addr(i), 1, 445, packet.SYN))
	}
	before := d.Counts()
	if before.Lost == 0 || before.Events+before.Lost != 2000 || before.OctetsLost != before.Lost*80 {
		t.Errorf("%+v", before)
	}
	d.flood(p.PPPoE(p.SYN, 7))
	d.flood(p.TCP(ours, theirs, 1, 80, pshAck, []byte("PING :a\r\n")...))
	if n := d.Counts(); n.PuntsLost != 1 || n.Lost != before.Lost+1 {
		t.Errorf("%+v", n)
	}
}
