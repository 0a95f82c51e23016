package blast_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/lab/blast"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// TestSend: what arrives is as many frames as were sent, of the shape that was asked for.
func TestSend(t *testing.T) {
	l := lab.New(t)
	out, in := l.Pair(l.Host("a"), "out", l.Host("b"), "in")
	in.NAPI()
	shape := blast.Shape{Sources: netip.MustParsePrefix("10.4.0.0/14"), Targets: netip.MustParsePrefix("203.0.113.80/32"), SYN: 250}
	b, err := blast.New(out, shape)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	tap := in.Tap()
	if err := b.Send(20_000, 500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	n, err := b.Sent()
	if err != nil {
		t.Fatal(err)
	}
	sent := int(n)
	got := tap.Frames(sent+1, 300*time.Millisecond)
	if len(got) != sent || sent < 1000 {
		t.Fatalf("%d frames arrive of %d", len(got), sent)
	}
	syns, sources := 0, map[packet.Addr]bool{}
	for _, frame := range got {
		var ev packet.Event
		if status := packet.Parse(packet.LinkEthernet, frame, len(frame), &ev); status != packet.OK {
			t.Fatalf("%v: %x", status, frame)
		}
		if !shape.Sources.Contains(ev.Src.Netip()) || !shape.Targets.Contains(ev.Dst.Netip()) {
			t.Fatalf("from %v to %v", ev.Src, ev.Dst)
		}
		sources[ev.Src] = true
		port := binary.BigEndian.Uint16(frame[36:])
		switch {
		case ev.TCPFlags == packet.SYN && port == 445:
			syns++
		case ev.TCPFlags != packet.ACK || port != 443:
			t.Fatalf("flags %x to %d", ev.TCPFlags, port)
		}
	}
	if syns < sent/5 || syns > sent*3/10 || len(sources) < sent*9/10 {
		t.Errorf("%d SYNs and %d sources in %d frames", syns, len(sources), sent)
	}
}

// BenchmarkSend tells what a frame costs that nobody takes.
func BenchmarkSend(b *testing.B) {
	l := lab.New(b)
	out, in := l.Pair(l.Host("a"), "out", l.Host("b"), "in")
	in.NAPI()
	s, err := blast.New(out, blast.Shape{Sources: netip.MustParsePrefix("10.4.0.0/14"), Targets: netip.MustParsePrefix("10.0.0.0/9"), SYN: 10})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		if err := s.Send(0, time.Second); err != nil {
			b.Fatal(err)
		}
	}
	n, err := s.Sent()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(s.CPU())/float64(n), "ns/frame")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "M/s")
}
