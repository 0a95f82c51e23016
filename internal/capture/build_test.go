package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// t0 is the time of the first packet of most captures here.
const t0 = packet.Time(1_700_000_000 * int64(time.Second))

// order is a byte order that can also append.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// syn returns an Ethernet frame by whose source port the tests tell it.
func syn(port uint16) []byte {
	return packettest.Ethernet(packettest.TCP("10.0.0.1", "10.0.0.2", port, 445, packet.SYN))
}

// pcapBytes writes classic captures by the book.
type pcapBytes struct {
	order
	b []byte
}

// newPcapBytes begins a file with a magic number and a link type.
func newPcapBytes(o order, magic, link uint32) *pcapBytes {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, 0) // snap length: whatever is there
	return &pcapBytes{o, o.AppendUint32(b, link)}
}

// add appends a record; extra stands between record header and frame.
func (p *pcapBytes) add(sec, frac uint32, wire int, frame []byte, extra ...byte) *pcapBytes {
	p.b = p.AppendUint32(p.b, sec)
	p.b = p.AppendUint32(p.b, frac)
	p.b = p.AppendUint32(p.b, uint32(len(frame)))
	p.b = p.AppendUint32(p.b, uint32(wire))
	p.b = append(append(p.b, extra...), frame...)
	return p
}

// plain returns a little-endian microsecond capture of n SYNs, a second apart.
func plain(n int) []byte {
	p := newPcapBytes(binary.LittleEndian, 0xa1b2c3d4, 1)
	for i := range n {
		f := syn(uint16(1000 + i))
		p.add(uint32(t0/1e9)+uint32(i), 5, len(f), f)
	}
	return p.b
}

// ngBytes writes pcapng blocks by the book.
type ngBytes struct {
	order
	b []byte
}

func newNG(o order) *ngBytes { return (&ngBytes{order: o}).section() }

// block appends any block, padded.
func (g *ngBytes) block(kind uint32, body []byte) *ngBytes {
	total := uint32(12 + (len(body)+3)&^3)
	g.b = g.AppendUint32(g.b, kind)
	g.b = g.AppendUint32(g.b, total)
	g.b = append(g.b, body...)
	g.b = append(g.b, make([]byte, -len(body)&3)...)
	g.b = g.AppendUint32(g.b, total)
	return g
}

func (g *ngBytes) section() *ngBytes {
	b := g.AppendUint32(nil, 0x1a2b3c4d)
	b = g.AppendUint16(b, 1)
	b = g.AppendUint16(b, 0)
	b = g.AppendUint64(b, 1<<64-1)
	return g.block(0x0a0d0d0a, append(b, g.option(4, []byte("a test"))...))
}

// option returns an option, padded.
func (g *ngBytes) option(code uint16, value []byte) []byte {
	b := g.AppendUint16(nil, code)
	b = g.AppendUint16(b, uint16(len(value)))
	return append(append(b, value...), make([]byte, -len(value)&3)...)
}

// iface appends an interface description.
func (g *ngBytes) iface(link uint16, snap uint32, options ...[]byte) *ngBytes {
	b := g.AppendUint16(nil, link)
	b = g.AppendUint16(b, 0)
	b = g.AppendUint32(b, snap)
	for _, o := range options {
		b = append(b, o...)
	}
	return g.block(1, append(b, g.option(0, nil)...))
}

// epb appends an enhanced packet block with a comment.
func (g *ngBytes) epb(id uint32, stamp uint64, frame []byte) *ngBytes {
	b := g.AppendUint32(nil, id)
	b = g.stampAndLengths(b, stamp, frame)
	b = append(b, make([]byte, -len(b)&3)...)
	return g.block(6, append(b, g.option(1, []byte("seen"))...))
}

// pb appends an obsolete packet block.
func (g *ngBytes) pb(id uint16, stamp uint64, frame []byte) *ngBytes {
	b := g.AppendUint16(nil, id)
	b = g.AppendUint16(b, 7) // drops
	return g.block(2, g.stampAndLengths(b, stamp, frame))
}

// spb appends a simple packet block for a frame of wire octets.
func (g *ngBytes) spb(wire int, frame []byte) *ngBytes {
	return g.block(3, append(g.AppendUint32(nil, uint32(wire)), frame...))
}

func (g *ngBytes) stampAndLengths(b []byte, stamp uint64, frame []byte) []byte {
	b = g.AppendUint32(b, uint32(stamp>>32))
	b = g.AppendUint32(b, uint32(stamp))
	b = g.AppendUint32(b, uint32(len(frame)))
	b = g.AppendUint32(b, uint32(len(frame)))
	return append(b, frame...)
}

// gz compresses each part as a gzip member.
func gz(tb testing.TB, parts ...[]byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&out)
		if _, err := w.Write(p); err != nil {
			tb.Fatal(err)
		}
		if err := w.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	return out.Bytes()
}

// zst compresses each part as a zstd frame.
func zst(tb testing.TB, parts ...[]byte) []byte {
	tb.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		tb.Fatal(err)
	}
	defer w.Close()
	var out []byte
	for _, p := range parts {
		out = w.EncodeAll(p, out)
	}
	return out
}
