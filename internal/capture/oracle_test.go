package capture

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestPcapgoWriters reads what an independent implementation wrote.
func TestPcapgoWriters(t *testing.T) {
	const n = 2000 // several blocks of the reader
	start := time.Unix(0, int64(t0)).UTC()
	info := func(i, size int) gopacket.CaptureInfo {
		return gopacket.CaptureInfo{Timestamp: start.Add(time.Duration(i) * 1_234_567), CaptureLength: size, Length: size + i%3, InterfaceIndex: i % 2}
	}
	frame := func(i int) []byte { return append(syn(uint16(i)), make([]byte, i%1400)...) }

	var micro, nano, ng bytes.Buffer
	m, ns := pcapgo.NewWriter(&micro), pcapgo.NewWriterNanos(&nano)
	check(t, m.WriteFileHeader(0, layers.LinkTypeEthernet))
	check(t, ns.WriteFileHeader(262144, layers.LinkTypeEthernet))
	w, err := pcapgo.NewNgWriterInterface(&ng, pcapgo.NgInterface{Name: "left", LinkType: layers.LinkTypeEthernet}, pcapgo.DefaultNgWriterOptions)
	check(t, err)
	_, err = w.AddInterface(pcapgo.NgInterface{Name: "right", LinkType: layers.LinkTypeEthernet, TimestampResolution: 9})
	check(t, err)
	for i := range n {
		f := frame(i)
		plain := info(i, len(f))
		plain.InterfaceIndex = 0
		check(t, m.WritePacket(plain, f))
		check(t, ns.WritePacket(plain, f))
		check(t, w.WritePacket(info(i, len(f)), f))
	}
	check(t, w.Flush())

	for _, c := range []struct {
		name   string
		b      []byte
		unit   packet.Time
		ifaces [2]string
	}{
		{"microseconds", micro.Bytes(), 1000, [2]string{"stdin", "stdin"}},
		{"nanoseconds", nano.Bytes(), 1, [2]string{"stdin", "stdin"}},
		{"pcapng", ng.Bytes(), 1, [2]string{"left", "right"}},
	} {
		r := readBytes(t, c.b)
		if r.err != nil || len(r.events) != n || r.stats.Snapped != n-(n+2)/3 {
			t.Fatalf("%s: %d events, %d cut, %v", c.name, len(r.events), r.stats.Snapped, r.err)
		}
		for i, ev := range r.events {
			at := packet.Time(info(i, 0).Timestamp.UnixNano())
			if ev.SrcPort != uint16(i) || ev.Time != at/c.unit*c.unit || r.ifaces[i] != c.ifaces[i%2] {
				t.Fatalf("%s, packet %d: port %d at %d on %s, want %d", c.name, i, ev.SrcPort, ev.Time, r.ifaces[i], at)
			}
		}
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
