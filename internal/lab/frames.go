package lab

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"
)

// Frame is one of a recording.
type Frame struct {
	At   time.Duration // since the first
	Data []byte
}

// Frames returns those of a recording of Ethernet: pcap or pcapng, plain or compressed by
// gzip or zstd.
func Frames(tb testing.TB, path string) []Frame {
	tb.Helper()
	frames, err := readFrames(path)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return frames
}

func readFrames(path string) (frames []Frame, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := reader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	if link := r.LinkType(); link != layers.LinkTypeEthernet {
		return nil, fmt.Errorf("link type %v: only Ethernet can be played", link)
	}
	var first time.Time
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return frames, nil
		}
		if err != nil {
			return nil, err
		}
		if len(frames) == 0 {
			first = info.Timestamp
		}
		frames = append(frames, Frame{info.Timestamp.Sub(first), data})
	}
}

// packets is what pcapgo's readers have in common.
type packets interface {
	gopacket.PacketDataSource
	LinkType() layers.LinkType
}

// reader tells by the first octets what a recording is.
func reader(in *bufio.Reader) (packets, error) {
	magic, err := in.Peek(4)
	if err != nil {
		return nil, err
	}
	switch [4]byte(magic) {
	case [4]byte{0x28, 0xb5, 0x2f, 0xfd}:
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1)) // no goroutine to end
		if err != nil {
			return nil, err
		}
		return reader(bufio.NewReader(d))
	case [4]byte{0x0a, 0x0d, 0x0d, 0x0a}:
		return pcapgo.NewNgReader(in, pcapgo.DefaultNgReaderOptions)
	}
	if magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return reader(bufio.NewReader(z))
	}
	return pcapgo.NewReader(in)
}
