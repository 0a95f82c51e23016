package main

import (
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// ends are the hosts of the test's frames.
var ends = [2]net.IP{{10, 20, 0, 66}, {10, 20, 8, 5}}

// build serializes layers into one frame, captured whole.
func build(t *testing.T, l ...gopacket.SerializableLayer) frame {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true}, l...); err != nil {
		t.Fatal(err)
	}
	f := frame{data: buf.Bytes()}
	f.CaptureLength, f.Length = len(f.data), len(f.data)
	return f
}

func ether(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: t}
}

// segment is a TCP segment between the ends, back tells from which.
func segment(t *testing.T, back bool, src, dst uint16, payload int) frame {
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: ends[0], DstIP: ends[1]}
	if back {
		ip.SrcIP, ip.DstIP = ends[1], ends[0]
	}
	tcp := &layers.TCP{SrcPort: layers.TCPPort(src), DstPort: layers.TCPPort(dst), DataOffset: 5, SYN: true}
	return build(t, ether(layers.EthernetTypeIPv4), ip, tcp, gopacket.Payload(make([]byte, payload)))
}

func TestWrapIsReadBack(t *testing.T) {
	tests := []struct {
		as   string
		more int // octets that the encapsulation adds
		arp  bool
		last gopacket.LayerType // of the encapsulation
	}{
		{"vlan", 4, true, layers.LayerTypeDot1Q},
		{"qinq", 8, true, layers.LayerTypeDot1Q},
		{"mpls", 8, false, layers.LayerTypeMPLS},
		{"gre", 28, false, layers.LayerTypeGRE},
		{"erspan", 14 + 20 + 8 + 8, true, layers.LayerTypeERSPANII},
	}
	const payload, cut = 1000, 100
	arp := &layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		Operation: layers.ARPRequest, SourceHwAddress: make([]byte, 6), SourceProtAddress: ends[0],
		DstHwAddress: make([]byte, 6), DstProtAddress: ends[1],
	}
	for _, tt := range tests {
		syn := segment(t, false, 40000, 445, payload)
		whole := syn.Length
		syn.data, syn.CaptureLength = syn.data[:cut], cut
		in := []frame{syn, build(t, ether(layers.EthernetTypeARP), arp), {data: []byte{1, 2, 3}}}
		out, err := wrapAll(in, tt.as)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 2, false: 1}[tt.arp]; len(out) != want {
			t.Errorf("%s: %d frames, want %d", tt.as, len(out), want)
		}
		f := out[0]
		if f.CaptureLength != cut+tt.more || len(f.data) != f.CaptureLength || f.Length != whole+tt.more {
			t.Errorf("%s: captured %d of %d octets, want %d of %d", tt.as, f.CaptureLength, f.Length, cut+tt.more, whole+tt.more)
		}
		p := gopacket.NewPacket(f.data, layers.LayerTypeEthernet, gopacket.Default)
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok || tcp.DstPort != 445 || p.Layer(tt.last) == nil {
			t.Errorf("%s: no SYN to 445 behind %v in %v", tt.as, tt.last, p)
		}
		if ip, ok := p.Layers()[1].(*layers.IPv4); ok && int(ip.Length) != f.Length-etherLen {
			t.Errorf("%s: outer IP length %d, want %d", tt.as, ip.Length, f.Length-etherLen)
		}
	}
	if _, err := wrapAll(nil, "paper"); err == nil {
		t.Error("an unknown encapsulation is no error")
	}
}
