package bpf

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

func TestSightings(t *testing.T) {
	d := newDoor(t)
	for _, c := range []struct {
		name   string
		packet p.Packet
		up     int // the first time in an era
	}{
		{"UDP of ours", p.UDP(ours, theirs, 1, 2), 1},
		{"ACK of ours", p.TCP(ours, theirs, 1, 443, ack), 1},
		{"echo of ours", p.ICMP(ours, theirs, 8, 0, 0, 0, 0, 0), 1},
		{"UDP of ours, IPv6", p.UDP(ours6, theirs6, 1, 2), 1},
		{"UDP from outside", p.UDP(theirs, ours, 1, 2), 1}, // through whose link address
		{"RST without ACK", p.TCP(ours, theirs, 1, 443, packet.RST), 0},
		{"UDP of nobody", p.UDP("0.0.0.0", theirs, 1, 2), 0},
		{"IGMP of ours", p.IP(ours, theirs, 2, make([]byte, 8)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			d.forget()
			for range 3 {
				before := d.Counts().Sightings
				d.expect("first", c.up, d.show(c.packet))
				d.expect("again", 0, d.show(c.packet, c.packet))
				if n := d.Counts().Sightings - before; n != uint64(c.up) {
					t.Errorf("%d counted", n)
				}
				d.NextEra()
			}
		})
	}
}

// TestEventsAreSightings: who is seen by an event is not sent up once more.
func TestEventsAreSightings(t *testing.T) {
	d := newDoor(t)
	d.expect("ARP", 1, d.show(p.ARP(p.ARPRequest, ours, ours2)))
	d.expect("UDP", 0, d.show(p.UDP(ours, theirs, 1, 2)))
	d.expect("SYN, which proves nothing", 1, d.show(p.TCP(ours2, theirs, 1, 2, packet.SYN)))
	d.expect("UDP behind it", 1, d.show(p.UDP(ours2, theirs, 1, 2)))
}

// TestNeighbours: they share an entry, and each has a bit of its own in it, in its own era.
func TestNeighbours(t *testing.T) {
	d := newDoor(t)
	for _, form := range []string{"10.9.9.%d", "fd00:1::%x"} {
		for range 2 {
			for _, first := range []bool{true, false} {
				for i := 1; i < 255; i++ {
					want := 0
					if first {
						want = 1
					}
					d.expect("a neighbour", want, d.show(seen(fmt.Sprintf(form, i))))
				}
			}
			d.NextEra()
		}
	}
	used := 0
	for i := range d.mem.sights {
		for _, hosts := range d.mem.sights[i].Hosts {
			used += min(1, int(hosts))
		}
	}
	if used > 2*2*256/neighbours { // in the second era perhaps in another place
		t.Errorf("%d entries", used)
	}
}

// TestLostIsNoSighting: whose event was lost is seen by the next packet.
func TestLostIsNoSighting(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.RingOctets, c.PerSource = 1<<16, 60000 })
	for i := range 2000 { // by who is known, so that there is no room at all
		d.flood(p.TCP(ours, addr(i), 1, 445, packet.SYN))
	}
	before := d.Counts().Lost
	d.flood(p.ARP(p.ARPRequest, addr(5000), ours))
	if n := d.Counts().Lost - before; n != 1 {
		t.Fatalf("%d lost", n)
	}
	d.tap.drain()
	d.expect("UDP", 1, d.show(seen(addr(5000))))
}

// TestErasGoRound: their number has eight bits, of which 0 is none.
func TestErasGoRound(t *testing.T) {
	d := newDoor(t)
	for range 600 {
		d.expect("first", 1, d.show(p.UDP(ours, theirs, 1, 2)))
		d.expect("again", 0, d.show(p.UDP(ours, theirs, 1, 2)))
		d.NextEra()
	}
}

