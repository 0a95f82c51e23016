package packet_test

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// BenchmarkParse measures one frame again and again: ns/op is ns a packet.
func BenchmarkParse(b *testing.B) {
	for _, c := range timed() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var ev packet.Event
			for b.Loop() {
				if packet.Parse(packet.LinkEthernet, c.frame, len(c.frame), &ev) != packet.OK {
					b.Fatal("no event")
				}
			}
		})
	}
	b.Run("mixed", func(b *testing.B) {
		b.ReportAllocs()
		frames := timed()
		var ev packet.Event
		for i := 0; b.Loop(); i++ {
			frame := frames[i*7%len(frames)].frame
			packet.Parse(packet.LinkEthernet, frame, len(frame), &ev)
		}
	})
}

// BenchmarkGopacket is the yardstick: gopacket's quickest way, its layers reused.
func BenchmarkGopacket(b *testing.B) {
	for _, c := range timed() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var (
				eth  layers.Ethernet
				tag  layers.Dot1Q
				ip4  layers.IPv4
				ip6  layers.IPv6
				tcp  layers.TCP
				udp  layers.UDP
				vx   layers.VXLAN
				gre  layers.GRE
				arp  layers.ARP
				load gopacket.Payload
			)
			p := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
				&eth, &tag, &ip4, &ip6, &tcp, &udp, &vx, &gre, &arp, &load)
			p.IgnoreUnsupported = true
			decoded := make([]gopacket.LayerType, 0, 16)
			for b.Loop() {
				if err := p.DecodeLayers(c.frame, &decoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type timedFrame struct {
	name  string
	frame []byte
}

func timed() []timedFrame {
	t := packettest.Tunnel4
	return []timedFrame{
		{"tcp", packettest.Ethernet(packettest.SYN)},
		{"udp", packettest.Ethernet(packettest.UDP("10.0.0.1", "10.0.0.2", 5000, 53, make([]byte, 40)...))},
		{"ipv6", packettest.Ethernet(packettest.SYN6)},
		{"vlan", packettest.Ethernet(packettest.VLAN(packettest.SYN, 7))},
		{"vxlan", packettest.Ethernet(t.VXLAN(packettest.Ethernet(packettest.SYN), 42))},
		{"gre", packettest.Ethernet(t.GRE(packettest.SYN, packettest.GREFields{Key: 5}))},
		{"arp", packettest.Ethernet(packettest.ARP(packettest.ARPRequest, "10.0.0.1", "10.0.0.2"))},
	}
}
