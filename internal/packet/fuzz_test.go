package packet_test

import (
	"slices"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// FuzzParse gives Parse any octets of any link type, of which n were captured.
func FuzzParse(f *testing.F) {
	for _, c := range packettest.Cases() {
		f.Add(uint16(c.Link), c.Frame, uint16(60))
	}
	f.Fuzz(func(t *testing.T, link uint16, frame []byte, n uint16) {
		frame = slices.Clip(slices.Clone(frame))
		ev, st := parse(packet.Link(link), frame, len(frame))
		var fresh packet.Event
		again := packet.Parse(packet.Link(link), frame, len(frame), &fresh)
		fresh.Time, fresh.Iface = ev.Time, ev.Iface
		if st != again || st == packet.OK && fresh != ev {
			t.Fatalf("depends on what the event held: %v %+v, %v %+v", st, ev, again, fresh)
		}
		if st >= packet.Statuses {
			t.Fatalf("status %d", st)
		}
		if st != packet.OK {
			return
		}
		checkEvent(t, &ev)
		if s, ok := ask(packet.Link(link), frame); ok {
			compare(t, "fuzzed", frame, &ev, &s)
		}
		short := frame[:min(int(n), len(frame))]
		if cut, st := parse(packet.Link(link), slices.Clip(short), len(frame)); st == packet.OK {
			checkEvent(t, &cut)
			checkCut(t, "fuzzed", len(short), &cut, &ev)
		}
	})
}

// checkEvent checks what holds for every event.
func checkEvent(t *testing.T, ev *packet.Event) {
	t.Helper()
	has := func(f packet.Flags) bool { return ev.Flags&f != 0 }
	is := func(kinds ...packet.Kind) bool { return slices.Contains(kinds, ev.Kind) }
	tcp, udp := is(packet.KindTCP), is(packet.KindUDP)
	for _, rule := range []struct {
		name string
		ok   bool
	}{
		{"kind", ev.Kind <= packet.KindARPReply},
		{"flags", ev.Flags < packet.FlagTunnelled<<1},
		{"TCP flags", tcp || ev.TCPFlags == 0},
		{"TCP protocol", !tcp || ev.Proto == packet.ProtoTCP},
		{"UDP protocol", !udp || ev.Proto == packet.ProtoUDP},
		{"captured payload", ev.Held <= ev.Payload && (tcp || ev.Held == 0) && (ev.Held > 0 || ev.Data == 0)},
		{"sequence number", tcp || ev.Seq == 0},
		{"payload", tcp || udp || ev.Payload == 0},
		{"ports", tcp || udp || is(packet.KindUnreachable) || ev.SrcPort|ev.DstPort == 0},
		{"family", ev.Src.Is4() == ev.Dst.Is4()},
		{"VLAN", ev.VLAN < 4096},
		{"tunnel id", ev.Tunnel == 0 || has(packet.FlagTunnelled)},
		{"group", !ev.Dst.IsMulticast() || has(packet.FlagGroup) || is(packet.KindARPRequest, packet.KindARPReply, packet.KindUnreachable)},
		{"reply", !has(packet.FlagReply) || udp && (ev.SrcPort == 137 || ev.DstPort == 137)},
		{"relayed", !has(packet.FlagRelayed) || is(packet.KindUnreachable)},
		{"time and interface", ev.Time == dirty.Time && ev.Iface == dirty.Iface},
	} {
		if !rule.ok {
			t.Errorf("%s: %+v", rule.name, ev)
		}
	}
}
