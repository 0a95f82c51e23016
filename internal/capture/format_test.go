package capture

import (
	"encoding/binary"
	"reflect"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// seen is what a format test looks at in an event.
type seen struct {
	port  uint16
	time  packet.Time
	iface string
}

func (r *result) seen() []seen {
	var s []seen
	for i, ev := range r.events {
		s = append(s, seen{ev.SrcPort, ev.Time, r.ifaces[i]})
	}
	return s
}

func TestPcapVariants(t *testing.T) {
	const sec = uint32(t0 / 1e9)
	kuznetzov := make([]byte, 8)
	for _, c := range []struct {
		name  string
		order order
		magic uint32
		unit  packet.Time
		extra []byte
	}{
		{"little-endian, microseconds", le, 0xa1b2c3d4, 1000, nil},
		{"big-endian, microseconds", be, 0xa1b2c3d4, 1000, nil},
		{"little-endian, nanoseconds", le, 0xa1b23c4d, 1, nil},
		{"big-endian, nanoseconds", be, 0xa1b23c4d, 1, nil},
		{"little-endian, Kuznetzov's", le, 0xa1b2cd34, 1000, kuznetzov},
		{"big-endian, Kuznetzov's", be, 0xa1b2cd34, 1000, kuznetzov},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPcapBytes(c.order, c.magic, 1)
			p.add(sec, 17, 1500, syn(1), c.extra...)
			p.add(sec+1, 999_999, 0, syn(2), c.extra...) // a wire length that cannot be
			r := readBytes(t, p.b)
			want := []seen{{1, t0 + 17*c.unit, "stdin"}, {2, t0 + 1e9 + 999_999*c.unit, "stdin"}}
			if r.err != nil || !reflect.DeepEqual(r.seen(), want) {
				t.Errorf("got %v and error %v, want %v", r.seen(), r.err, want)
			}
			size := uint64(len(syn(1)))
			if s := r.stats; s.Packets != 2 || s.Bytes != 2*size || s.WireBytes != 1500+size || s.Snapped != 1 {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

// TestFCSLength: the upper half of the link type field is something else.
func TestFCSLength(t *testing.T) {
	p := newPcapBytes(le, 0xa1b2c3d4, 0x24000001)
	p.add(1, 0, 60, syn(9))
	if r := readBytes(t, p.b); r.err != nil || len(r.events) != 1 {
		t.Errorf("%d events, %v", len(r.events), r.err)
	}
}

func TestLinkTypeOfRawIP(t *testing.T) {
	for _, link := range []uint32{12, 14, 101} {
		p := newPcapBytes(le, 0xa1b2c3d4, link)
		p.add(1, 0, 60, syn(9)[14:])
		if r := readBytes(t, p.b); r.err != nil || len(r.events) != 1 || r.events[0].SrcPort != 9 {
			t.Errorf("link type %d: %d events, %v", link, len(r.events), r.err)
		}
	}
}

func TestPcapngBlocks(t *testing.T) {
	for _, o := range []order{le, be} {
		const us = uint64(t0 / 1000)
		g := newNG(o)
		g.iface(1, 60, g.option(2, []byte("eth0"))).iface(101, 0)
		g.block(4, []byte("names"))                // name resolution
		g.block(5, make([]byte, 16))               // interface statistics
		g.block(0x80000bad, []byte{1, 2, 3, 4, 5}) // a vendor's own
		g.epb(0, us, syn(1))
		g.epb(1, us+5, syn(2)[14:])
		g.spb(len(syn(3)), syn(3))
		g.spb(1500, append(syn(4), make([]byte, 6)...))
		g.pb(0, us+9, syn(5))
		g.section().iface(1, 0, g.option(2, []byte("wan\x1b[2J")))
		g.epb(0, us+20, syn(6))
		r := readBytes(t, g.b)
		want := []seen{
			{1, t0, "eth0"},
			{2, t0 + 5000, "stdin"},
			{3, t0 + 5000, "eth0"},
			{4, t0 + 5000, "eth0"},
			{5, t0 + 9000, "eth0"},
			{6, t0 + 20000, "wan?[2J"},
		}
		if r.err != nil || !reflect.DeepEqual(r.seen(), want) {
			t.Errorf("%v: got %v and error %v, want %v", o, r.seen(), r.err, want)
		}
		// The simple block of 1,500 octets is cut to the interface's snap length.
		if s := r.stats; s.Packets != 6 || s.Clock.Unstamped != 2 || s.Snapped != 1 {
			t.Errorf("%v: counted %+v", o, s)
		}
	}
}

// TestPcapngOrderPerSection: a file may change its byte order from section to section.
func TestPcapngOrderPerSection(t *testing.T) {
	var b []byte
	for i, o := range []order{le, be, le} {
		b = append(b, newNG(o).iface(1, 0).epb(0, uint64(t0/1000), syn(uint16(i))).b...)
	}
	if r := readBytes(t, b); r.err != nil || len(r.events) != 3 {
		t.Errorf("%d events, %v", len(r.events), r.err)
	}
}

func TestPcapngTime(t *testing.T) {
	const sec = uint64(t0 / 1e9)
	for _, c := range []struct {
		name       string
		resolution byte
		offset     int64
		stamp      uint64
		want       packet.Time
	}{
		{"microseconds", 6, 0, sec*1e6 + 1, t0 + 1000},
		{"nanoseconds", 9, 0, sec*1e9 + 1, t0 + 1},
		{"seconds", 0, 0, sec + 1, t0 + 1e9},
		{"picoseconds", 12, int64(sec), 2_999, t0 + 2},
		{"10^-19 s", 19, int64(sec), 15e18, t0 + 1_500_000_000},
		{"2^-10 s", 0x8a, 0, sec<<10 | 512, t0 + 500_000_000},
		{"2^-30 s", 0x9e, 0, sec<<30 | 1<<29, t0 + 500_000_000},
		{"2^-63 s", 0xbf, int64(sec), 1<<63 | 1<<62, t0 + 1_500_000_000},
		{"an offset ahead", 6, int64(sec) - 10, 10e6, t0},
		{"an offset back", 6, -10, (sec + 10) * 1e6, t0},
		{"the largest stamp", 6, 0, 1<<64 - 1, -1},
		{"the largest stamp in seconds", 0, 0, 1<<64 - 1, -1},
		{"an offset beyond time", 6, 1 << 62, sec * 1e6, -1},
		{"an offset before time", 6, -1 << 63, sec * 1e6, -1},
	} {
		clock, err := newNGClock(c.resolution, c.offset)
		if got := clock.time(c.stamp); err != nil || got != c.want {
			t.Errorf("%s: got %d, %v, want %d", c.name, got, err, c.want)
		}
	}
	for _, resolution := range []byte{20, 127, 0xc0, 0xff} {
		if _, err := newNGClock(resolution, 0); err == nil {
			t.Errorf("resolution %#x is taken", resolution)
		}
	}
}

// TestPcapngTimeOptions: resolution and offset are read from their options.
func TestPcapngTimeOptions(t *testing.T) {
	for _, o := range []order{le, be} {
		g := newNG(o)
		g.iface(1, 0, g.option(9, []byte{0x8a}), g.option(14, o.AppendUint64(nil, uint64(t0/1e9))))
		g.epb(0, 3<<10|256, syn(1))
		r := readBytes(t, g.b)
		if want := t0 + 3_250_000_000; r.err != nil || len(r.events) != 1 || r.events[0].Time != want {
			t.Errorf("%v: got %v, %v, want one event at %d", o, r.events, r.err, want)
		}
	}
}

// TestPcapngUnpaddedLength: some writers leave the padding out of a block's length.
func TestPcapngUnpaddedLength(t *testing.T) {
	g := newNG(le).iface(1, 0)
	frame := append(syn(1), 0xaa)
	at := len(g.b)
	g.spb(len(frame), frame)
	total := 12 + 4 + len(frame)
	le.PutUint32(g.b[at+4:], uint32(total))
	le.PutUint32(g.b[len(g.b)-4:], uint32(total))
	g.epb(0, uint64(t0/1000), syn(2))
	if r := readBytes(t, g.b); r.err != nil || len(r.events) != 2 {
		t.Errorf("%d events, %v", len(r.events), r.err)
	}
}

// TestPcapngSkipsUnsupportedInterface: one interface that cannot be read does not spoil
// the others.
func TestPcapngSkipsUnsupportedInterface(t *testing.T) {
	const us = uint64(t0 / 1000)
	g := newNG(le).iface(127, 0).iface(1, 0)
	g.epb(0, us, make([]byte, 40)).epb(1, us+1, syn(1)).epb(0, us+2, make([]byte, 50))
	r := readBytes(t, g.b)
	if r.err != nil || len(r.events) != 1 || r.now != t0+2000 {
		t.Errorf("%d events until %d, %v", len(r.events), r.now, r.err)
	}
	if s := r.stats; s.Packets != 3 || s.Skipped != 2 || s.Status[packet.Unsupported] != 2 || s.Bytes != 90+uint64(len(syn(1))) {
		t.Errorf("counted %+v", s)
	}
}
