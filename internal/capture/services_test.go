package capture

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestServices: a datagram asks by the port that it goes to, whichever of the two is the
// higher one.
func TestServices(t *testing.T) {
	var s Services
	s.Watch([]uint16{69})
	s.Watch([]uint16{137, 1434})
	tcp := func(flags uint8) packet.Event { return packet.Event{Kind: packet.KindTCP, TCPFlags: flags} }
	udp := func(src, dst uint16, flags packet.Flags) packet.Event {
		return packet.Event{Kind: packet.KindUDP, SrcPort: src, DstPort: dst, Flags: flags}
	}
	for name, c := range map[string]struct {
		ev            packet.Event
		asks, answers bool
	}{
		"SYN":                     {tcp(packet.SYN), true, false},
		"SYN with PSH":            {tcp(packet.SYN | packet.PSH), true, false},
		"SYN-ACK":                 {tcp(packet.SYN | packet.ACK), false, true},
		"RST":                     {tcp(packet.RST), false, true},
		"RST-ACK":                 {tcp(packet.RST | packet.ACK), false, true},
		"SYN-RST":                 {tcp(packet.SYN | packet.RST), false, true},
		"ACK":                     {tcp(packet.ACK), false, false},
		"FIN":                     {tcp(packet.FIN | packet.ACK), false, false},
		"request from below":      {udp(1100, 1434, 0), true, false},
		"request from above":      {udp(40000, 1434, 0), true, false},
		"answer":                  {udp(1434, 1100, 0), false, true},
		"name query":              {udp(137, 137, 0), true, true},
		"name response":           {udp(137, 137, packet.FlagReply), false, true},
		"a port watched before":   {udp(40000, 69, 0), false, false},
		"who-has":                 {packet.Event{Kind: packet.KindARPRequest}, true, false},
		"is-at":                   {packet.Event{Kind: packet.KindARPReply}, false, true},
		"unreachable":             {packet.Event{Kind: packet.KindUnreachable}, false, true},
		"something else entirely": {packet.Event{Kind: packet.KindOther}, false, false},
	} {
		if asks, answers := s.Asks(&c.ev), s.Answers(&c.ev); asks != c.asks || answers != c.answers {
			t.Errorf("%s: asks %v, answers %v", name, asks, answers)
		}
	}
}
