package packet_test

import (
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// seen is what gopacket makes of a frame: the innermost IP packet or ARP message, and
// the transport header right behind it.
type seen struct {
	kind         packet.Kind
	src, dst     packet.Addr
	sport, dport uint16
	tcpFlags     uint8
	payload      int // -1: unknown
	seq          uint32
	body         []byte // of a TCP segment, as far as it was captured
	vlan         uint16
	mac          [6]byte
	hops         uint8 // of the innermost IPv6 packet
	v6           bool
	failed       bool // gopacket met something that it could not decode
	fragment     bool // gopacket looks into none, not even a first one
	unsure       bool // it would take more than gopacket to tell
}

// firstLayer tells gopacket how a frame starts; nil where it does not know the type.
func firstLayer(link packet.Link, frame []byte) gopacket.Decoder {
	switch link {
	case packet.LinkEthernet:
		return layers.LayerTypeEthernet
	case packet.LinkSLL:
		return layers.LayerTypeLinuxSLL
	case packet.LinkNull, packet.LinkLoop:
		return layers.LayerTypeLoopback
	case packet.LinkIPv4:
		return layers.LayerTypeIPv4
	case packet.LinkIPv6:
		return layers.LayerTypeIPv6
	case packet.LinkRaw, packet.LinkRawBSD, packet.LinkRawOpen:
		if len(frame) > 0 && frame[0]>>4 == 6 {
			return layers.LayerTypeIPv6
		}
		return layers.LayerTypeIPv4
	}
	return nil
}

// ask returns what gopacket makes of a frame, false if it finds neither IP nor ARP.
func ask(link packet.Link, frame []byte) (s seen, ok bool) {
	first := firstLayer(link, frame)
	if first == nil {
		return s, false
	}
	// Some of its decoders panic on odd input, which it turns into a failure.
	p := gopacket.NewPacket(frame, first, gopacket.DecodeOptions{NoCopy: true})
	around := 0 // octets that the layer before left to this one
	for _, l := range p.Layers() {
		if u, is := l.(*layers.UDP); is && int(u.Length) < around &&
			(tunnelPort(uint16(u.SrcPort)) || tunnelPort(uint16(u.DstPort))) {
			return s, false // it cuts what follows to the length in the UDP header
		}
		around = len(l.LayerPayload())
		switch l := l.(type) {
		case *layers.Ethernet:
			copy(s.mac[:], l.SrcMAC)
		case *layers.LinuxSLL:
			if l.AddrType == 1 && l.AddrLen == 6 {
				copy(s.mac[:], l.Addr)
			}
		case *layers.Dot1Q:
			if l.VLANIdentifier != 0 {
				s.vlan = l.VLANIdentifier
			}
		case *layers.ERSPANII:
			if l.VLANIdentifier != 0 {
				s.vlan = l.VLANIdentifier
			}
		case *layers.GRE:
			if more, known := s.gre(l); !more {
				return s, known
			}
		case *layers.EtherIP:
			return s, false // not taken apart
		case *layers.IPv6HopByHop, *layers.IPv6Routing, *layers.IPv6Destination:
			if !s.v6 { // it takes them behind IPv4 too
				return s, true
			}
		case *layers.ARP:
			ok = s.arp(l)
		case *layers.IPv4:
			ok = true
			s.network(l.SrcIP, l.DstIP)
			s.fragment = l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0
			if l.Protocol == layers.IPProtocolIPIP { // 94, which nobody sends
				return s, true
			}
		case *layers.IPv6:
			ok = true
			s.network(l.SrcIP, l.DstIP)
			s.v6, s.hops = true, l.HopLimit
			if l.NextHeader == layers.IPProtocolIPIP {
				return s, true
			}
		case *layers.IPv6Fragment:
			if !s.v6 {
				return s, true
			}
			s.fragment = true
		default:
			s.transport(l)
		}
	}
	s.failed = p.ErrorLayer() != nil
	if p.Metadata().Truncated {
		s.payload = -1
	}
	return s, ok
}

func (s *seen) network(src, dst []byte) {
	*s = seen{src: address(src), dst: address(dst), vlan: s.vlan, mac: s.mac, payload: -1}
}

func (s *seen) transport(l gopacket.Layer) {
	switch l := l.(type) {
	case *layers.TCP:
		if len(l.Contents) >= 20 { // else it only tried
			s.kind, s.sport, s.dport = packet.KindTCP, uint16(l.SrcPort), uint16(l.DstPort)
			s.tcpFlags, s.payload = l.Contents[13], len(l.Payload)
			s.seq, s.body = l.Seq, l.Payload
		}
	case *layers.UDP:
		if len(l.Contents) >= 8 {
			s.kind, s.sport, s.dport = packet.KindUDP, uint16(l.SrcPort), uint16(l.DstPort)
		}
	case *layers.ICMPv4:
		if s.v6 {
			return
		}
		s.kind = packet.KindICMP
		if l.TypeCode.Type() == layers.ICMPv4TypeDestinationUnreachable &&
			l.TypeCode.Code() != layers.ICMPv4CodeFragmentationNeeded {
			var ip layers.IPv4
			s.unsure = ip.DecodeFromBytes(l.Payload, gopacket.NilDecodeFeedback) != nil &&
				len(l.Payload) >= 20
			if ip.Version == 4 && ip.FragOffset == 0 {
				s.quote(ip.SrcIP, ip.DstIP, uint8(ip.Protocol), l.Payload[min(int(ip.IHL)*4, len(l.Payload)):])
			}
		}
	case *layers.ICMPv6:
		if !s.v6 {
			return
		}
		s.kind = packet.KindICMP
		if l.TypeCode.Code() != 0 {
			s.hops = 0 // no neighbour discovery
		}
		if l.TypeCode.Type() == layers.ICMPv6TypeDestinationUnreachable && len(l.Payload) > 4 {
			var ip layers.IPv6
			s.unsure = ip.DecodeFromBytes(l.Payload[4:], gopacket.NilDecodeFeedback) != nil
			if ip.Version == 6 {
				s.unsure = s.unsure || ip.HopByHop != nil || ip.NextHeader > 17 && ip.NextHeader != layers.IPProtocolICMPv6
				s.quote(ip.SrcIP, ip.DstIP, uint8(ip.NextHeader), l.Payload[min(44, len(l.Payload)):])
			}
		}
	case *layers.ICMPv6NeighborSolicitation:
		if s.hops == 255 {
			s.kind, s.dst = packet.KindARPRequest, address(l.TargetAddress)
		}
	case *layers.ICMPv6NeighborAdvertisement:
		if s.hops == 255 {
			s.kind, s.src = packet.KindARPReply, address(l.TargetAddress)
		}
	}
}

// gre tells whether what gopacket finds in a tunnel counts, and if not, whether the
// packet around it is right: it reads all versions and protocols alike.
func (s *seen) gre(l *layers.GRE) (more, known bool) {
	switch {
	case l.Version == 0 && l.AckPresent, l.Version > 1:
		return false, false
	case l.Version == 1:
		ppp := l.Protocol == layers.EthernetTypePPP
		return ppp && l.SeqPresent && l.Key>>16 != 0, ppp
	}
	switch l.Protocol {
	case layers.EthernetTypeIPv4, layers.EthernetTypeIPv6, layers.EthernetTypePPP,
		layers.EthernetTypeTransparentEthernetBridging,
		layers.EthernetTypeMPLSUnicast, layers.EthernetTypeMPLSMulticast:
		return true, true
	case layers.EthernetTypeERSPAN: // type I it takes for type II
		return l.SeqPresent, false
	case 0x22eb: // ERSPAN III it does not know
		return false, false
	}
	return false, true
}

// quote turns round what an unreachable quotes.
func (s *seen) quote(src, dst []byte, proto uint8, body []byte) {
	if address(src) != s.dst || s.v6 && address(dst).Is4() {
		return
	}
	s.kind, s.src = packet.KindUnreachable, address(dst)
	if (proto == packet.ProtoTCP || proto == packet.ProtoUDP) && len(body) >= 4 {
		s.sport, s.dport = uint16(body[2])<<8|uint16(body[3]), uint16(body[0])<<8|uint16(body[1])
	}
}

func (s *seen) arp(l *layers.ARP) bool {
	if l.AddrType != layers.LinkTypeEthernet || l.Protocol != layers.EthernetTypeIPv4 ||
		l.ProtAddressSize != 4 || l.HwAddressSize != 6 || l.Operation != 1 && l.Operation != 2 {
		return false
	}
	s.network(l.SourceProtAddress, l.DstProtAddress)
	s.kind = packet.KindARPRequest + packet.Kind(l.Operation) - 1
	return true
}

func address(b []byte) packet.Addr {
	a, _ := netip.AddrFromSlice(b)
	return packet.AddrFrom(a)
}
