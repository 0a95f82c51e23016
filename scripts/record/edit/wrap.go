package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// What the encapsulations carry: fixed, so that tests can ask for them.
const (
	vlanID    = 20
	serviceID = 100    // outer tag of QinQ
	greKey    = 0x77   // 119
	sessionID = 42     // of ERSPAN
	vpnLabel  = 24     // inner MPLS label
	pathLabel = 16001  // outer MPLS label
	etherLen  = 14     // octets of an Ethernet header
	qinqType  = 0x88a8 // IEEE 802.1ad
)

// The two ends of the tunnels.
var (
	tunnelMAC = [2]net.HardwareAddr{{2, 3, 0xac, 0x1f, 0, 1}, {2, 3, 0xac, 0x1f, 0, 2}}
	tunnelIP  = [2]net.IP{{172, 31, 0, 1}, {172, 31, 0, 2}}
)

// A wrapper turns one Ethernet frame of length octets on the wire, of which data was
// captured, into the new frame's headers and the part of data that follows them. Frames
// that the encapsulation cannot carry yield nil.
type wrapper func(data []byte, length, seq int) (headers, rest []byte)

var wrappers = map[string]wrapper{
	"vlan": func(data []byte, _, _ int) ([]byte, []byte) {
		return tag(data, 0x8100, vlanID), data[12:]
	},
	"qinq": func(data []byte, _, _ int) ([]byte, []byte) {
		inner := tag(data, 0x8100, vlanID)
		return append(tag(data, qinqType, serviceID), inner[12:]...), data[12:]
	},
	"mpls":   wrapMPLS,
	"gre":    wrapGRE,
	"erspan": wrapERSPAN,
}

// wrapAll puts every frame into the encapsulation.
func wrapAll(frames []frame, as string) ([]frame, error) {
	wrap, ok := wrappers[as]
	if !ok {
		return nil, fmt.Errorf("wrap: encapsulation %q is unknown", as)
	}
	var out []frame
	for _, f := range frames {
		if len(f.data) < etherLen {
			continue
		}
		headers, rest := wrap(f.data, f.Length, len(out))
		if headers == nil {
			continue
		}
		data := append(headers, rest...)
		f.Length += len(data) - len(f.data)
		f.CaptureLength, f.data = len(data), data
		out = append(out, f)
	}
	return out, nil
}

// tag returns the addresses of a frame followed by one VLAN tag.
func tag(data []byte, etherType, id uint16) []byte {
	b := append([]byte(nil), data[:12]...)
	b = binary.BigEndian.AppendUint16(b, etherType)
	return binary.BigEndian.AppendUint16(b, id)
}

// carriesIP tells whether the frame is IPv4 or IPv6.
func carriesIP(data []byte) (layers.EthernetType, bool) {
	t := layers.EthernetType(binary.BigEndian.Uint16(data[12:]))
	return t, t == layers.EthernetTypeIPv4 || t == layers.EthernetTypeIPv6
}

// wrapMPLS makes the IP packet one of a layer 3 VPN: two labels (RFC 3032, RFC 4364).
func wrapMPLS(data []byte, _, _ int) ([]byte, []byte) {
	if _, ok := carriesIP(data); !ok {
		return nil, nil
	}
	b := append([]byte(nil), data[:12]...)
	b = binary.BigEndian.AppendUint16(b, uint16(layers.EthernetTypeMPLSUnicast))
	b = binary.BigEndian.AppendUint32(b, pathLabel<<12|63)
	b = binary.BigEndian.AppendUint32(b, vpnLabel<<12|1<<8|63)
	return b, data[etherLen:]
}

// wrapGRE carries the IP packet in GRE with a key (RFC 2784, RFC 2890).
func wrapGRE(data []byte, length, _ int) ([]byte, []byte) {
	t, ok := carriesIP(data)
	if !ok {
		return nil, nil
	}
	gre := binary.BigEndian.AppendUint16([]byte{0x20, 0}, uint16(t))
	gre = binary.BigEndian.AppendUint32(gre, greKey)
	return outer(gre, length-etherLen), data[etherLen:]
}

// wrapERSPAN carries the whole frame as a switch's ERSPAN type II session does
// (draft-foschiano-erspan): GRE with a sequence number and a header of eight octets.
func wrapERSPAN(data []byte, length, seq int) ([]byte, []byte) {
	gre := binary.BigEndian.AppendUint16([]byte{0x10, 0}, uint16(layers.EthernetTypeERSPAN))
	gre = binary.BigEndian.AppendUint32(gre, uint32(seq))
	gre = binary.BigEndian.AppendUint16(gre, 1<<12|vlanID) // version 1 is type II
	gre = binary.BigEndian.AppendUint16(gre, sessionID)
	gre = binary.BigEndian.AppendUint32(gre, 0) // index
	return outer(gre, length), data
}

// outer puts Ethernet and IPv4 headers before GRE headers that n octets follow on the wire.
// The Ethernet header is not gopacket's, which would pad the headers to a whole frame.
func outer(gre []byte, n int) []byte {
	buf := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true},
		&layers.IPv4{
			Version: 4, IHL: 5, TTL: 62, Protocol: layers.IPProtocolGRE,
			Length: uint16(20 + len(gre) + n), SrcIP: tunnelIP[0], DstIP: tunnelIP[1],
		},
		gopacket.Payload(gre))
	if err != nil {
		panic(err) // headers made here are always writable
	}
	b := slices.Concat(tunnelMAC[1], tunnelMAC[0])
	b = binary.BigEndian.AppendUint16(b, uint16(layers.EthernetTypeIPv4))
	return append(b, buf.Bytes()...)
}
