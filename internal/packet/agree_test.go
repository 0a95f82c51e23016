package packet_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"github.com/wormwatch/wormwatch/internal/shared"
)

func tunnelPort(port uint16) bool {
	return isTunnel(&packet.Event{Kind: packet.KindUDP, DstPort: port})
}

// compare checks an event against gopacket's view and reports whether it could.
func compare(t *testing.T, name string, frame []byte, ev *packet.Event, s *seen) bool {
	t.Helper()
	switch {
	case ev.Src != s.src && s.failed:
		return false // it gave up before the innermost packet
	case s.kind == packet.KindUDP && tunnelPort(s.dport) && ev.Flags&packet.FlagTunnelled != 0:
		return false // a tunnel that it does not know
	case ev.Kind == packet.KindUDP && (tunnelPort(ev.DstPort) || tunnelPort(ev.SrcPort)):
		return false // it goes into tunnels whose header is not sane, and by either port
	case s.unsure, s.failed && s.kind == packet.KindICMP:
		return false
	case ev.Flags&packet.FlagTunnelled != 0 && s.kind == packet.KindOther && (s.fragment || s.failed || ev.Src != s.src):
		return false // the same, not over UDP
	case s.kind == packet.KindOther && (s.failed || s.fragment || ev.Flags&packet.FlagCut != 0):
		// It wants whole TCP headers, and nothing of fragments.
		if ev.Proto != packet.ProtoICMPv6 && ev.Kind != packet.KindUnreachable && (ev.Src != s.src || ev.Dst != s.dst) {
			t.Errorf("%s: %v to %v, gopacket says %v to %v", name, ev.Src, ev.Dst, s.src, s.dst)
		}
		return true
	case ev.Kind != s.kind:
		t.Errorf("%s: kind %d, gopacket says %d: %+v %+v", name, ev.Kind, s.kind, ev, s)
		return true
	}
	if ev.Src != s.src || ev.Dst != s.dst {
		t.Errorf("%s: %v to %v, gopacket says %v to %v", name, ev.Src, ev.Dst, s.src, s.dst)
	}
	if ev.VLAN != s.vlan || ev.SrcMAC != s.mac {
		t.Errorf("%s: VLAN %d, MAC %x, gopacket says %d, %x", name, ev.VLAN, ev.SrcMAC, s.vlan, s.mac)
	}
	if ev.Flags&packet.FlagCut != 0 {
		return true // by a length that it does not heed, such as PPTP's
	}
	if ev.SrcPort != s.sport || ev.DstPort != s.dport || ev.TCPFlags != s.tcpFlags {
		t.Errorf("%s: ports %d, %d, flags %#x, gopacket says %d, %d, %#x", name,
			ev.SrcPort, ev.DstPort, ev.TCPFlags, s.sport, s.dport, s.tcpFlags)
	}
	if s.payload >= 0 && !s.fragment && int(ev.Payload) != s.payload {
		t.Errorf("%s: payload %d, gopacket says %d", name, ev.Payload, s.payload)
	}
	if held := frame[ev.Data:][:ev.Held]; ev.Kind == packet.KindTCP && s.payload >= 0 && !s.fragment &&
		(ev.Seq != s.seq || !bytes.Equal(held, s.body)) {
		t.Errorf("%s: %d octets from %d, gopacket says %d from %d", name, len(held), ev.Seq, len(s.body), s.seq)
	}
	return true
}

// uncompared is how many events of a capture gopacket cannot judge, and why.
var uncompared = map[string]struct {
	n   int
	why string
}{
	"enc_teb_gre.pcap": {16, "it does not look into first fragments"},
	"enc_erspan1.pcap": {10, "it takes ERSPAN I for ERSPAN II"},
	"link_nflog.pcap":  {13, "it does not know NFLOG"},
	"link_sll2.pcap":   {5, "it does not know the second Linux header"},
	"link_null.pcap":   {1, "it does not know EtherTypes in a loopback header"},
}

// Every frame of the shared captures, against gopacket.
func TestCapturesOracle(t *testing.T) {
	dir := shared.Captures(t)
	for _, row := range decodeRows(t, dir) {
		n := 0
		for _, r := range readCapture(t, filepath.Join(dir, row.file)) {
			ev, st := parse(r.link, r.frame, r.wire)
			if st != packet.OK {
				continue
			}
			if s, ok := ask(r.link, r.frame); !ok || !compare(t, row.file, r.frame, &ev, &s) {
				n++
			}
		}
		if n != uncompared[row.file].n {
			t.Errorf("%s: %d events not compared, want %d", row.file, n, uncompared[row.file].n)
		}
	}
}

func TestCasesOracle(t *testing.T) {
	compared := 0
	for _, c := range packettest.Cases() {
		s, ok := ask(c.Link, c.Frame)
		ev, _ := parse(c.Link, c.Frame, len(c.Frame))
		if c.Want == packet.OK && ok && compare(t, c.Name, c.Frame, &ev, &s) {
			compared++
		}
	}
	if compared < 110 {
		t.Errorf("only %d cases compared: does gopacket still see them?", compared)
	}
}
