package live

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf/link"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// asSensor as the first argument makes the test's program a sensor on the interface that
// the second names, in the mode that the third does.
const asSensor = "as-sensor"

// justCheck as the mode makes it report what it could do.
const justCheck = "check"

func becomeSensor() bool {
	if len(os.Args) != 4 || os.Args[1] != asSensor {
		return false
	}
	cfg := testConfig(os.Args[2])
	cfg.Mode, cfg.Missing = os.Args[3], capture.MissingFail
	if cfg.Mode == justCheck {
		cfg.Mode = capture.ModeAuto
		fmt.Println(said(Check(cfg, testWants())))
		return true
	}
	s, err := Open(cfg, testWants(), slog.New(slog.NewTextHandler(os.Stdout, nil)))
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	dst := make([]packet.Event, 64)
	for {
		n, _, err := s.Read(dst)
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		for i := range dst[:n] {
			fmt.Println("event", dst[i].DstPort)
		}
	}
}

// sensorProcess returns the command line of one.
func sensorProcess(t *testing.T, mode string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self, asSensor, "rx", mode}
}

// TestKilled: nothing stays attached of a process that was killed.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{capture.ModeNative, capture.ModeGeneric} {
		b := newBench(t)
		attached := func() bool { return strings.Contains(b.sensor.IP("link", "show", "rx"), "xdp") }
		p := b.sensor.Start(sensorProcess(t, mode)...)
		p.Expect("ready", soon)
		if !attached() {
			t.Errorf("%s: no program is attached", mode)
		}
		play(b.out, syn("10.1.0.1", "10.1.0.2", 40000, 445))
		p.Expect("event 445", soon)
		p.Signal(syscall.SIGKILL)
		_ = p.Wait(soon) // killed
		// The kernel frees links a moment after the descriptors.
		b.Await(soon, "detached", func() bool { return !attached() })
	}
}

// TestClosed: nor of a source that was closed.
func TestClosed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	b.fresh(r, 445)
	r.stop()
	b.Await(soon, "detached", func() bool { return !strings.Contains(b.sensor.IP("link", "show", "rx"), "xdp") })
}

// TestUnprivileged: an ordinary user with the capabilities named is enough, and without one
// of them the message names it.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	b := newBench(t, "setpriv")
	all := []string{"bpf", "net_admin", "perfmon"}
	p := b.sensor.Start(unprivileged(t, capture.ModeNative, all)...)
	p.Expect("ready", soon)
	play(b.out, syn("10.1.0.1", "10.1.0.2", 40000, 445))
	p.Expect("event 445", soon)
	p.Signal(syscall.SIGKILL)
	_ = p.Wait(soon)
	for i, lacking := range all {
		rest := append(append([]string{}, all[:i]...), all[i+1:]...)
		p := b.sensor.Start(unprivileged(t, capture.ModeNative, rest)...)
		want := "CAP_" + strings.ToUpper(lacking)
		if err := p.Wait(soon); err == nil || !strings.Contains(p.Output(), want) {
			t.Errorf("without %s: %v\n%s", want, err, p.Output())
		}
		for _, has := range rest {
			if name := "CAP_" + strings.ToUpper(has); strings.Contains(p.Output(), name) {
				t.Errorf("without %s the message names %s, too:\n%s", want, name, p.Output())
			}
		}
	}
}

// TestTakenUnprivileged: the kernel does not tell an ordinary user whose program has the
// interface; its number is there.
func TestTakenUnprivileged(t *testing.T) {
	t.Parallel()
	b := newBench(t, "setpriv")
	defer b.occupy(t, "somebody", link.XDPDriverMode)()
	p := b.sensor.Start(unprivileged(t, capture.ModeAuto, []string{"bpf", "net_admin", "perfmon"})...)
	p.Expect("interface rx has another XDP program (id ", soon)
	if err := p.Wait(soon); err == nil {
		t.Error("a sensor that has no interface goes on")
	}
}

// TestCheckUnprivileged: the report names what is missing, and says what is left.
func TestCheckUnprivileged(t *testing.T) {
	t.Parallel()
	b := newBench(t, "setpriv")
	for _, c := range []struct {
		caps []string
		want []string
	}{
		{nil, []string{"capabilities for XDP: missing: CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "AF_PACKET: missing: CAP_NET_RAW", "does not load", "rx: would run nothing"}},
		{[]string{"net_raw"}, []string{"AF_PACKET: all there", "rx: would run af_packet"}},
		{[]string{"bpf", "net_admin", "perfmon"}, []string{"XDP: all there", "AF_PACKET: missing: CAP_NET_RAW", "rx: would run native"}},
	} {
		p := b.sensor.Start(unprivileged(t, justCheck, c.caps)...)
		if err := p.Wait(soon); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(p.Output(), want) {
				t.Errorf("with %v: lacks %q:\n%s", c.caps, want, p.Output())
			}
		}
	}
}

// unprivileged returns the command line of a sensor that runs as nobody, with a few
// capabilities, and may not lock memory.
func unprivileged(t *testing.T, mode string, caps []string) []string {
	t.Helper()
	set := "-all"
	for _, c := range caps {
		set += ",+" + c
	}
	args := []string{
		"prlimit", "--memlock=0",
		"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
		"--inh-caps=" + set, "--ambient-caps=" + set, "--bounding-set=" + set,
	}
	command := sensorProcess(t, mode)
	command[0] = readable(t, command[0])
	return append(args, command...)
}

// readable returns a copy of a program where everybody may read it.
func readable(t *testing.T, program string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ww-live-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	copied := dir + "/sensor"
	if err := os.WriteFile(copied, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return copied
}