// TestSightingsAreBounded: more hosts than there is room for in one era are put off.
func TestSightingsAreBounded(t *testing.T) {
	d := newDoor(t)
	for i := range d.mem.sights { // as if they were all there
		for way := range d.mem.sights[i].Tags {
			d.mem.sights[i].Tags[way] = uint32(i)<<8 | d.mem.want.Era
		}
	}
	up := 0
	for i := range 1000 {
		up += len(d.show(p.UDP(addr(i*neighbours), theirs, 1, 2)))
	}
	if n := d.Counts(); up != 134 || n.SightingsHeld != 1000-134 {
		t.Errorf("%d came up: %+v", up, n)
	}
}

// TestRealms: hosts of equal addresses are two where VLANs separate them.
func TestRealms(t *testing.T) {
	d := newDoor(t)
	one, other := p.VLAN(p.UDP(ours, theirs, 1, 2), 7), p.VLAN(p.UDP(ours, theirs, 1, 2), 8)
	d.expect("one VLAN", 1, d.show(one, one))
	d.expect("another, no matter", 0, d.show(other))
	w := wants()
	w.Realms = true
	if err := d.Want(w); err != nil {
		t.Fatal(err)
	}
	d.forget()
	d.expect("two VLANs", 2, d.show(one, other, one, other))
	d.expect("SYN in two VLANs", 2, d.show(p.VLAN(p.SYN, 7), p.VLAN(p.SYN, 8), p.VLAN(p.SYN, 7)))
}

func TestHome(t *testing.T) {
	var many []string // more of IPv6 than the list holds
	for i := range 20 {
		many = append(many, fmt.Sprintf("2001:db8:%x::/48", i))
	}
	d, w := newDoor(t), wants()
	w.ARP = false // nor routers, then
	for _, c := range []struct {
		name    string
		home    []string
		in, out []string
	}{
		{"wide", []string{"10.0.0.0/8", "172.16.0.0/12"}, []string{"10.0.0.1", "10.255.255.254", "172.31.9.9"}, []string{"11.0.0.1", "172.32.0.1", "2001:db8::1"}},
		{"narrow", []string{"192.168.3.0/24", "192.168.9.64/26"}, []string{"192.168.3.255", "192.168.9.65"}, []string{"192.168.4.0", "192.168.9.63", "192.168.9.128", "192.169.3.1"}},
		{"narrow within wide", []string{"10.1.2.0/24", "10.1.0.0/16", "10.1.3.0/24"}, []string{"10.1.2.1", "10.1.9.1"}, []string{"10.2.2.1"}},
		{"one host", []string{"192.0.2.1/32"}, []string{"192.0.2.1"}, []string{"192.0.2.2"}},
		{"everything", []string{"0.0.0.0/0", "::/0"}, []string{"8.8.8.8", "2001:db8::1"}, nil},
		{"IPv6", []string{"2001:db8::/33", "fe80::/10", "2001:db8:ffff::1/128"}, []string{"2001:db8::1", "febf::1", "2001:db8:ffff::1"}, []string{"2001:db8:8000::1", "fec0::1", "2001:db8:ffff::2", "10.0.0.1"}},
		{"much IPv6", many, []string{"2001:db8::1", "2001:db8:13::1"}, []string{"2001:db8:14::1", "10.0.0.1"}},
		{"nothing", nil, nil, []string{"10.0.0.1", "2001:db8::1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			d.forget()
			for _, before := range [][]string{{"9.9.9.0/24", "2001:db8::/32", "10.0.0.0/7"}, c.home} {
				w.Home = nil
				for _, s := range before {
					w.Home = append(w.Home, netip.MustParsePrefix(s))
				}
				if err := d.Want(w); err != nil {
					t.Fatal(err)
				}
			}
			for _, a := range c.in {
				d.expect(a, 1, d.show(seen(a)))
			}
			for _, a := range c.out {
				d.expect(a, 0, d.show(seen(a)))
			}
		})
	}
}

// seen is a packet that shows that a host is alive.
func seen(a string) p.Packet {
	if netip.MustParseAddr(a).Is4() {
		return p.UDP(a, "203.0.113.250", 1, 2)
	}
	return p.UDP(a, "2001:db8:eeee::1", 1, 2)
}
