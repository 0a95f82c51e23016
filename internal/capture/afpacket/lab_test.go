package afpacket

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// seen is an event without what differs from run to run.
type seen struct {
	packet.Event
	payload string
}

func seenOf(ev *packet.Event, payload []byte) seen {
	s := seen{*ev, string(payload)}
	s.Time, s.Iface, s.Data = 0, 0, 0
	return s
}

func (s seen) String() string {
	return fmt.Sprintf("%d %v:%d > %v:%d flags %#x vlan %d payload %d %.20q", s.Kind, s.Src, s.SrcPort, s.Dst, s.DstPort, s.TCPFlags, s.VLAN, s.Payload, s.payload)
}

// parsed is what the file of frames would give.
func parsed(frames []lab.Frame) (all []seen) {
	for _, f := range frames {
		var ev packet.Event
		if packet.Parse(packet.LinkEthernet, f.Data, len(f.Data), &ev) == packet.OK {
			all = append(all, seenOf(&ev, f.Data[ev.Data:ev.Data+uint32(ev.Held)]))
		}
	}
	return all
}

// sensorConfig listens to interfaces and looks at everything.
func sensorConfig(interfaces ...string) capture.Config {
	c := capture.DefaultConfig()
	c.Interfaces, c.Sample = interfaces, 1
	return c
}

