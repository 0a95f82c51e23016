package lab_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// ours returns the namespaces of this process.
func ours(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("/run/netns/ww-*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestNothingStays: a lab leaves neither namespaces nor processes, of a failed test either.
func TestNothingStays(t *testing.T) {
	lab.New(t) // root, or the end
	for _, how := range []string{"passes", "fails", "ends early"} {
		var name string
		var pid int
		tb := &recorder{TB: t}
		tb.run(func() {
			l := lab.New(tb)
			h := l.Host("a")
			name = h.Name
			p := h.Start("sh", "-c", "setsid sleep 1000 & echo started; sleep 1000")
			p.Expect("started", 20*time.Second)
			pid = p.PID()
			switch how {
			case "fails":
				tb.Error("no matter")
			case "ends early":
				h.IP("link", "set", "none", "up")
				t.Error("a command failed, and the test went on")
			}
		})
		if tb.failed != (how != "passes") {
			t.Errorf("%s: failed is %v", how, tb.failed)
		}
		for _, left := range ours(t) {
			if filepath.Base(left) == name {
				t.Errorf("%s: %s stays", how, left)
			}
		}
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s: process %d stays: %v", how, pid, err)
		}
		if out, _ := os.ReadFile("/proc/net/dev"); strings.Contains(string(out), "eth-lab") {
			t.Errorf("%s: an interface is here", how)
		}
	}
}

// TestSweep: what a killed test left goes with the next lab.
func TestSweep(t *testing.T) {
	l := lab.New(t)
	// No process has the number: it is above the largest that Linux gives, 2^22.
	left := "/run/netns/ww-4194999-1-x"
	h := l.Host("h")
	h.Run(5*time.Second, "ip", "netns", "add", filepath.Base(left))
	lab.New(t)
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s stays", left)
	}
}

func TestMissing(t *testing.T) {
	for _, ci := range []string{"true", ""} {
		t.Setenv("CI", ci)
		tb := &recorder{TB: t}
		tb.run(func() { lab.New(tb, "no-such-tool") })
		if tb.failed != (ci == "true") || tb.skipped != (ci == "") {
			t.Errorf("CI=%q: failed %v, skipped %v", ci, tb.failed, tb.skipped)
		}
	}
}

// TestIn: sockets of a host belong to it, and the test's own thread stays where it is.
func TestIn(t *testing.T) {
	l := lab.New(t)
	a, b := l.Host("a"), l.Host("b")
	l.Pair(a, "va", b, "vb")
	a.Address("va", "10.77.0.1/16")
	b.Address("vb", "10.77.0.2/16")
	var listener net.Listener
	b.In(func() {
		var err error
		if listener, err = net.Listen("tcp", "10.77.0.2:445"); err != nil {
			t.Fatal(err)
		}
	})
	defer listener.Close()
	a.In(func() {
		c, err := net.DialTimeout("tcp", "10.77.0.2:445", 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	})
	if _, err := net.InterfaceByName("va"); err == nil {
		t.Error("the test is on the host")
	}

	tb := &recorder{TB: t}
	tb.run(func() {
		c := lab.New(tb).Host("c")
		c.In(func() { tb.Fatal("no matter") })
		t.Error("a test that ended on the host goes on")
	})
	if !tb.failed {
		t.Error("a test that failed on the host did not fail")
	}
}

// TestRanges: addresses of a router are silent, unreachable, or its own.
func TestRanges(t *testing.T) {
	l := lab.New(t)
	a, b := l.Host("a"), l.Host("b")
	l.Pair(a, "va", b, "vb")
	a.Address("va", "10.77.0.1/16")
	b.Address("vb", "10.77.0.2/16")
	b.Forward()
	a.Route("10.88.0.0/16", "10.77.0.2")
	b.Range(lab.Silent, "10.88.0.0/17")
	b.Range(lab.Unreachable, "10.88.128.0/18")
	b.Range(lab.Local, "10.88.192.0/18")
	a.In(func() {
		var late net.Error
		if _, err := net.DialTimeout("tcp", "10.88.0.9:445", time.Second); !errors.As(err, &late) || !late.Timeout() {
			t.Errorf("10.88.0.9:445: %v, want silence", err)
		}
		for address, want := range map[string]error{
			"10.88.128.9:445": syscall.EHOSTUNREACH,
			"10.88.192.9:445": syscall.ECONNREFUSED,
		} {
			if _, err := net.DialTimeout("tcp", address, 20*time.Second); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", address, err, want)
			}
		}
	})
}

