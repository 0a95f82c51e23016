package bpf

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/sensor"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// TestParity: for each recording of Ethernet frames the sensor comes to the same contacts
// and findings by what the program sends up as by all packets. The kernel's windows and eras
// go by the recording's time.
func TestParity(t *testing.T) {
	k, prog := newKernel(t, Config{CPUs: 1, RingOctets: 1 << 20, Slots: 1 << 12, PerSource: 60000, Punts: 1 << 20, Seed: 1})
	tap := newTap(t, k.Rings()[0])
	for _, path := range ethernet(t) {
		frames := lab.Frames(t, path)
		if testing.Short() && len(frames) > 300 { // emulated machines are slow
			continue
		}
		for _, learning := range []bool{true, false} {
			c := config.Default()
			if !learning { // then more counts: dark addresses, new ports
				c.Memory.Learning, c.Detect.Novelty.Learning, c.Detect.Novelty.Alert = 0, 0, true
			}
			t.Run(fmt.Sprintf("%s/learning=%t", filepath.Base(path), learning), func(t *testing.T) {
				all, up := newWatcher(&c, nil), newRig(t, &c, k, prog, tap)
				for i := range frames {
					all.frame(&frames[i])
					up.frame(&frames[i])
				}
				all.finish()
				up.finish()
				n := up.kernel.Counts()
				t.Logf("%d packets, %d events, %d octets of payload; %d contacts, %d findings", len(frames), up.events, up.octets, len(all.contacts), len(all.findings))
				if n.Lost+n.Held+n.SightingsHeld+n.PuntsLost+n.PuntsHeld != 0 {
					t.Errorf("lost: %+v", n)
				}
				compare(t, "contact", all.contacts, up.contacts)
				compare(t, "finding", all.findings, up.findings)
			})
		}
	}
}

// ethernet returns the paths of those that consist of Ethernet frames.
func ethernet(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "*.pcap*"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d recordings: %v", len(paths), err)
	}
	dir := shared.Captures(t)
	for _, row := range shared.Table(t, filepath.Join(dir, "DECODE.csv")) {
		if row["link"] == "ether" && row["file"] != "trunc_8_bytes.pcap" { // cut before the addresses
			paths = append(paths, filepath.Join(dir, row["file"]))
		}
	}
	return paths
}

func compare(t *testing.T, what string, all, up []string) {
	t.Helper()
	if slices.Equal(all, up) {
		return
	}
	n := map[string]int{}
	for _, s := range all {
		n[s]++
	}
	for _, s := range up {
		n[s]--
	}
	told := 0
	for _, list := range [][]string{all, up} {
		for _, s := range list {
			if n[s] == 0 || told == 8 {
				continue
			}
			told++
			side := "from the file only"
			if n[s] < 0 {
				side = "from the kernel only"
			}
			n[s] = 0
			t.Errorf("%s %s: %s", what, side, s)
		}
	}
	if told == 0 {
		t.Errorf("the %ss come in another order", what)
	}
}

// watcher is a sensor, and a tracker beside it of which the contacts are kept.
type watcher struct {
	tracker  *flow.Tracker
	sensor   *sensor.Sensor
	contacts []string
	findings []string
	kept     []flow.Contact
	found    []alert.Finding
	now      packet.Time
}

func newWatcher(c *config.Config, follow func(a, b packet.Addr, aPort, bPort uint16, on bool)) *watcher {
	var groups []string
	for _, s := range c.Detect.Services {
		groups = append(groups, s.Name)
	}
	site := sensor.Site{
		Sensor: "test", Seen: novelty.New(c.Detect.Novelty, groups, 1), Lists: blocklist.New(nil),
		Interface: func(uint16) string { return "eth0" }, Follow: follow,
	}
	m := &c.Memory
	m.HalfOpen, m.Pairs, m.Addresses = 1<<14, 1<<16, 1<<16
	return &watcher{tracker: flow.New(c.Flow(), 1), sensor: sensor.New(c.Parts(), site, 1)}
}

