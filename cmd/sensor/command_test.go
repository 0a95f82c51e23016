package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestMain is the command itself where a test starts it as a process.
func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// result is what one run of the command came to.
type result struct {
	code           int
	stdout, stderr string
}

// command runs the command in this process.
func command(t *testing.T, stdin io.Reader, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, world{stdin: stdin, stdout: &out, stderr: &errs})
	return result{code, out.String(), errs.String()}
}

// day is a day with work, a fast sweep, two slow ones and their end, as a capture.
func day() []byte {
	s := packettest.NewScenario()
	for i := range 40 {
		s.Session(fmt.Sprintf("10.0.1.%d", i+1), "10.0.0.5", 40000, 445)
		s.Wait(time.Second)
	}
	s.Sweep("10.0.0.66", "10.1.0.1", 300, 445, 50*time.Millisecond)
	for i := range 60 {
		s.Sweep("10.0.0.68", fmt.Sprintf("10.2.%d.1", i), 1, 139, time.Second)
		s.Sweep("10.0.0.69", fmt.Sprintf("10.3.%d.1", i), 1, 445, time.Second)
		s.Wait(10 * time.Minute)
	}
	s.Wait(30 * time.Hour)
	s.Session("10.0.1.1", "10.0.0.5", 40001, 445)
	return packettest.Pcap{Link: packet.LinkEthernet}.Bytes(s.Records...)
}

// write puts a file into a directory of the test's own.
func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// kinds returns KIND/ACTIVITY/SOURCE of each finding of a stream of OCSF lines.
func kinds(t *testing.T, stream string) []string {
	t.Helper()
	var out []string
	for _, f := range tellings(t, stream) {
		out = append(out, fmt.Sprintf("%s/%d/%s", f.kind, f.activity, f.source))
	}
	return out
}

// telling is what a record says at first sight.
type telling struct {
	kind, source       string
	activity, severity int
}

func tellings(t testing.TB, stream string) []telling {
	t.Helper()
	var out []telling
	for _, line := range alerttest.ValidateAll(t, []byte(stream)) {
		var f struct {
			Activity int `json:"activity_id"`
			Severity int `json:"severity_id"`
			Metadata struct {
				Code string `json:"event_code"`
			} `json:"metadata"`
			Evidences []struct {
				Src struct {
					IP string `json:"ip"`
				} `json:"src_endpoint"`
			} `json:"evidences"`
		}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		out = append(out, telling{f.Metadata.Code, f.Evidences[0].Src.IP, f.Activity, f.Severity})
	}
	return out
}

// TestBadConfiguration holds that no command starts on any of the bad files.
func TestBadConfiguration(t *testing.T) {
	files, err := filepath.Glob("../../internal/config/testdata/bad/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	target := filepath.Join(t.TempDir(), "findings")
	for _, file := range files {
		for _, args := range [][]string{
			{"replay", "-c", file, "-s", "publish.lines.path=" + target, "no-such-capture.pcap"},
			{"check", "-c", file},
			{"config", "-c", file},
		} {
			got := command(t, nil, args...)
			if got.code != 2 || got.stdout != "" || !strings.HasPrefix(got.stderr, file+":") || strings.Contains(got.stderr, "no-such") {
				t.Errorf("%q: exit %d\n%s%s", args, got.code, got.stdout, got.stderr)
			}
		}
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a replay with a bad configuration opened its output")
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "no command is named"},
		{[]string{"run"}, "no interface is named: write -i INTERFACE"},
		{[]string{"help", "nosuch"}, `unknown command "nosuch"`},
		{[]string{"replai", "x"}, "Did you mean this?\n\treplay"},
		{[]string{"replay"}, "no capture is named: write files, or - for standard input"},
		{[]string{"replay", "-"}, "-: "},
		{[]string{"replay", "-", "-"}, "standard input (-) is named twice"},
		{[]string{"replay", "-o", "xml", "x"}, `--output: "xml" is no format: write ocsf or text`},
		{[]string{"replay", "--tagets", "5", "x"}, "unknown flag: --tagets: `wormwatch replay --help` shows how"},
		{[]string{"replay", "-c"}, "flag needs an argument"},
		{[]string{"replay", "-c", "", "x"}, "--config: is empty"},
		{[]string{"replay", "-c", "none.yaml", "x"}, "none.yaml: no such file or directory"},
		{[]string{"replay", "-s", "detect.fast.window=10", "x"}, "--set detect.fast.window: 10 has no unit"},
		{[]string{"check", "x"}, `wormwatch check takes no arguments: ["x"]`},
		{[]string{"check", "-s", "a.b=c"}, "--set a.b: unknown key"},
		{[]string{"version", "x"}, "wormwatch version takes no arguments"},
	} {
		want := 2
		if len(c.args) == 2 && c.args[1] == "-" { // nothing on standard input
			want = 1
		}
		got := command(t, strings.NewReader(""), c.args...)
		if got.code != want || got.stdout != "" || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%q: exit %d\n%s%s", c.args, got.code, got.stdout, got.stderr)
		}
	}
}

