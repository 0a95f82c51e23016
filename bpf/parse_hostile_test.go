package bpf

import (
	"errors"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
	"golang.org/x/sys/unix"
)

// nested puts a packet n times into what around makes of it.
func nested(n int, inner p.Packet, around func(p.Packet) p.Packet) p.Packet {
	for range n {
		inner = around(inner)
	}
	return inner
}

// inIPv6 puts a packet of either version into IPv6.
func inIPv6(between p.Between, in p.Packet) p.Packet {
	if in.EtherType == 0x86dd {
		return between.SixIn(in)
	}
	return between.IPIP(in)
}

// everything is each sort of header once or as often as it may be, in one another.
func everything(inner p.Packet) p.Packet {
	const snap = 8
	frame := p.VLAN(inner, 1)
	for _, id := range []uint16{2, 3} { // a tag, then LLC, whose length is right while it has room
		size := min(len(frame.Octets)+snap, 1500)
		frame = p.VLAN(p.Packet{EtherType: uint16(size), Octets: p.SNAP(frame).Octets}, id)
	}
	gre := p.Tunnel6.ERSPAN3(p.Ethernet(frame), 5, 6, true)
	for range 7 {
		gre = p.Extension(gre, 60, 0)
	}
	return gre
}

// TestParseNested: headers in one another, up to the bounds and beyond, and the order of
// them that makes the longest way through the program.
func TestParseNested(t *testing.T) {
	twins := newTwins(t)
	t4, t6 := p.Tunnel4, p.Tunnel6
	for name, around := range map[string]func(p.Packet) p.Packet{
		"ipip":       t4.IPIP,
		"in-ipv6":    func(in p.Packet) p.Packet { return inIPv6(t6, in) },
		"gre":        func(in p.Packet) p.Packet { return t4.GRE(in, p.GREFields{Key: 1, Routing: true}) },
		"vxlan":      func(in p.Packet) p.Packet { return t4.VXLAN(p.Ethernet(in), 7) },
		"geneve":     func(in p.Packet) p.Packet { return t6.Geneve(p.Ethernet(in), 7) },
		"vlan":       func(in p.Packet) p.Packet { return p.VLAN(in, 7) },
		"snap":       p.SNAP,
		"mpls":       func(in p.Packet) p.Packet { return p.MPLS(in, 7) },
		"everything": everything,
	} {
		deep := 0
		for n := range 12 {
			frame := p.Ethernet(nested(n, p.SYN, around))
			switch st := twins.compare(t, name, frame, 0); st {
			case punt:
				t.Errorf("%s: punted at a depth of %d", name, n)
			case packet.OK:
				deep = n
			}
		}
		t.Logf("%s: taken apart to a depth of %d", name, deep)
	}
	long := p.SYN6
	for n := range 20 {
		twins.compare(t, "extensions", p.Ethernet(long), 0)
		twins.compare(t, "labels", p.Ethernet(p.MPLS(p.SYN, slices.Repeat([]uint32{3}, n+1)...)), 0)
		long = p.Extension(long, 60, uint8(n))
	}
	if twins.punts != 0 {
		t.Errorf("%d of %d punted", twins.punts, twins.frames)
	}
}

