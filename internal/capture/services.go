package capture

import "github.com/wormwatch/wormwatch/internal/packet"

// Services are watched UDP ports. By them a live source with several rings tells which of
// two packets asked and which answered, where the answer was seen first.
type Services struct{ udp [1 << 16]bool }

// Watch has the ports take the place of those before.
func (s *Services) Watch(udp []uint16) {
	clear(s.udp[:])
	for _, p := range udp {
		s.udp[p] = true
	}
}

// Asks reports whether ev asks for something: a bare SYN, a request to a watched service,
// who-has.
func (s *Services) Asks(ev *packet.Event) bool {
	switch ev.Kind {
	case packet.KindTCP:
		return ev.TCPFlags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN
	case packet.KindUDP:
		return s.udp[ev.DstPort] && ev.Flags&packet.FlagReply == 0
	case packet.KindARPRequest:
		return true
	}
	return false
}

// Answers reports whether ev may answer what asks.
func (s *Services) Answers(ev *packet.Event) bool {
	switch ev.Kind {
	case packet.KindTCP:
		return ev.TCPFlags&packet.RST != 0 || ev.TCPFlags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK
	case packet.KindUDP:
		return s.udp[ev.SrcPort]
	case packet.KindUnreachable, packet.KindARPReply:
		return true
	}
	return false
}
