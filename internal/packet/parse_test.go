package packet_test

import (
	"fmt"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// parse calls Parse on an event that was used before, with a time and an interface.
func parse(link packet.Link, frame []byte, wireLen int) (packet.Event, packet.Status) {
	ev := dirty
	st := packet.Parse(link, frame, wireLen, &ev)
	return ev, st
}

var dirty = packet.Event{
	Time: 5, Src: packet.Addr{1}, Dst: packet.Addr{2}, SrcPort: 3, DstPort: 4, Tunnel: 6,
	VLAN: 7, Payload: 8, Iface: 9, SrcMAC: [6]byte{10}, Kind: packet.KindARPReply,
	TCPFlags: 11, Proto: 12, Flags: 0xff,
}

func TestParse(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range packettest.Cases() {
		if seen[c.Name] {
			t.Errorf("%s: two cases of that name", c.Name)
		}
		seen[c.Name] = true
		got, st := parse(c.Link, c.Frame, len(c.Frame))
		if st != c.Want {
			t.Errorf("%s: %v, want %v", c.Name, st, c.Want)
			continue
		}
		want := c.Event
		want.Time, want.Iface = dirty.Time, dirty.Iface
		if want.Kind == packet.KindTCP && want.Flags&packet.FlagCut == 0 {
			want.Seq, want.Held, want.Data = packettest.Seq, got.Held, got.Data
			if int(got.Data)+int(got.Held) > len(c.Frame) || got.Held > 0 && got.Data < 20 || got.Held == 0 && got.Payload > 0 {
				t.Errorf("%s: %d octets of payload at %d of %d", c.Name, got.Held, got.Data, len(c.Frame))
			}
		}
		if st == packet.OK && got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.Name, got, want)
		}
	}
}

// Every case, captured up to every length: what is known of it must be right.
func TestParseCut(t *testing.T) {
	for _, c := range packettest.Cases() {
		whole, st := parse(c.Link, c.Frame, len(c.Frame))
		known := false
		for n := range c.Frame {
			// A slice without room behind it: reading past the capture would panic.
			got, cut := parse(c.Link, c.Frame[:n:n], len(c.Frame))
			if st != packet.OK {
				continue
			}
			switch {
			case cut == packet.Cut && !known: // also from within a tunnel that showed only now
			case cut != packet.OK:
				t.Errorf("%s: %v at %d octets", c.Name, cut, n)
			default:
				checkCut(t, c.Name, n, &got, &whole)
				known = !isEarly(&got)
			}
		}
	}
}

// checkCut compares what a cut frame gave with what the whole one gives.
func checkCut(t *testing.T, name string, n int, got, whole *packet.Event) {
	t.Helper()
	missing := got.Flags&packet.FlagCut != 0
	switch {
	case isTunnel(whole):
		// What shows it to be no tunnel may lie behind the cut.
	case isEarly(got) && whole.Flags&packet.FlagTunnelled != 0:
		// Not deep enough to see that there is a tunnel, or one more.
	case got.Kind == packet.KindICMP && whole.Kind != packet.KindICMP:
		if !missing {
			t.Errorf("%s: no FlagCut at %d octets: %+v", name, n, got)
		}
	case got.Src != whole.Src || got.Dst != whole.Dst:
		t.Errorf("%s: other addresses at %d octets: %+v", name, n, got)
	case got.SrcPort != whole.SrcPort || got.DstPort != whole.DstPort || got.TCPFlags != whole.TCPFlags:
		none := got.SrcPort|got.DstPort == 0 || got.SrcPort == whole.SrcPort && got.DstPort == whole.DstPort
		if !missing || !none || got.TCPFlags != 0 && got.TCPFlags != whole.TCPFlags {
			t.Errorf("%s: other ports or flags at %d octets: %+v", name, n, got)
		}
	}
}

// isEarly reports whether more octets may show ev to be a tunnel.
func isEarly(ev *packet.Event) bool {
	cut := ev.Flags&packet.FlagCut != 0
	return isTunnel(ev) || cut && (ev.Kind == packet.KindOther || ev.Kind == packet.KindUDP)
}

