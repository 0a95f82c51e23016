package bpf

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

// Who is who: two hosts of ours, two outside, and a router of ours.
const (
	ours, ours2     = "10.0.0.5", "10.0.0.6"
	theirs, theirs2 = "198.51.100.7", "203.0.113.9"
	router          = "10.0.0.1"
	ours6, theirs6  = "fd00::5", "2001:db8::7"
)

const (
	ack    = packet.ACK
	pshAck = packet.PSH | packet.ACK
	synAck = packet.SYN | packet.ACK
	rstAck = packet.RST | packet.ACK
	finAck = packet.FIN | packet.ACK
)

// TestDoor: each rule of what goes up, by itself: all hosts were seen alive lately.
func TestDoor(t *testing.T) {
	d := newDoor(t)
	web := p.TCP(ours, theirs, 50000, 443, packet.SYN)
	for _, c := range []struct {
		name   string
		packet p.Packet
		up     int // events
	}{
		{"SYN to a watched port", p.TCP(ours, ours2, 50000, 445, packet.SYN), 1},
		{"SYN to any port", web, 1},
		{"SYN from outside", p.TCP(theirs, ours, 50000, 22, packet.SYN), 1},
		{"SYN between others", p.TCP(theirs, theirs2, 50000, 22, packet.SYN), 1},
		{"SYN-ACK of a watched port", p.TCP(ours2, ours, 445, 50000, synAck), 1},
		{"SYN-ACK of any port", p.TCP(theirs, ours, 443, 50000, synAck), 1},
		{"SYN of IPv6", p.TCP(ours6, theirs6, 50000, 445, packet.SYN), 1},
		{"RST of a watched port", p.TCP(ours2, ours, 445, 50000, rstAck), 1},
		{"RST toward a watched port", p.TCP(ours, ours2, 50000, 445, rstAck), 0},
		{"RST of another port", p.TCP(theirs, ours, 443, 50000, rstAck), 0},
		{"FIN of another port", p.TCP(theirs, ours, 443, 50000, finAck), 0},
		{"FIN toward a watched port", p.TCP(ours, ours2, 50000, 445, finAck), 1},
		{"FIN of a watched port", p.TCP(ours2, ours, 445, 50000, finAck), 0},
		{"ACK toward a watched port", p.TCP(ours, ours2, 50000, 445, ack), 1},
		{"ACK of a watched port", p.TCP(ours2, ours, 445, 50000, ack), 0},
		{"ACK of another port", p.TCP(ours, theirs, 50000, 443, ack), 0},
		{"payload toward a watched port", p.TCP(ours, ours2, 50000, 445, pshAck, 1, 2, 3), 1},
		{"payload of a watched port, inside", p.TCP(ours2, ours, 445, 50000, pshAck, 1, 2, 3), 0},
		{"payload of a watched port, across the edge", p.TCP(theirs, ours, 445, 50000, pshAck, 1, 2, 3), 1},
		{"payload of another port", p.TCP(ours, theirs, 50000, 443, pshAck, 23, 3, 3), 0},
		{"a fragment without flags", cutTCP(), 0},
		{"UDP to a watched port", p.NBNS(ours, ours2, 50000, 137, false), 1},
		{"UDP of a watched port", p.NBNS(ours2, ours, 137, 50000, true), 1},
		{"UDP to another port", p.UDP(ours, theirs, 50000, 443), 0},
		{"UDP to TFTP", p.UDP(ours, theirs, 50000, 69), 1},
		{"UDP of TFTP", p.UDP(theirs, ours, 69, 50000), 0},
		{"unreachable about a watched port", p.Unreachable(router, ours, 1, p.TCP(ours, ours2, 50000, 445, packet.SYN), 0), 1},
		{"unreachable about watched UDP", p.Unreachable(router, ours, 3, p.NBNS(ours, ours2, 50000, 137, false), 0), 1},
		{"unreachable about another port", p.Unreachable(router, ours, 1, web, 0), 0},
		{"unreachable about another protocol", p.Unreachable(router, ours, 3, p.UDP(ours, ours2, 50000, 445), 0), 0},
		{"echo request", p.ICMP(ours, theirs, 8, 0, 0, 0, 0, 0), 0},
		{"ARP who-has", p.ARP(p.ARPRequest, ours, ours2), 1},
		{"ARP is-at", p.ARP(p.ARPReply, ours2, ours), 1},
		{"neighbour solicitation", p.Solicit("fe80::1", "fe80::2"), 1},
		{"no IP at all", p.Packet{EtherType: 0x88cc, Octets: make([]byte, 50)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			d.forget()
			d.see(ours, ours2, theirs, router, ours6, theirs6, "fe80::1")
			before := d.Counts()
			up := d.expect(c.name, c.up, d.show(c.packet))
			if n := d.Counts(); n.Events-before.Events != uint64(c.up) || n.Lost != 0 || n.Sightings != before.Sightings {
				t.Errorf("counted %+v, before %+v", n, before)
			}
			if c.up == 0 {
				return
			}
			frame, ev := p.Pad(p.Ethernet(c.packet)), packet.Event{}
			if st := packet.Parse(packet.LinkEthernet, frame, len(frame), &ev); st != packet.OK {
				t.Fatal(st)
			}
			got := up[0].Event
			if got.Time == 0 || got.Iface != 0 {
				t.Errorf("time %d of interface %d", got.Time, got.Iface)
			}
			got.Time, ev.Data, ev.Held, got.Data, got.Held = 0, 0, 0, 0, 0
			if got != ev {
				t.Errorf("%+v came up, not %+v", got, ev)
			}
		})
	}
}