// TestParseOctets: each octet of the headers of ordinary frames takes each value, so that
// the program's short way for them is left wherever packet.Parse sees something else.
func TestParseOctets(t *testing.T) {
	twins := newTwins(t)
	body := slices.Repeat([]byte{0xff}, 11)
	mapped := func(at int) p.Packet { // an address at an offset becomes IPv4-mapped
		in := p.TCP(p.Client6, p.Server6, 1, 2, packet.ACK, body...)
		copy(in.Octets[at:], []byte{10: 0xff, 11: 0xff, 12: 1})
		return in
	}
	for name, in := range map[string]p.Packet{
		"tcp4":       p.TCP(p.Client, p.Server, 40000, 445, packet.ACK, body...),
		"udp4":       p.UDP(p.Client, p.Server, 137, 4789, body...),
		"tcp6":       p.TCP(p.Client6, p.Server6, 40000, 445, packet.ACK, body...),
		"udp6":       p.UDP(p.Client6, p.Server6, 40000, 137, body...),
		"mapped-src": mapped(8),
		"mapped-dst": mapped(24),
		"everybody":  p.UDP(p.Client, "255.255.255.255", 137, 138, body...),
	} {
		for tags := range 4 {
			twins.everyOctet(t, name, p.Ethernet(p.VLAN(in, []uint16{0x123, 0, 7}[:tags]...)))
		}
	}
	t.Logf("%d frames, %d punted", twins.frames, twins.punts)
}

// everyOctet compares a frame with one octet changed, for every octet and every value.
func (t *twins) everyOctet(tb testing.TB, name string, frame []byte) {
	frame = slices.Clone(frame)
	step := 1
	if testing.Short() {
		step = 51
	}
	for i, was := range frame {
		for v := 0; v < 256; v += step {
			frame[i] = byte(v)
			t.compare(tb, name, frame, 0)
		}
		frame[i] = was
	}
}

// TestParseJumbo: headers that stand in the fragments of a jumbo frame, where no program
// reaches them directly.
func TestParseJumbo(t *testing.T) {
	twins := newTwins(t)
	body := make([]byte, 9000)
	long := p.TCP(p.Client6, p.Server6, 40000, 445, packet.ACK, body...)
	for n := range 5 { // up to 8 K of extension headers
		twins.compare(t, "extensions", p.Ethernet(long), 0)
		twins.compare(t, "extensions", p.Ethernet(p.VLAN(p.Tunnel4.SixIn(long), 5)), 0)
		long = p.Extension(long, 60, 0xff)
		t.Logf("%d extension headers: %d octets", n+1, len(long.Octets))
	}
	for _, c := range p.Cases() {
		if c.Link == packet.LinkEthernet {
			twins.compare(t, c.Name, append(slices.Clip(c.Frame), body...), 0)
		}
	}
	twins.compare(t, "segment", p.Ethernet(p.TCP(p.Client, p.Server, 1, 2, packet.ACK, body...)), 0)
	twins.compare(t, "datagram", p.Ethernet(p.UDP(p.Client, p.Server, 1, 2, body...)), 0)
	t.Logf("%d frames, %d punted", twins.frames, twins.punts)
}

// TestParseFragments: the linear part ends amid the headers. A kernel that cannot be told
// where in a test run has TestParseJumbo alone.
func TestParseFragments(t *testing.T) {
	twins := newTwins(t)
	frame := p.Pad(p.Ethernet(p.SYN))
	run := ebpf.RunOptions{Data: frame, Repeat: 1, Context: probeContext{DataEnd: 20}}
	if _, err := twins.Probe.Run(&run); errors.Is(err, unix.EINVAL) {
		t.Log("this kernel makes no fragments of short frames")
		return
	}
	for _, c := range p.Cases() {
		if c.Link != packet.LinkEthernet {
			continue
		}
		for linear := shortest; linear < min(len(c.Frame), 120); linear += 3 {
			twins.compare(t, c.Name, c.Frame, linear)
		}
	}
	t.Logf("%d frames, %d punted", twins.frames, twins.punts)
}

// TestParseVerified: the verifier is soon done with the parser, which the whole program has
// in it. It stops at a million instructions.
func TestParseVerified(t *testing.T) {
	twins := newTwins(t)
	info, err := twins.Whole.Info()
	if err != nil {
		t.Fatal(err)
	}
	n, ok := info.VerifiedInstructions()
	if !ok || n > 50_000 {
		t.Errorf("the verifier looks at %d instructions of the parser", n)
	}
	t.Logf("%d instructions looked at: %s", n, twins.Whole.VerifierLog)
}
