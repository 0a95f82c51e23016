package capture

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/scripts/genpcap/office"
)

const benchPackets = 300_000

// officeFile writes office traffic with frames of 380 octets on average and returns the
// file's name and size.
func officeFile(tb testing.TB, packets, snapLen int) (name string, size int64) {
	tb.Helper()
	name = filepath.Join(tb.TempDir(), "office.pcap")
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	w := &buffered{File: f}
	if err := (office.Traffic{Packets: packets, Size: 380, SnapLen: snapLen, Seed: 1}).Write(w); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		tb.Fatal(err)
	}
	return name, info.Size()
}

// BenchmarkReadParse reads a file of 300,000 packets and makes events of them; an
// operation is the whole file.
func BenchmarkReadParse(b *testing.B) {
	for _, c := range []struct {
		name    string
		snapLen int
	}{{"380B", 0}, {"snap96", 96}} {
		b.Run(c.name, func(b *testing.B) {
			name, size := officeFile(b, benchPackets, c.snapLen)
			dst := make([]packet.Event, 256)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				f, err := OpenFiles([]string{name})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, _, err = f.Read(dst)
				}
				if !errors.Is(err, io.EOF) || f.Stats().Packets != benchPackets {
					b.Fatal(err, f.Stats().Packets)
				}
				_ = f.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchPackets, "ns/packet")
		})
	}
}

// BenchmarkCat reads the same file in the same blocks and looks at nothing: the yardstick
// of BenchmarkReadParse.
func BenchmarkCat(b *testing.B) {
	name, size := officeFile(b, benchPackets, 0)
	block := make([]byte, blockSize)
	b.SetBytes(size)
	for b.Loop() {
		f, err := os.Open(name)
		for err == nil {
			_, err = f.Read(block)
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		_ = f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchPackets, "ns/packet")
}
