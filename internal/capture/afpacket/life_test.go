package afpacket

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"golang.org/x/sys/unix"
)

// some are a few frames, all different.
func some(n int) (frames []lab.Frame) {
	sc := packettest.NewScenario()
	sc.Sweep("10.1.0.5", "10.66.1.1", n, 445, time.Millisecond)
	for _, r := range sc.Records {
		frames = append(frames, lab.Frame{Data: r.Frame})
	}
	return frames
}

// reads reads until a condition holds.
func reads(t *testing.T, s *Source, what string, until func() bool) {
	t.Helper()
	dst := make([]packet.Event, 16)
	for end := time.Now().Add(time.Minute); !until(); {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
		if _, _, err := s.Read(dst); err != nil {
			t.Fatal(err)
		}
	}
}

// TestInterfaceComesAndGoes: one that is waited for, goes down and up, is renamed, removed
// and made anew. What is played while it is there is seen; each change is logged once.
func TestInterfaceComesAndGoes(t *testing.T) {
	for _, rings := range []int{1, 2} {
		l := lab.New(t)
		a, b := l.Host("a"), l.Host("b")
		frames := some(50)
		b.In(func() {
			var log logged
			s, err := Open(sensorConfig("vb"), capture.Wants{}, log.logger(), WithRings(rings))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			says := func(text string, times int) func() bool {
				return func() bool { return strings.Count(log.String(), text) == times }
			}
			reads(t, s, "it waits", says("waiting for interface", 1))
			for round := 1; round <= 2; round++ {
				from, to := l.Pair(a, "va", b, "vb")
				reads(t, s, "it captures", says("capturing", round))
				equal(t, played(t, s, from, frames, len(frames)), parsed(frames))
				// A source that finds it before it was set up says that, too.
				reads(t, s, "it knows that it is up", func() bool { return s.Stats().Live.Links[0].Up })
				downs, ups := strings.Count(log.String(), "interface is down"), strings.Count(log.String(), "interface is up")
				to.Down()
				reads(t, s, "it is down", says("interface is down", downs+1))
				b.IP("link", "set", "vb", "name", "vc")
				reads(t, s, "it is renamed", says(`msg="interface renamed" interface=vc from=vb`, round))
				b.IP("link", "set", "vc", "up")
				reads(t, s, "it is up", says("interface is up", ups+1))
				from.AwaitLine()
				if name := s.Interface(0); name != "vc" {
					t.Errorf("it is renamed, and called %q", name)
				}
				equal(t, played(t, s, from, frames, len(frames)), parsed(frames))
				b.IP("link", "delete", "vc")
				reads(t, s, "it is lost", says("interface lost", round))
				reads(t, s, "it waits again", says("waiting for interface", round+1))
				if n := s.Stats().Live.Links[0]; n.Mode != "" || n.Name != "vb" {
					t.Errorf("it is gone: %+v", n)
				}
			}
			if st := s.Stats(); st.Packets != uint64(4*len(frames)) || st.Live.Lost != 0 || st.Live.CPUs[0].Events == 0 {
				t.Errorf("%+v %+v", st, *st.Live)
			}
		})
	}
}

// TestMissingFails has a source end that may not wait.
func TestMissingFails(t *testing.T) {
	l := lab.New(t)
	a, b := l.Host("a"), l.Host("b")
	c := sensorConfig("vb")
	c.Missing = capture.MissingFail
	b.In(func() {
		var log logged
		if _, err := Open(c, capture.Wants{}, log.logger()); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "vb") {
			t.Errorf("%v", err)
		}
		l.Pair(a, "va", b, "vb")
		s, err := Open(c, capture.Wants{}, log.logger())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		b.IP("link", "delete", "vb")
		dst := make([]packet.Event, 16)
		for range 100 {
			if _, _, err = s.Read(dst); err != nil {
				break
			}
		}
		if !errors.Is(err, ErrMissing) {
			t.Errorf("%v", err)
		}
		if _, _, again := s.Read(dst); !errors.Is(again, ErrMissing) {
			t.Errorf("then: %v", again)
		}
	})
}

// descriptors counts those that the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestCloseLeavesNothing opens and closes sources, some of which cannot be opened.
func TestCloseLeavesNothing(t *testing.T) {
	_, _, to := line(t)
	to.Host.In(func() {
		var log logged
		before := 0
		for i := range 5 {
			s, err := Open(sensorConfig("vb", "lo"), capture.Wants{}, log.logger(), WithRings(2))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // twice does no harm
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if _, _, err := s.Read(make([]packet.Event, 1)); !errors.Is(err, os.ErrClosed) {
				t.Errorf("read: %v", err)
			}
			c := sensorConfig("vb", "none")
			c.Missing = capture.MissingFail
			if _, err := Open(c, capture.Wants{}, log.logger()); !errors.Is(err, ErrMissing) {
				t.Errorf("%v", err)
			}
			if i == 0 {
				before = descriptors(t)
			}
		}
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors, then %d", before, after)
		}
	})
}

// TestWithoutRoot has this test run as nobody: with CAP_NET_RAW it captures, without it is
// told that it lacks that.
func TestWithoutRoot(t *testing.T) {
	const role = "AFPACKET_TEST_ROLE"
	if os.Getenv(role) != "" {
		var log logged
		s, err := Open(sensorConfig("vb"), capture.Wants{}, log.logger(), WithRings(2))
		if os.Getenv(role) == "none" {
			if !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "CAP_NET_RAW is missing") {
				t.Errorf("%v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		os.Stdout.WriteString("listening\n")
		equal(t, collect(t, s, 50), parsed(some(50)))
		return
	}
	l := lab.New(t, "setpriv")
	from, to := l.Pair(l.Host("from"), "va", l.Host("to"), "vb")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test's binary may lie where nobody else may look.
	program := t.TempDir() + "/test"
	if out, err := exec.Command("install", "-m", "755", self, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for dir := program; len(dir) > len(os.TempDir()); dir = dir[:strings.LastIndexByte(dir, '/')] {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, right := range []string{"+net_raw", "none"} {
		caps := "-all"
		if right != "none" {
			caps += "," + right
		}
		cmd := to.Host.Command("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps="+caps,
			"--ambient-caps="+caps, "--bounding-set="+caps, program, "-test.run=^TestWithoutRoot$", "-test.v")
		cmd.Dir = os.TempDir()
		cmd.Env = append(os.Environ(), role+"="+right)
		p := to.Host.Launch(cmd)
		if right != "none" {
			p.Expect("listening", time.Minute)
			from.Play(some(50), 0)
		}
		if err := p.Wait(60 * time.Second); err != nil {
			t.Errorf("%s: %v\n%s", right, err, p.Output())
		}
	}
}
