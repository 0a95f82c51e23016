package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/health"
)

func TestRunRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no interface", []string{"run"}, 2, "no interface is named: write -i INTERFACE"},
		{"arguments", []string{"run", "eth0"}, 2, "takes no arguments"},
		{"format", []string{"run", "-i", "lo", "-o", "xml"}, 2, "is no format"},
		{"twice", []string{"run", "-i", "lo", "-i", "lo"}, 2, "capture.interfaces[1]: lo is named twice"},
		{"role", []string{"run", "-i", "lo", "-s", "capture.role=tap"}, 2, "write one of"},
		{"missing", []string{"run", "-i", "ww-none", "-s", "capture.missing=fail"}, 1, "ww-none"},
		{"missing to AF_PACKET", []string{"run", "-i", "ww-none", "-s", "capture.missing=fail", "-s", "capture.mode=af_packet"}, 1, "ww-none"},
		{"state", []string{"run", "-i", "lo", "-s", "state.path=/proc/none"}, 1, "state.path: "},
		{"output", []string{"run", "-i", "lo", "-s", "publish.lines.path=/nowhere/at/all"}, 1, "publish.lines.path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := command(t, nil, c.args...)
			if r.code != c.code || !strings.Contains(r.stderr, c.says) || r.stdout != "" {
				t.Errorf("exit %d, standard error %q, standard output %q", r.code, r.stderr, r.stdout)
			}
		})
	}
}

// The seed is secret, lasts as long as the state directory, and a damaged one is set aside.
func TestLiveSeed(t *testing.T) {
	told := 0
	seed := func(dir string) uint64 {
		t.Helper()
		s, err := liveSeed(dir, func(health.Event) { told++ })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, two := seed(""), seed("")
	if one == two {
		t.Error("without a directory two runs have one seed")
	}
	dir := t.TempDir()
	first := seed(dir)
	if again := seed(dir); again != first {
		t.Errorf("the second run has %x, the first had %x", again, first)
	}
	path := filepath.Join(dir, seedFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), string(binary.LittleEndian.AppendUint64(nil, first))) {
		t.Error("the file does not hold the seed")
	}
	if err := os.WriteFile(path, b[:len(b)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	other := seed(dir)
	if other == first {
		t.Error("a damaged file was believed")
	}
	if told != 1 {
		t.Errorf("the damaged file was told of %d times", told)
	}
	if again := seed(dir); again != other || told != 1 {
		t.Errorf("after a damaged file each run has another seed")
	}
}

// What check --load says does not depend on rights: what is missing is named.
func TestCheckLoad(t *testing.T) {
	r := command(t, nil, "check", "--load", "-i", "lo")
	for _, says := range []string{"total", "kernel", "XDP program", "interface lo"} {
		if !strings.Contains(r.stdout, says) {
			t.Errorf("%q is not in\n%s", says, r.stdout)
		}
	}
	r = command(t, nil, "check", "--load", "-i", "ww-none")
	if r.code != 2 || !strings.Contains(r.stderr, "cannot run as configured") || !strings.Contains(r.stdout, "ww-none") {
		t.Errorf("exit %d\n%s\n%s", r.code, r.stdout, r.stderr)
	}
}

// The rings of AF_PACKET are a part of the bill where that is what captures.
func TestCheckBillsRings(t *testing.T) {
	for mode, some := range map[string]bool{"af_packet": true, "auto": false} {
		r := command(t, nil, "check", "-i", "eth0", "-i", "eth1", "-s", "capture.mode="+mode)
		if strings.Contains(r.stdout, "packet rings") != some || r.code != 0 {
			t.Errorf("mode %s: exit %d\n%s%s", mode, r.code, r.stdout, r.stderr)
		}
	}
}
