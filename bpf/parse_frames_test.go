package bpf

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// recording is the Ethernet frames of one capture.
type recording struct {
	name   string
	frames [][]byte
}

// recordings returns those of ours and of others that hold Ethernet.
func recordings(tb testing.TB) []recording {
	tb.Helper()
	var all []recording
	for _, dir := range []string{"../testdata", shared.Captures(tb)} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
		if err != nil || len(paths) == 0 {
			tb.Fatalf("no recordings in %s: %v", dir, err)
		}
		for _, path := range paths {
			frames, err := ethernetFrames(path)
			if err != nil {
				tb.Fatalf("%s: %v", path, err)
			}
			all = append(all, recording{filepath.Base(path), frames})
		}
	}
	return all
}

// ethernetFrames reads a capture, compressed or not. One that breaks off ends there.
func ethernetFrames(path string) ([][]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if b, err = unpacked(b, filepath.Ext(path)); err != nil {
		return nil, err
	}
	next, err := openFrames(b)
	if err != nil {
		return nil, err
	}
	var frames [][]byte
	for {
		frame, link, err := next()
		if err != nil {
			if !errors.Is(err, io.EOF) && len(frames) == 0 {
				return nil, err
			}
			return frames, nil
		}
		if packet.Link(link) == packet.LinkEthernet && len(frame) >= shortest {
			frames = append(frames, frame)
		}
	}
}

func unpacked(b []byte, ext string) ([]byte, error) {
	switch ext {
	case ".gz":
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case ".zst":
		r, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	return b, nil
}

func openFrames(b []byte) (func() ([]byte, layers.LinkType, error), error) {
	if bytes.HasPrefix(b, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			return nil, err
		}
		return func() ([]byte, layers.LinkType, error) {
			frame, ci, err := r.ReadPacketData()
			if err != nil {
				return nil, 0, err
			}
			return frame, ci.AncillaryData[0].(layers.LinkType), nil
		}, nil
	}
	r, err := pcapgo.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	r.SetSnaplen(1 << 20) // a frame may be longer than the file says
	return func() ([]byte, layers.LinkType, error) {
		frame, _, err := r.ReadPacketData()
		return frame, r.LinkType(), err
	}, nil
}

// corpus returns the frames that fuzzing of packet.Parse has kept.
func corpus(tb testing.TB) []recording {
	tb.Helper()
	paths, err := filepath.Glob("../internal/packet/testdata/fuzz/FuzzParse/*")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no corpus: %v", err)
	}
	var all []recording
	for _, path := range paths {
		frame, err := corpusFrame(path)
		if err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		all = append(all, recording{filepath.Base(path), [][]byte{frame}})
	}
	return all
}

// corpusFrame reads the only []byte of a corpus entry.
func corpusFrame(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(b)) {
		quoted, found := strings.CutPrefix(strings.TrimSpace(line), "[]byte(")
		if !found {
			continue
		}
		frame, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
		return []byte(frame), err
	}
	return nil, fmt.Errorf("no []byte in it")
}