// quiet is how long nothing comes when nothing will.
const quiet = 300 * time.Millisecond

// TestPlay: what is played arrives, octet for octet and in order, also as fast as can be.
func TestPlay(t *testing.T) {
	l := lab.New(t)
	a, b := l.Host("a"), l.Host("b")
	va, vb := l.Pair(a, "va", b, "vb")
	for _, name := range []string{"scan_smb_masscan16.pcap.zst", "enc_gre.pcap.gz", "scan_nbns_nmap24.pcapng"} {
		want := lab.Frames(t, filepath.Join("..", "..", "testdata", name))
		if len(want) < 500 {
			t.Fatalf("%s: %d frames", name, len(want))
		}
		tap := vb.Tap()
		va.Play(want, 0)
		got := tap.Frames(len(want)+1, quiet)
		if len(got) != len(want) {
			t.Fatalf("%s: %d frames of %d", name, len(got), len(want))
		}
		for i := range got {
			if string(got[i]) != string(want[i].Data) {
				t.Fatalf("%s: frame %d is another:\n%x\n%x", name, i, got[i], want[i].Data)
			}
		}
	}
}

// TestPace: frames come when they are due, never early.
func TestPace(t *testing.T) {
	l := lab.New(t)
	a, b := l.Host("a"), l.Host("b")
	va, _ := l.Pair(a, "va", b, "vb")
	frame := packettest.Pad(packettest.Ethernet(packettest.SYN))
	frames := []lab.Frame{{Data: frame}, {At: time.Second, Data: frame}, {At: 2 * time.Second, Data: frame}}
	for pace, least := range map[lab.Pace]time.Duration{10: 200 * time.Millisecond, 4: 500 * time.Millisecond, 0: 0} {
		began := time.Now()
		va.Play(frames, pace)
		if took := time.Since(began); took < least {
			t.Errorf("pace %g: took %s, want at least %s", pace, took, least)
		}
	}
}

// TestTooLong: a frame that does not fit says what to do, and fits then.
func TestTooLong(t *testing.T) {
	l := lab.New(t)
	a, b := l.Host("a"), l.Host("b")
	va, vb := l.Pair(a, "va", b, "vb")
	frames := []lab.Frame{{Data: make([]byte, 4000)}}
	if err := va.Player(frames, 0)(); err == nil || !strings.Contains(err.Error(), "raise the MTU of both ends") {
		t.Errorf("got %v", err)
	}
	va.MTU(9000)
	vb.MTU(9000)
	tap := vb.Tap()
	va.Play(frames, 0)
	if got := tap.Frames(2, quiet); len(got) != 1 || len(got[0]) != 4000 {
		t.Errorf("%d frames", len(got))
	}
}

// TestMirror: a mirror port gets a copy of what crosses a switch.
func TestMirror(t *testing.T) {
	l := lab.New(t)
	a, b, c, s := l.Host("a"), l.Host("b"), l.Host("c"), l.Host("switch")
	_, sa := l.Pair(a, "eth0", s, "pa")
	_, sb := l.Pair(b, "eth0", s, "pb")
	span, sc := l.Pair(c, "span", s, "pc")
	s.Bridge("br0", sa, sb)
	sc.Mirror(true, false, sa, sb)
	a.Address("eth0", "10.77.0.1/16")
	b.Address("eth0", "10.77.0.2/16")
	tap := span.Tap()
	a.In(func() {
		if _, err := net.DialTimeout("tcp", "10.77.0.2:445", 20*time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v", err)
		}
	})
	// Who has, is at, SYN, RST; b may ask for a's address as well.
	if got := len(tap.Frames(100, quiet)); got < 4 || got > 6 {
		t.Errorf("%d frames at the mirror port", got)
	}
}

// recorder is a test whose end is ours to look at.
type recorder struct {
	testing.TB
	failed, skipped bool
	cleanups        []func()
}

func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool          { return r.failed }
func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) Fatal(...any)          { r.failed = true; panic(r) }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; panic(r) }
func (r *recorder) Skip(...any)           { r.skipped = true; panic(r) }

// run runs a test to its end, cleaning up.
func (r *recorder) run(test func()) {
	defer func() {
		_ = recover()
		for i := len(r.cleanups) - 1; i >= 0; i-- {
			r.cleanups[i]()
		}
	}()
	test()
}