// logged keeps a log.
type logged struct{ strings.Builder }

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// open returns a source that listens on a host.
func open(t testing.TB, h *lab.Host, c capture.Config, w capture.Wants, opts ...Option) (*Source, *logged) {
	t.Helper()
	var s *Source
	var err error
	var log logged
	h.In(func() { s, err = Open(c, w, log.logger(), opts...) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &log
}

// collect reads until n events came and then none for a while, but no longer than patience.
func collect(t testing.TB, s *Source, n int) (all []seen) {
	t.Helper()
	dst := make([]packet.Event, 300)
	var before packet.Time
	for quiet, end := 0, time.Now().Add(time.Minute); quiet < 2 && time.Now().Before(end); {
		got, now, err := s.Read(dst)
		if err != nil {
			t.Fatal(err)
		}
		for i := range dst[:got] {
			if dst[i].Time < before || dst[i].Time > now {
				t.Fatalf("event of %v after %v, now %v", dst[i].Time, before, now)
			}
			before = dst[i].Time
			all = append(all, seenOf(&dst[i], s.Payload(&dst[i])))
		}
		if now < before {
			t.Fatalf("time went back from %v to %v", before, now)
		}
		before = now
		if got == 0 && len(all) >= n && (s.merger == nil || s.merger.empty()) {
			quiet++
		} else {
			quiet = 0
		}
	}
	return all
}

// played has frames played by a port and returns what the source gives meanwhile.
func played(t testing.TB, s *Source, p lab.Port, frames []lab.Frame, n int) []seen {
	t.Helper()
	play, done := p.Player(frames, 0), make(chan error, 1)
	go func() { done <- play() }()
	all := collect(t, s, n)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return all
}

// short16 is a recording with all kinds of frames, for tests that need some.
func short16(t testing.TB) []lab.Frame {
	t.Helper()
	return playable(lab.Frames(t, filepath.Join("..", "..", "..", "testdata", "scan_smb_ipv6.pcap.gz")))
}

// playable leaves out what no Ethernet line carries.
func playable(frames []lab.Frame) []lab.Frame {
	return slices.DeleteFunc(frames, func(f lab.Frame) bool { return len(f.Data) < 14 })
}

// line is a sender and a host that listens.
func line(t *testing.T) (l *lab.Lab, from, to lab.Port) {
	l = lab.New(t)
	from, to = l.Pair(l.Host("from"), "va", l.Host("to"), "vb")
	from.MTU(65000)
	to.MTU(65000)
	return l, from, to
}

func equal(t *testing.T, got, want []seen) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("event %d:\ngot  %v\nwant %v", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
}

// TestLiveIsFile plays recordings on a line: the source gives what the files would.
func TestLiveIsFile(t *testing.T) {
	_, from, to := line(t)
	s, _ := open(t, to.Host, sensorConfig("vb"), capture.Wants{})
	played16 := 0
	for _, path := range recordings(t) {
		if len(recording(t, path)) == 0 {
			continue
		}
		frames := playable(lab.Frames(t, path))
		want := parsed(frames)
		got := played(t, s, from, frames, len(want))
		t.Run(filepath.Base(path), func(t *testing.T) { equal(t, got, want) })
		played16 += len(frames)
	}
	st := s.Stats()
	if st.Packets != uint64(played16) || st.Live.Lost != 0 || st.Live.Links[0].Packets != uint64(played16) {
		t.Errorf("%d frames were played: %+v %+v", played16, st, *st.Live)
	}
}

// TestRingsMerged spreads the frames over rings: the source gives the same.
func TestRingsMerged(t *testing.T) {
	_, from, to := line(t)
	s, _ := open(t, to.Host, sensorConfig("vb"), capture.Wants{}, WithRings(3))
	frames := short16(t)
	want := parsed(frames)
	equal(t, played(t, s, from, frames, len(want)), want)
	busy := 0
	for _, c := range s.Stats().Live.CPUs {
		if c.Events > 0 {
			busy++
		}
	}
	if busy < 2 {
		t.Errorf("rings: %+v", s.Stats().Live.CPUs)
	}
}

// TestFilterInKernel has the kernel filter what the machine of the parity test filters.
func TestFilterInKernel(t *testing.T) {
	_, from, to := line(t)
	c := sensorConfig("vb")
	c.Sample = 1 << 16
	wants := smallConfig().Wants()
	s, _ := open(t, to.Host, c, wants)
	m := newMachine(t, defaultFilter(&wants, c.Sample), never)
	dropped := 0
	for _, name := range []string{"testdata/benign_lookalikes.pcap.gz", "testdata/enc_qinq.pcap.gz", "testdata/enc_vlan.pcap.gz", "testdata/benign_office.pcap.zst"} {
		frames := playable(lab.Frames(t, filepath.Join("..", "..", "..", name)))
		var kept []seen
		for _, f := range frames {
			inner, tag := untag(f.Data)
			n := m.keeps(t, inner)
			if n == 0 {
				dropped++
				continue
			}
			var ev packet.Event
			data := retag(inner[:n], tag)
			if packet.Parse(packet.LinkEthernet, data, len(f.Data), &ev) == packet.OK {
				kept = append(kept, seenOf(&ev, data[ev.Data:ev.Data+uint32(ev.Held)]))
			}
		}
		got := played(t, s, from, frames, len(kept))
		chance := 0 // one of 65536 is sampled
		for len(got) > len(kept) && chance < 4 {
			i := 0
			for i < len(kept) && got[i] == kept[i] {
				i++
			}
			got, chance = slices.Delete(got, i, i+1), chance+1
		}
		t.Run(name, func(t *testing.T) { equal(t, got, kept) })
	}
	if dropped < 500 {
		t.Errorf("only %d frames were dropped", dropped)
	}
}

// TestLossIsCounted reads nothing during a flood: what came and what was lost is what was
// sent.
func TestLossIsCounted(t *testing.T) {
	_, from, to := line(t)
	c := sensorConfig("vb")
	c.RingEvents = 1 << 10
	s, _ := open(t, to.Host, c, capture.Wants{})
	frames := short16(t)[:64]
	sent := 0
	for range 1000 {
		from.Play(frames, 0)
		if sent += len(frames); sent%6400 == 0 && s.Stats().Live.Lost > 5000 {
			break
		}
	}
	collect(t, s, 0)
	st := s.Stats()
	if st.Live.Lost == 0 || st.Packets == 0 || st.Packets+st.Live.Lost != uint64(sent) {
		t.Errorf("sent %d, received %d, lost %d", sent, st.Packets, st.Live.Lost)
	}
}