// cutTCP is a first fragment that ends before the flags.
func cutTCP() p.Packet { return p.Fragments(p.TCP(ours, ours2, 50000, 445, packet.SYN), 8)[0] }

func TestNothingIsWantedWithoutBeingAsked(t *testing.T) {
	d := newDoor(t)
	w := wants()
	w.ARP, w.Streams, w.TCP, w.UDP, w.Home = false, false, nil, nil, nil
	if err := d.Want(w); err != nil {
		t.Fatal(err)
	}
	d.expect("with nothing wanted", 0, d.show(
		p.ARP(p.ARPRequest, ours, ours2), p.TCP(ours, ours2, 1, 445, pshAck, []byte("NICK a\r\n")...),
		p.NBNS(ours, ours2, 137, 137, false), p.TCP(ours2, ours, 445, 1, rstAck)))
	d.expect("SYN", 1, d.show(p.TCP(ours, ours2, 1, 445, packet.SYN)))
	if err := d.Want(wants()); err != nil { // while it runs
		t.Fatal(err)
	}
	d.expect("ARP, wanted now", 1, d.show(p.ARP(p.ARPRequest, ours, ours2)))
	d.expect("RST, wanted now", 1, d.show(p.TCP(ours2, ours, 445, 1, rstAck)))
}

func TestStreamsNeedToKnowHowTheyBegin(t *testing.T) {
	d := newDoor(t)
	w := wants()
	w.Could = nil
	if d.Want(w) == nil {
		t.Error("streams are wanted without anything that says how they begin")
	}
}

func TestWantAll(t *testing.T) {
	d := newDoor(t)
	d.WantAll(true)
	up := d.expect("all", 2, d.show(p.TCP(ours, theirs, 1, 443, pshAck, 1, 2, 3), p.UDP(theirs, theirs2, 1, 2)))
	if string(up[0].octets) != "\x01\x02\x03" || up[0].Held != 3 {
		t.Errorf("payload %q of %d", up[0].octets, up[0].Held)
	}
	d.WantAll(false)
	d.see(ours)
	d.expect("no more", 0, d.show(p.TCP(ours, theirs, 1, 443, pshAck, 1, 2, 3)))
}

// TestVerdict: one copy drops, another passes, and each has its own interface and totals.
func TestVerdict(t *testing.T) {
	d := newDoor(t)
	pass, err := d.Program(7, false)
	if err != nil {
		t.Fatal(err)
	}
	defer pass.Close()
	frame := p.Pad(p.Ethernet(p.TCP(ours, theirs, 1, 443, packet.SYN)))
	for _, c := range []struct {
		iface   uint16
		verdict uint32
	}{{0, 1}, {7, 2}} {
		d.forget()
		prog := d.prog
		if c.iface == 7 {
			prog = pass
		}
		verdict, out, err := prog.Test(frame)
		up := d.expect("SYN", 1, d.tap.drain())
		if err != nil || verdict != c.verdict || string(out) != string(frame) || up[0].Iface != c.iface {
			t.Errorf("interface %d: verdict %d, event of %d, %v", c.iface, verdict, up[0].Iface, err)
		}
		if l := d.Link(c.iface); l != (Link{1, uint64(len(frame))}) {
			t.Errorf("interface %d: %+v", c.iface, l)
		}
	}
	if _, err := d.Program(maxLinks, false); err == nil {
		t.Error("an interface without counters is taken")
	}
}

// TestWaking: who sleeps is woken by the next event, once.
func TestWaking(t *testing.T) {
	d := newDoor(t)
	d.Arm()
	d.show(p.UDP(theirs, theirs2, 1, 2), p.UDP(theirs, theirs2, 1, 2))
	d.expect("the router's link address", 0, nil)
	d.forget()
	d.Arm()
	d.see(ours)
	if d.mem.want.Armed != 0 {
		t.Error("an event woke nobody")
	}
	d.Arm()
	d.show(p.UDP(ours, theirs, 1, 2))
	if d.mem.want.Armed != 1 {
		t.Error("somebody was woken for nothing")
	}
	d.Disarm()
	if d.mem.want.Armed != 0 {
		t.Error("still armed")
	}
}
