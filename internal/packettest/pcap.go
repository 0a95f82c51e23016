package packettest

import (
	"encoding/binary"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Record is one frame of a capture.
type Record struct {
	Time  packet.Time
	Frame []byte
	Wire  int // octets on the wire; 0: as many as were captured
}

// Pcap is how a classic capture file is written: little-endian, in microseconds and
// with a snap length of 262144 unless said otherwise.
type Pcap struct {
	Link      packet.Link // no default: 0 is packet.LinkNull
	BigEndian bool
	Nano      bool
	Snap      int // octets kept of a frame
}

// Bytes returns a whole capture file.
func (f Pcap) Bytes(records ...Record) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if f.BigEndian {
		order = binary.BigEndian
	}
	magic, unit := uint32(0xa1b2c3d4), time.Microsecond
	if f.Nano {
		magic, unit = 0xa1b23c4d, time.Nanosecond
	}
	if f.Snap == 0 {
		f.Snap = 262144
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2) // version 2.4
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...) // time zone and accuracy, never used
	b = order.AppendUint32(b, uint32(f.Snap))
	b = order.AppendUint32(b, uint32(f.Link))
	for _, r := range records {
		frame := r.Frame[:min(len(r.Frame), f.Snap)]
		nanos := int64(r.Time)
		b = order.AppendUint32(b, uint32(nanos/int64(time.Second)))
		b = order.AppendUint32(b, uint32(nanos%int64(time.Second)/int64(unit)))
		b = order.AppendUint32(b, uint32(len(frame)))
		b = order.AppendUint32(b, uint32(max(r.Wire, len(r.Frame))))
		b = append(b, frame...)
	}
	return b
}
