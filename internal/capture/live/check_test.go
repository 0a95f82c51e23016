package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cilium/ebpf/link"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
)

// check runs Check on a host.
func check(h *lab.Host, cfg capture.Config) (r *Report) {
	h.In(func() { r = Check(cfg, testWants()) })
	return r
}

// said returns the report as text.
func said(r *Report) string {
	var b strings.Builder
	for _, l := range r.Lines() {
		b.WriteString(l[0] + ": " + l[1] + "\n")
	}
	return b.String()
}

// TestCheck: the report says what would run, and attaches nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cfg := testConfig("rx", "none")
	r := check(b.sensor, cfg)
	text := said(r)
	for _, want := range []string{
		"kernel: Linux ", "XDP programs: yes", "capabilities for XDP: all there",
		"XDP program: loads, and takes ",
		"interface rx: would run native; driver veth (native XDP, jumbo frames, redirection), MTU 1500, up",
		"interface none: none", "interface none is not there",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if r.Ready() || r.Octets < 1<<20 {
		t.Errorf("ready: %v, %d octets", r.Ready(), r.Octets)
	}
	if out := b.sensor.IP("link", "show", "rx"); strings.Contains(out, "xdp") {
		t.Errorf("a program is attached:\n%s", out)
	}
	cfg.Interfaces = []string{"rx"}
	if r := check(b.sensor, cfg); !r.Ready() {
		t.Errorf("not ready:\n%s", said(r))
	}
	cfg.Mode = capture.ModeAFPacket
	if r := check(b.sensor, cfg); !strings.Contains(said(r), "XDP program: not needed") || r.Interfaces[0].Mode != capture.ModeAFPacket {
		t.Errorf("af_packet:\n%s", said(r))
	}
}

// TestCheckProblems: each is said, with what to do.
func TestCheckProblems(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.in.Down()
	b.sensor.Address("rx", "10.77.0.1/16")
	cfg := testConfig("rx", "lo")
	cfg.Role = capture.RoleSpan
	text := said(check(b.sensor, cfg))
	for _, want := range []string{"ip link set rx up", "it has the address 10.77.0.1 of its own", "take role router", "it is the loopback interface"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	b.in.Up()
	b.occupy(t, "xdp_dispatcher", link.XDPDriverMode)
	cfg = testConfig("rx")
	if r := check(b.sensor, cfg); r.Ready() || !strings.Contains(said(r), "it is libxdp's dispatcher") {
		t.Errorf("another program:\n%s", said(r))
	}
}

// TestMode: what would run, for drivers that no machine here has.
func TestMode(t *testing.T) {
	works, fails := &Report{}, &Report{Program: errors.New("no"), NoXDP: []string{"CAP_BPF"}}
	neither := &Report{Program: errors.New("no"), NoAFPacket: []string{"CAP_NET_RAW"}}
	for _, c := range []struct {
		r        *Report
		wanted   string
		features driverFeatures
		known    bool
		want     string
	}{
		{works, "auto", featBasic, true, "native"},
		{works, "auto", 0, true, "generic"},
		{works, "auto", 0, false, "native"},
		{works, "native", featBasic, true, "native"},
		{works, "native", 0, true, ""},
		{works, "generic", featBasic, true, "generic"},
		{works, "af_packet", featBasic, true, "af_packet"},
		{fails, "auto", featBasic, true, "af_packet"},
		{fails, "native", featBasic, true, ""},
		{fails, "generic", featBasic, true, ""},
		{fails, "af_packet", 0, true, "af_packet"},
		{neither, "auto", featBasic, true, ""},
		{neither, "af_packet", featBasic, true, ""},
	} {
		if got := c.r.mode(c.wanted, c.features, c.known); got != c.want {
			t.Errorf("%s of a driver with %v (known: %v): %q, want %q", c.wanted, c.features.Strings(), c.known, got, c.want)
		}
	}
	i := InterfaceReport{Mode: capture.ModeGeneric}
	i.judge(capture.ModeAuto, 0)
	j := InterfaceReport{Mode: capture.ModeNative, MTU: 9000}
	j.judge(capture.ModeAuto, featBasic)
	if len(i.Problems) != 1 || len(j.Problems) != 1 {
		t.Errorf("problems %q and %q", i.Problems, j.Problems)
	}
}

// TestReadFeatures: whatever the kernel answers.
func TestReadFeatures(t *testing.T) {
	answer := []byte{1, 1, 0, 0, 8, 0, netdevIndex, 0, 7, 0, 0, 0, 12, 0, netdevXDPFeatures, 0}
	answer = binary.NativeEndian.AppendUint64(answer, uint64(featBasic|featFrags))
	if f, ok := readFeatures(answer); !ok || f != featBasic|featFrags {
		t.Errorf("got %v, %v", f, ok)
	}
	for n := range answer {
		if f, ok := readFeatures(answer[:n]); ok {
			t.Errorf("%d octets give %v", n, f)
		}
	}
}

// TestSizes: rings are powers of two that hold what was asked for.
func TestSizes(t *testing.T) {
	for events, want := range map[int]int{1: 64 << 10, 1 << 10: 128 << 10, 1 << 16: 8 << 20} {
		if got := ringOctets(events); got != want {
			t.Errorf("%d events: %d octets, want %d", events, got, want)
		}
	}
}

// TestAtOnce: all are run, no more at a time than there are processors, and the error is
// that of the first in order, whichever failed first.
func TestAtOnce(t *testing.T) {
	var running, most, ran atomic.Int32
	err := atOnce(20, func(i int) error {
		now := running.Add(1)
		for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
		}
		runtime.Gosched()
		running.Add(-1)
		ran.Add(1)
		if i%5 == 3 {
			return fmt.Errorf("number %d", i)
		}
		return nil
	})
	if err == nil || err.Error() != "number 3" || ran.Load() != 20 || int(most.Load()) > runtime.GOMAXPROCS(0) {
		t.Errorf("%d ran, %d at once: %v", ran.Load(), most.Load(), err)
	}
}
