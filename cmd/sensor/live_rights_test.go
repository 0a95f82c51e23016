package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// asNobody makes a command on a host wormwatch run of a user with these capabilities only.
func asNobody(t *testing.T, h *lab.Host, caps string, args ...string) *exec.Cmd {
	t.Helper()
	none := "-all"
	if caps != "" {
		none += "," + caps
	}
	cmd := h.Command(append([]string{
		"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
		"--inh-caps=" + none, "--ambient-caps=" + none, "--bounding-set=" + none, readable(t), "run",
	}, args...)...)
	cmd.Env = liveEnv()
	return cmd
}

// readable returns a copy of the command that everybody may execute: go test builds where
// only its user may look.
func readable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wormwatch")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "wormwatch")
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLiveUnprivileged: no root is needed, the capabilities that the documentation names
// are enough, and an error names the one that is missing.
func TestLiveUnprivileged(t *testing.T) {
	for _, c := range []struct {
		name, caps, mode string
		runs             string // the mode that it comes to; "": it ends
		missing          string // the capabilities that it names
	}{
		{"XDP", "+bpf,+net_admin,+perfmon", "auto", "native", ""},
		{"AF_PACKET", "+net_raw", "af_packet", "af_packet", ""},
		{"falls back", "+net_raw", "auto", "af_packet", "CAP_BPF CAP_NET_ADMIN CAP_PERFMON"},
		{"no CAP_BPF", "+net_admin,+perfmon", "native", "", "CAP_BPF"},
		{"no CAP_PERFMON", "+bpf,+net_admin", "native", "", "CAP_PERFMON"},
		{"no CAP_NET_ADMIN", "+bpf,+perfmon", "native", "", "CAP_NET_ADMIN"},
		{"no CAP_NET_RAW", "+bpf", "af_packet", "", "CAP_NET_RAW"},
		{"nothing", "", "auto", "", "CAP_BPF CAP_NET_ADMIN CAP_NET_RAW CAP_PERFMON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t, "setpriv")
			host := l.Host("sensor")
			out, in := l.Pair(l.Host("sender"), "out", host, "in")
			sensor := launch(t, host, asNobody(t, host, c.caps, "-i", in.Name, "-s", "capture.mode="+c.mode))
			if c.runs == "" {
				err := sensor.Wait(startPatience)
				if got := capabilities(sensor.Output()); code(t, err) != 1 || got != c.missing {
					t.Errorf("%v, it names %q, want %q\n%s", err, got, c.missing, sensor.Output())
				}
				return
			}
			sensor.capturing(1)
			if log := sensor.Output(); !strings.Contains(log, "mode="+c.runs) || capabilities(log) != c.missing {
				t.Errorf("not by %s, or it does not name %q\n%s", c.runs, c.missing, log)
			}
			out.Play(sweep("10.0.0.66", 40), 0)
			sensor.await("scan.fast", "10.0.0.66", startPatience)
			sensor.stop()
		})
	}
}

// capabilities returns the names of those that a text names, each once.
func capabilities(text string) string {
	names := regexp.MustCompile("CAP_[A-Z_]+").FindAllString(text, -1)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}