func TestEnvironment(t *testing.T) {
	var out, errs bytes.Buffer
	w := world{stdout: &out, stderr: &errs, env: []string{"WORMWATCH_SENSOR_NAME=edge-7", "WORMWATCH_DETECT_FAST=1", "HOME=/"}}
	if code := run(t.Context(), []string{"config"}, w); code != 2 || !strings.HasPrefix(errs.String(), "WORMWATCH_DETECT_FAST: names no key") {
		t.Errorf("exit %d\n%s", code, errs.String())
	}
	w.env = w.env[:1]
	if code := run(t.Context(), []string{"config"}, w); code != 0 || !strings.HasPrefix(out.String(), "sensor:\n  name: edge-7\n") {
		t.Errorf("exit %d\n%s", code, out.String())
	}
}

// TestConfigAndCheck holds that what config prints is a configuration, and the same one.
func TestConfigAndCheck(t *testing.T) {
	set := []string{"-s", "detect.fast.targets=15", "-s", "networks.home=10.0.0.0/8", "-s", "allow=[{source: 10.0.0.1, reason: x, until: 2027-01-01}]"}
	first := command(t, nil, append([]string{"config"}, set...)...)
	path := write(t, "printed.yaml", []byte(first.stdout))
	again := command(t, nil, "config", "-c", path)
	if first.code != 0 || again.code != 0 || first.stdout != again.stdout || !strings.Contains(first.stdout, "targets: 15\n") {
		t.Errorf("exit %d and %d\n%s\n%s%s", first.code, again.code, first.stdout, again.stdout, again.stderr)
	}
	check := command(t, nil, "check", "-c", path)
	if check.code != 0 || !strings.HasPrefix(check.stdout, path+": ok\n") || !strings.Contains(check.stdout, "total") || check.stderr != "" {
		t.Errorf("exit %d\n%s%s", check.code, check.stdout, check.stderr)
	}
	if small := command(t, nil, "check", "-s", "memory.pairs=4096"); small.stdout == check.stdout[len(path)-len("configuration"):] {
		t.Error("the bill does not depend on the tables")
	}
}

func TestVersion(t *testing.T) {
	got := command(t, nil, "version")
	for _, want := range []string{"wormwatch ", "commit ", "go ", "kernel ", "XDP programs ", "BPF ring buffer ", "XDP links ", "XDP jumbo frames ", "kernel BTF "} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("exit %d, no %q\n%s", got.code, want, got.stdout)
		}
	}
}

// TestLinkedVersion holds that what the linker sets is what is shown.
func TestLinkedVersion(t *testing.T) {
	defer func(v, c string) { version, commit = v, c }(version, commit)
	version, commit = "v1.2.3", "0123abc"
	if got := command(t, nil, "version").stdout; !strings.Contains(got, " v1.2.3\ncommit            0123abc\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := command(t, nil, "completion", shell); got.code != 0 || !strings.Contains(got.stdout, "wormwatch") {
			t.Errorf("%s: exit %d\n%s", shell, got.code, got.stderr)
		}
	}
	for want, args := range map[string][]string{
		"detect.fast.targets=": {"replay", "--set", ""},
		"text\t":               {"replay", "--output", ""},
		"check\t":              {""},
	} {
		if got := command(t, nil, append([]string{"__complete"}, args...)...); !strings.Contains("\n"+got.stdout, "\n"+want) {
			t.Errorf("%q: no %q\n%s", args, want, got.stdout)
		}
	}
}
