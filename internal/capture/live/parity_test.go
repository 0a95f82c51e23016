package live

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// TestParity: every recording that a veth can carry gives the same contacts live as its
// frames do. It is played as fast as can be; so that repeats within the kernel's window
// are repeats in both, each packet counts as a microsecond after the one before.
func TestParity(t *testing.T) {
	for _, mode := range []string{capture.ModeNative, capture.ModeGeneric} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel() // both wait for the most part
			b := newBench(t)
			b.out.MTU(65535)
			b.in.MTU(65535)
			c := config.Default()
			cfg := testConfig("rx")
			cfg.Mode, cfg.RingEvents, cfg.PerSource, cfg.Punts = mode, 1<<16, 60000, 1<<20
			r := run(t, b.sensor, cfg, c.Wants())
			for _, path := range recordings(t) {
				t.Run(filepath.Base(path), func(t *testing.T) { b.parity(t, r, &c, path) })
			}
		})
	}
}

// recordings returns the paths of all that consist of Ethernet frames.
func recordings(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "*.pcap*"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d recordings: %v", len(paths), err)
	}
	dir := shared.Captures(t)
	for _, row := range shared.Table(t, filepath.Join(dir, "DECODE.csv")) {
		// A line does not carry frames that are shorter than Ethernet's header.
		if row["link"] == "ether" && row["file"] != "trunc_8_bytes.pcap" {
			paths = append(paths, filepath.Join(dir, row["file"]))
		}
	}
	return paths
}

// parity compares the contacts of one recording, played on one CPU: all packets come by
// one ring.
func (b *bench) parity(t *testing.T, r *running, c *config.Config, path string) {
	t.Helper()
	b.compare(t, r, c, path, func(frames []lab.Frame) (err error) {
		send := b.out.Player(frames, 0)
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // and never unlocked: the thread ends
			pin(0)
			err = send()
		}()
		<-done
		return err
	})
}

// compare compares the contacts of one recording. The source has seen others before: signs
// of life are due anew, and what was just sent up is forgotten with the window.
func (b *bench) compare(t *testing.T, r *running, c *config.Config, path string, play func([]lab.Frame) error) {
	t.Helper()
	played := lab.Frames(t, path)
	sent := parse(played)
	before := r.kernel.Link(0).Packets
	time.Sleep(bpf.Window) // else packets that the recording before had as well would be repeats
	r.do(func(s *Source) { s.kernel.NextEra() })
	r.forget()
	if err := play(played); err != nil {
		t.Fatal(err)
	}
	r.await("all packets", func([]packet.Event) bool { return r.kernel.Link(0).Packets-before >= uint64(len(played)) })
	r.calm()
	given, st := r.seen(), r.stats()
	if st.Packets-before != uint64(len(played)) || st.Live.Lost+st.Live.Held+st.Live.PuntsHeld+st.Live.Reordered != 0 {
		t.Fatalf("%d frames played: %+v, %+v", len(played), st, st.Live)
	}
	file := contacts(c, sent)
	live := contacts(c, place(t, given, sent))
	t.Logf("%d frames, %d events given of %d, %d contacts", len(played), len(given), len(sent), len(file))
	if d := difference(file, live); d != "" {
		t.Error(d)
	}
}

// parse returns the events of frames, each a microsecond after the one before.
func parse(frames []lab.Frame) (events []packet.Event) {
	for i, f := range frames {
		var ev packet.Event
		if packet.Parse(packet.LinkEthernet, f.Data, len(f.Data), &ev) != packet.OK {
			continue
		}
		ev.Time = packet.Time(i) * packet.Time(time.Microsecond)
		events = append(events, bare(ev))
	}
	return events
}

// bare takes off what depends on the source.
func bare(ev packet.Event) packet.Event {
	ev.Iface, ev.Data, ev.Held = 0, 0, 0
	return ev
}

// place gives the events that came live the times of those that were sent. All that came
// was sent, in this order.
func place(t *testing.T, given, sent []packet.Event) []packet.Event {
	t.Helper()
	next := 0
	for i, ev := range given {
		ev = bare(ev)
		for ; next < len(sent); next++ {
			ev.Time = sent[next].Time
			if ev == sent[next] {
				break
			}
		}
		if next == len(sent) {
			t.Fatalf("event %d of %d was not sent, or not in this place: %+v", i, len(given), ev)
		}
		given[i] = ev
		next++
	}
	return given
}

// contacts returns those of events, without times.
func contacts(c *config.Config, events []packet.Event) (all []flow.Contact) {
	tracker := flow.New(c.Flow(), 1)
	for i := range events {
		all = tracker.Observe(&events[i], all)
	}
	all = tracker.Advance(packet.Time(time.Hour), all)
	for i := range all {
		all[i].Time, all[i].OpenedAt = 0, 0
	}
	return all
}

// difference says which contacts are only on one side, in any order; "" if none is.
func difference(file, live []flow.Contact) string {
	n := map[flow.Contact]int{}
	for _, c := range file {
		n[c]++
	}
	for _, c := range live {
		n[c]--
	}
	var lines []string
	for c, n := range n {
		switch {
		case n > 0:
			lines = append(lines, fmt.Sprintf("%d only in the file: %+v", n, c))
		case n < 0:
			lines = append(lines, fmt.Sprintf("%d only live: %+v", -n, c))
		}
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return strings.Join(lines[:min(len(lines), 12)], "\n")
}
