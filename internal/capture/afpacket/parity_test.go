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
	"github.com/wormwatch/wormwatch/internal/stream"
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
	streams  stream.Stats
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
	// What was let go is counted by segments that need not be the same.
	n := j.sensor.Stats().Streams
	n.LetGo, n.Gaps, n.Disagreed, n.Beyond, n.ResetsDoubted = stream.Foreign{}, 0, 0, 0, 0
	j.out.streams = n
	return j.out
}

func smallConfig() *config.Config {
	c := config.Default()
	c.Memory.HalfOpen, c.Memory.Pairs, c.Memory.Addresses = 1<<13, 1<<15, 1<<15
	return &c
}

// filtered shows frames to the detectors as a whole, and as a filter leaves them. Frames of
// which the recording has the start only are filled up, so that the filter sees their true
// length.
func filtered(t *testing.T, c *config.Config, m machine, frames []frame) (whole, less outcome, kept int) {
	t.Helper()
	full, part := newJudge(c), newJudge(c)
	for _, fr := range frames {
		full.see(fr, fr.data)
		filled := append(bytes.Clone(fr.data), make([]byte, fr.wire-len(fr.data))...)
		inner, tag := untag(filled)
		if n := m.keeps(t, inner); n > 0 {
			kept++
			data := retag(inner[:n], tag)
			part.see(fr, data[:min(len(data), len(fr.data))])
		}
	}
	return full.end(), part.end(), kept
}

// see takes a frame of which data were captured.
func (j *judge) see(fr frame, data []byte) {
	ev := packet.Event{Time: fr.time}
	if packet.Parse(packet.LinkEthernet, data, fr.wire, &ev) == packet.OK {
		j.observe(&ev, data[ev.Data:ev.Data+uint32(ev.Held)])
	}
}

// TestFilterChangesNothing: of each recording the detectors come to the same contacts and
// findings with the filter and without.
func TestFilterChangesNothing(t *testing.T) {
	c := smallConfig()
	wants := c.Wants()
	all, found := 0, 0
	for _, sample := range []int{1, 1 << 16} {
		m := newMachine(t, defaultFilter(&wants, sample), never)
		for _, path := range recordings(t) {
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(path), sample), func(t *testing.T) {
				frames := recording(t, path)
				want, got, kept := filtered(t, c, m, frames)
				same(t, got, want)
				all, found = all+kept, found+len(want.findings)
			})
		}
	}
	if found < 100 || all < 100000 {
		t.Errorf("only %d findings of %d frames were compared", found, all)
	}
}

func same(t *testing.T, got, want outcome) {
	t.Helper()
	compare(t, "contact", got.contacts, want.contacts)
	compare(t, "finding", got.findings, want.findings)
	if got.streams != want.streams {
		t.Errorf("streams:\ngot  %+v\nwant %+v", got.streams, want.streams)
	}
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