// isTunnel reports whether ev is a datagram to a tunnel's port.
func isTunnel(ev *packet.Event) bool {
	switch ev.DstPort {
	case packettest.PortVXLAN, packettest.PortVXLANOld, packettest.PortVXLANGPE,
		packettest.PortGeneve, packettest.PortTeredo:
		return ev.Kind == packet.KindUDP
	}
	return false
}

// With the snap length that people set to save space, sweeps must still be seen.
func TestParseSnap60(t *testing.T) {
	for _, c := range []struct {
		name string
		p    packettest.Packet
		want packet.Flags
	}{
		{"ipv4", packettest.TCP("10.0.0.1", "10.0.0.2", 9, 139, packet.SYN, make([]byte, 80)...), 0},
		{"vlan", packettest.VLAN(packettest.SYN, 7), 0},
		{"ipv6", packettest.SYN6, packet.FlagCut},
	} {
		frame := packettest.Ethernet(c.p)
		got, st := parse(packet.LinkEthernet, frame[:min(60, len(frame))], len(frame))
		if st != packet.OK || got.Flags != c.want || got.SrcPort == 0 || got.DstPort == 0 {
			t.Errorf("%s: %v, %+v", c.name, st, got)
		}
		if cut := got.TCPFlags == 0; cut != (c.want == packet.FlagCut) {
			t.Errorf("%s: TCP flags %#x", c.name, got.TCPFlags)
		}
	}
	frame := packettest.Ethernet(packettest.TCP("10.0.0.1", "10.0.0.2", 9, 139, packet.SYN, make([]byte, 80)...))
	if got, _ := parse(packet.LinkEthernet, frame[:60], len(frame)); got.Payload != 80 {
		t.Errorf("payload %d of a cut segment, want the 80 that its IP header tells", got.Payload)
	}
}

func TestParseWireLength(t *testing.T) {
	frame := packettest.Ethernet(packettest.SYN)
	for _, wire := range []int{-1, 0, len(frame) - 1} {
		if got, st := parse(packet.LinkEthernet, frame, wire); st != packet.OK || got.DstPort != 445 {
			t.Errorf("wire length %d, less than was captured: %v", wire, st)
		}
	}
	frame[16], frame[17] = 0, 0 // left to the card
	if _, st := parse(packet.LinkEthernet, frame, 0); st != packet.OK {
		t.Errorf("wire length 0 where the frame has to tell the length: %v", st)
	}
	if got, _ := parse(packet.LinkEthernet, frame, 70_000); got.Payload != 65535 {
		t.Errorf("payload %d of a giant segment, want all that fits", got.Payload)
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	cases := packettest.Cases()
	var ev packet.Event
	n := testing.AllocsPerRun(100, func() {
		for i := range cases {
			packet.Parse(cases[i].Link, cases[i].Frame, len(cases[i].Frame), &ev)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLink(t *testing.T) {
	names := map[packet.Link]string{
		packet.LinkNull: "NULL", packet.LinkEthernet: "Ethernet", packet.LinkPPP: "PPP",
		packet.LinkRawBSD: "raw IP", packet.LinkRawOpen: "raw IP", packet.LinkRaw: "raw IP",
		packet.LinkPPPHDLC: "PPP in HDLC", packet.LinkLoop: "LOOP", packet.LinkSLL: "Linux cooked",
		packet.LinkIPv4: "raw IPv4", packet.LinkIPv6: "raw IPv6", packet.LinkNFLOG: "NFLOG",
		packet.LinkSLL2: "Linux cooked v2",
	}
	for l := range packet.Link(300) {
		name, supported := names[l]
		if !supported {
			name = fmt.Sprintf("link type %d", l)
		}
		if l.String() != name || l.Supported() != supported {
			t.Errorf("%d: %q, supported %v", uint16(l), l, l.Supported())
		}
	}
}

func TestStats(t *testing.T) {
	var a, b packet.Stats
	a.Count(packet.OK)
	a.Count(packet.Cut)
	a.Count(packet.Statuses)
	b.Count(packet.OK)
	a.Add(&b)
	if a[packet.OK] != 2 || a.Total() != 3 || a.Failed() != 1 {
		t.Errorf("counted %v", a)
	}
	names := map[string]bool{}
	for s := range packet.Statuses {
		names[s.String()] = true
	}
	if len(names) != int(packet.Statuses) || packet.Statuses.String() != "status-6" {
		t.Errorf("names %v, %v", names, packet.Statuses)
	}
}