// frame takes a frame of the recording.
func (w *watcher) frame(f *lab.Frame) {
	ev := packet.Event{}
	w.tick(start.Add(f.At))
	if packet.Parse(packet.LinkEthernet, f.Data, len(f.Data), &ev) == packet.OK {
		w.event(&ev, f.Data[ev.Data:int(ev.Data)+int(ev.Held)])
	}
}

// tick lets time go on to that of the next frame.
func (w *watcher) tick(t packet.Time) { w.now = max(w.now, t) }

// event takes an event of now.
func (w *watcher) event(ev *packet.Event, payload []byte) {
	ev.Time, ev.Iface, ev.Data = w.now, 0, 0
	w.kept = w.tracker.Observe(ev, w.kept[:0])
	w.found = w.sensor.Observe(ev, payload, w.found[:0])
	w.keep()
}

func (w *watcher) keep() {
	for i := range w.kept {
		w.contacts = append(w.contacts, fmt.Sprintf("%+v", w.kept[i]))
	}
	for i := range w.found {
		w.findings = append(w.findings, string(alert.AppendOCSF(nil, &w.found[i], "test")))
	}
}

// finish lets a day pass in which nothing happens.
func (w *watcher) finish() {
	w.now = w.now.Add(24 * time.Hour)
	w.kept = w.tracker.Advance(w.now, w.kept[:0])
	w.found = w.sensor.Advance(w.now, w.found[:0])
	w.keep()
}

// start is when recordings begin, whenever they were made.
const start = packet.Time(1157356800 * int64(time.Second))

// rig is a watcher of what the program sends up.
type rig struct {
	*watcher
	t              *testing.T
	kernel         *Kernel
	prog           *ebpf.Program
	tap            *tap
	window, era    packet.Time // when the next one begins
	events, octets int
}

// newRig takes a kernel that may have seen another recording, and has it forget that.
func newRig(t *testing.T, c *config.Config, k *Kernel, prog *ebpf.Program, tap *tap) *rig {
	w := c.Wants()
	if err := k.Want(&w); err != nil {
		t.Fatal(err)
	}
	k.mem.want.TickBits = 31 // windows end when the test says so
	for _, table := range k.mem.maps[1:] {
		clear(table)
	}
	clear(k.mem.streams)
	clear(k.mem.sights)
	clear(k.mem.cpus)
	r := &rig{t: t, kernel: k, prog: prog, tap: tap}
	r.watcher = newWatcher(c, func(a, b packet.Addr, aPort, bPort uint16, on bool) {
		if !k.Follow(a, b, aPort, bPort, on) {
			t.Errorf("no room to follow %v:%d %v:%d", a, aPort, b, bPort)
		}
	})
	return r
}

// frame shows a frame to the program, and what comes up to the sensor.
func (r *rig) frame(f *lab.Frame) {
	r.tick(start.Add(f.At))
	r.turn()
	if len(f.Data) < 14 { // no interface has such frames, and bpf(2) refuses them
		return
	}
	if _, err := r.prog.Run(&ebpf.RunOptions{Data: f.Data}); err != nil {
		r.t.Fatalf("frame of %d octets: %v", len(f.Data), err)
	}
	for _, rec := range r.tap.drain() {
		r.events++
		if rec.Kind == 0xff {
			if packet.Parse(packet.LinkEthernet, rec.octets, int(rec.Data), &rec.Event) != packet.OK {
				continue
			}
			rec.octets = rec.octets[rec.Data : int(rec.Data)+int(rec.Held)]
		}
		r.octets += len(rec.octets)
		r.event(&rec.Event, rec.octets)
	}
}

// turn begins windows and eras that are due.
func (r *rig) turn() {
	if r.now >= r.window {
		r.window = r.now.Add(Window)
		for i := range r.kernel.mem.sources {
			if s := &r.kernel.mem.sources[i]; s.Key != 0 {
				s.Window = ^uint32(0)
			}
		}
	}
	if r.now >= r.era {
		r.era = r.now.Add(15 * time.Minute)
		r.kernel.NextEra()
	}
}
