package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// The classic format: draft-ietf-opsawg-pcap. A header of 24 octets, then records of 16
// octets and the frame.
const (
	pcapHeader     = 24
	pcapRecord     = 16
	kuznetzovExtra = 8 // interface index, protocol, packet type
)

// pcapVariant is what the magic number of a pcap file tells.
type pcapVariant struct {
	big    bool // big-endian
	unit   packet.Time
	record int // octets before a frame
}

// pcapVariants are the magic numbers as they stand in the file. The third pair is
// Alexey Kuznetzov's variant of 1999, with a longer record header.
var pcapVariants = map[[4]byte]pcapVariant{
	{0xd4, 0xc3, 0xb2, 0xa1}: {false, 1000, pcapRecord},
	{0xa1, 0xb2, 0xc3, 0xd4}: {true, 1000, pcapRecord},
	{0x4d, 0x3c, 0xb2, 0xa1}: {false, 1, pcapRecord},
	{0xa1, 0xb2, 0x3c, 0x4d}: {true, 1, pcapRecord},
	{0x34, 0xcd, 0xb2, 0xa1}: {false, 1000, pcapRecord + kuznetzovExtra},
	{0xa1, 0xb2, 0xcd, 0x34}: {true, 1000, pcapRecord + kuznetzovExtra},
}

// pcap reads the records of a classic capture file.
type pcap struct {
	pcapVariant
	link  packet.Link
	iface uint16
}

// newPcap reads the file header b.
func newPcap(v pcapVariant, b []byte, iface uint16) (*pcap, error) {
	p := &pcap{pcapVariant: v, iface: iface}
	order := byteOrder(v.big)
	if major, minor := order.Uint16(b[4:]), order.Uint16(b[6:]); major != 2 || minor != 4 {
		return nil, fmt.Errorf("version %d.%d of the pcap format %w, only 2.4 is: rewrite the file with editcap", major, minor, ErrNotSupported)
	}
	// The snap length (b[16:]) is not needed: 0 means unlimited in practice, and each
	// record has its own. Above the 16 bits of the link type stands the FCS length.
	p.link = packet.Link(order.Uint32(b[20:]))
	if !p.link.Supported() {
		return nil, linkError(p.link)
	}
	return p, nil
}

func (p *pcap) next(b []byte, frames []frame) (n, used, need int, err error) {
	for n < len(frames) {
		r := b[used:]
		if len(r) < p.record {
			return n, used, p.record, nil
		}
		_ = r[pcapRecord-1]
		sec, frac := le32(r), le32(r[4:])
		captured, wire := le32(r[8:]), le32(r[12:])
		if p.big {
			sec, frac = bits.ReverseBytes32(sec), bits.ReverseBytes32(frac)
			captured, wire = bits.ReverseBytes32(captured), bits.ReverseBytes32(wire)
		}
		if captured > maxCaptured {
			return n, used, 0, tooLong(captured)
		}
		end := p.record + int(captured)
		if len(r) < end {
			return n, used, end, nil
		}
		fr := &frames[n]
		fr.time = packet.Time(sec)*1e9 + packet.Time(frac)*p.unit
		fr.at, fr.captured, fr.wire = uint32(used+p.record), captured, max(wire, captured)
		fr.link, fr.iface, fr.flags = p.link, p.iface, 0
		used += end
		n++
	}
	return n, used, 0, nil
}

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// tooLong says that a record claims more octets than any capture holds of a frame.
func tooLong(captured uint32) error {
	return corrupt("a record claims %d octets of a frame, the bound is %d", captured, maxCaptured)
}

// byteOrder is for headers; records are decoded without an interface call.
func byteOrder(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
