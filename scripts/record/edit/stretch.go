package main

import (
	"net/netip"
	"slices"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// pause ends a conversation: what follows on the same addresses and ports after it is
// another one.
const pause = 20 * time.Second

// talk identifies a conversation: two endpoints in order, so that both directions share it.
type talk struct {
	a, b  netip.AddrPort
	proto uint8
}

// stretch multiplies the time between the starts of conversations by factor. Inside a
// conversation (a TCP connection with its retransmits, a question with its answer or the
// ICMP error about it) time runs as it was recorded. The conversations that burst starts
// count as one, so its pace is kept. A start that is not zero moves the whole capture.
func stretch(frames []frame, factor float64, start time.Time, burst netip.Addr) []frame {
	if len(frames) == 0 {
		return nil
	}
	begin := frames[0].Timestamp
	if start.IsZero() {
		start = begin
	}
	type run struct{ first, last time.Time }
	runs := map[talk]*run{}
	for i := range frames {
		f := &frames[i]
		t := talkOf(f.data)
		if burst.IsValid() && (t.a.Addr() == burst || t.b.Addr() == burst) {
			t = talk{a: netip.AddrPortFrom(burst, 0)}
		}
		r := runs[t]
		if r == nil || f.Timestamp.Sub(r.last) > pause {
			r = &run{first: f.Timestamp}
			runs[t] = r
		}
		r.last = f.Timestamp
		gap := time.Duration(float64(r.first.Sub(begin)) * factor)
		f.Timestamp = start.Add(gap + f.Timestamp.Sub(r.first))
	}
	slices.SortStableFunc(frames, func(x, y frame) int { return x.Timestamp.Compare(y.Timestamp) })
	return frames
}

// talkOf finds the conversation of a frame; what is neither IP nor ARP shares the zero one.
func talkOf(data []byte) talk {
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.NoCopy)
	if arp, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		return ordered(endpoint(arp.SourceProtAddress, 0), endpoint(arp.DstProtAddress, 0), 0)
	}
	if icmp, ok := p.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok &&
		icmp.TypeCode.Type() == layers.ICMPv4TypeDestinationUnreachable {
		return talkOfIP(gopacket.NewPacket(icmp.Payload, layers.LayerTypeIPv4, gopacket.NoCopy))
	}
	if icmp, ok := p.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6); ok &&
		icmp.TypeCode.Type() == layers.ICMPv6TypeDestinationUnreachable && len(icmp.Payload) > 4 {
		return talkOfIP(gopacket.NewPacket(icmp.Payload[4:], layers.LayerTypeIPv6, gopacket.NoCopy))
	}
	return talkOfIP(p)
}

// talkOfIP reads addresses and ports; a quoted packet may end behind the ports.
func talkOfIP(p gopacket.Packet) talk {
	network := p.NetworkLayer()
	if network == nil {
		return talk{}
	}
	var src, dst uint16
	proto := uint8(0)
	if ip, ok := network.(*layers.IPv4); ok {
		proto = uint8(ip.Protocol)
	} else if ip, ok := network.(*layers.IPv6); ok {
		proto = uint8(ip.NextHeader)
	}
	if l4 := network.LayerPayload(); (proto == 6 || proto == 17) && len(l4) >= 4 {
		src, dst = uint16(l4[0])<<8|uint16(l4[1]), uint16(l4[2])<<8|uint16(l4[3])
	}
	flow := network.NetworkFlow()
	return ordered(endpoint(flow.Src().Raw(), src), endpoint(flow.Dst().Raw(), dst), proto)
}

func endpoint(ip []byte, port uint16) netip.AddrPort {
	addr, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(addr, port)
}

func ordered(x, y netip.AddrPort, proto uint8) talk {
	if y.Compare(x) < 0 {
		x, y = y, x
	}
	return talk{x, y, proto}
}
