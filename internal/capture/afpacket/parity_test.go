package afpacket

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/sensor"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// frame is one of a recording.
type frame struct {
	time packet.Time
	data []byte
	wire int
}

// recording returns the frames of a recording of Ethernet, none if it is another's.
func recording(t *testing.T, path string) (frames []frame) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = bufio.NewReader(f)
	switch filepath.Ext(path) {
	case ".gz":
		in, err = gzip.NewReader(in)
	case ".zst":
		in, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	var r interface {
		gopacket.PacketDataSource
		LinkType() layers.LinkType
	}
	if strings.Contains(path, ".pcapng") {
		r, err = pcapgo.NewNgReader(in, pcapgo.DefaultNgReaderOptions)
	} else {
		r, err = pcapgo.NewReader(in)
	}
	if err != nil || r.LinkType() != layers.LinkTypeEthernet {
		return nil
	}
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return frames
		}
		if err != nil {
			t.Logf("%s: frame %d: %v", path, len(frames), err)
			return frames
		}
		at := packet.Time(info.Timestamp.UnixNano())
		if n := len(frames); n > 0 {
			at = max(at, frames[n-1].time)
		}
		frames = append(frames, frame{at, data, info.Length})
	}
}

// recordings are the paths of all, the project's own and those that are shared.
func recordings(t *testing.T) (paths []string) {
	t.Helper()
	for _, dir := range []string{filepath.Join("..", "..", "..", "testdata"), shared.Captures(t)} {
		for _, pattern := range []string{"*.pcap*"} {
			more, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, more...)
		}
	}
	if len(paths) < 90 {
		t.Fatalf("only %d recordings", len(paths))
	}
	return paths
}

// outcome is what the detectors make of events.
type outcome struct {
	contacts []flow.Contact
	findings []string
}

// judge shows events to the detectors.
type judge struct {
	tracker *flow.Tracker
	sensor  *sensor.Sensor
	now     packet.Time
	out     outcome
	found   []alert.Finding
}

func newJudge(c *config.Config) *judge {
	f := c.Flow()
	return &judge{
		tracker: flow.New(f, 1),
		sensor: sensor.New(c.Parts(), sensor.Site{
			Sensor: "test", HomeDefault: c.HomeDefault(),
			Seen: novelty.New(c.Detect.Novelty, f.Groups(), 1), Lists: blocklist.New(nil),
			Interface: func(uint16) string { return "eth0" },
		}, 1),
	}
}

func (j *judge) observe(ev *packet.Event, payload []byte) {
	j.now = ev.Time
	j.out.contacts = j.tracker.Observe(ev, j.out.contacts)
	j.found = j.sensor.Observe(ev, payload, j.found)
}

// end lets a day pass and returns all.
func (j *judge) end() outcome {
	j.out.contacts = j.tracker.Advance(j.now.Add(24*time.Hour), j.out.contacts)
	j.found = j.sensor.Advance(j.now.Add(24*time.Hour), j.found)
	for i := range j.found {
		j.out.findings = append(j.out.findings, string(alert.AppendOCSF(nil, &j.found[i], "test")))
	}
	return j.out
}

func smallConfig() *config.Config {
	c := config.Default()
	c.Memory.HalfOpen, c.Memory.Pairs, c.Memory.Addresses = 1<<13, 1<<15, 1<<15
	return &c
}

// TestFilterChangesNothing shows each recording to the detectors as a whole, and as the
// filter leaves it: they come to the same contacts and findings. Frames of which the
// recording has the start only are filled up, so that the filter sees their true length.
func TestFilterChangesNothing(t *testing.T) {
	c := smallConfig()
	wants := c.Wants()
	var all, kept, octets, keptOctets, found int
	for _, path := range recordings(t) {
		frames := recording(t, path)
		if len(frames) == 0 {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, sample := range []int{1, 1 << 16} {
				m := newMachine(t, defaultFilter(&wants, sample), never)
				full, less := newJudge(c), newJudge(c)
				for _, fr := range frames {
					ev := packet.Event{Time: fr.time}
					if packet.Parse(packet.LinkEthernet, fr.data, fr.wire, &ev) == packet.OK {
						full.observe(&ev, fr.data[ev.Data:ev.Data+uint32(ev.Held)])
					}
					filled := append(bytes.Clone(fr.data), make([]byte, fr.wire-len(fr.data))...)
					inner, tag := untag(filled)
					n := m.keeps(t, inner)
					all, octets = all+1, octets+fr.wire
					if n == 0 {
						continue
					}
					kept, keptOctets = kept+1, keptOctets+n
					data := retag(inner[:n], tag)
					data = data[:min(len(data), len(fr.data))]
					ev = packet.Event{Time: fr.time}
					if packet.Parse(packet.LinkEthernet, data, fr.wire, &ev) == packet.OK {
						less.observe(&ev, data[ev.Data:ev.Data+uint32(ev.Held)])
					}
				}
				want, got := full.end(), less.end()
				found += len(want.findings)
				compare(t, fmt.Sprintf("sample %d: contact", sample), got.contacts, want.contacts)
				compare(t, fmt.Sprintf("sample %d: finding", sample), got.findings, want.findings)
			}
		})
	}
	if found < 100 {
		t.Errorf("only %d findings were compared", found)
	}
	t.Logf("kept %d of %d frames, %d of %d octets", kept, all, keptOctets, octets)
}

func compare[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	shown := 0
	for i := range max(len(got), len(want)) {
		if i < len(got) && i < len(want) && got[i] == want[i] {
			continue
		}
		if i < len(got) {
			t.Errorf("%s %d of %d:\ngot  %+v", what, i, len(got), got[i])
		}
		if i < len(want) {
			t.Errorf("%s %d of %d:\nwant %+v", what, i, len(want), want[i])
		}
		if shown++; shown == 2 {
			return
		}
	}
}
