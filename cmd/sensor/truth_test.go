package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/shared"
)

// TestTruth replays every shared capture: rows of TRUTH.csv that must be found are, those
// that ask for silence are silent, but for people who chat, who are low. A row that depends
// on a threshold holds nobody to it.
func TestTruth(t *testing.T) {
	dir := shared.Captures(t)
	rows := shared.Table(t, filepath.Join(dir, "TRUTH.csv"))
	if len(rows) < 50 {
		t.Fatalf("only %d rows", len(rows))
	}
	checked := map[string]int{}
	for _, r := range rows {
		t.Run(r["file"]+"/"+r["exp_port"], func(t *testing.T) {
			got := command(t, nil, "replay", filepath.Join(dir, r["file"]))
			if got.code != 0 {
				t.Fatalf("exit %d\n%s", got.code, got.stderr)
			}
			found := tellings(t, got.stdout)
			switch must := r["must"]; {
			case must == "no scan/IRC-bot alert":
				checked["silent"]++
				found = slices.DeleteFunc(found, func(f telling) bool { return f.kind == "irc.c2" && f.severity <= 2 })
				if len(found) > 0 {
					t.Errorf("not silent: %v\n%s", found, r["note"])
				}
			case must == "must" && r["exp_kind"] == "fast-scan":
				checked["found"]++
				if !slices.ContainsFunc(found, func(f telling) bool { return f.kind == "scan.fast" && f.source == r["exp_src"] }) {
					t.Errorf("%s is not found: %v", r["exp_src"], found)
				}
			}
		})
	}
	if checked["silent"] < 50 || checked["found"] < 3 {
		t.Errorf("only %v were checked", checked)
	}
}

// TestIRC replays the shared captures of IRC: bots are high, people at most low, and what
// only looks like IRC is silent.
func TestIRC(t *testing.T) {
	dir := shared.Captures(t)
	for _, r := range shared.Table(t, filepath.Join(dir, "IRC.csv")) {
		got := command(t, nil, "replay", filepath.Join(dir, r["file"]))
		found := slices.DeleteFunc(tellings(t, got.stdout), func(f telling) bool { return f.kind != "irc.c2" || f.source != r["client"] })
		worst := 0
		for _, f := range found {
			worst = max(worst, f.severity)
		}
		switch {
		case strings.HasPrefix(r["verdict"], "look-alike") && worst > 0,
			r["bot_like"] == "yes" && worst != 4, r["bot_like"] == "no" && worst > 2:
			t.Errorf("%s: severity %d, want %s, bot %s", r["file"], worst, r["verdict"], r["bot_like"])
		case r["bot_like"] == "yes" && !strings.Contains(got.stdout, ".advscan dcom135 200 3 0"):
			t.Errorf("%s: the order to scan is not named", r["file"])
		}
	}
}

// TestRecordings replays the project's own recordings: everybody of whom TRUTH.csv says so
// is found as what it is, with that severity, and nobody else is.
func TestRecordings(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata")
	want := map[string][]string{} // by file
	for _, r := range shared.Table(t, filepath.Join(dir, "TRUTH.csv")) {
		found := want[r["file"]]
		if r["kind"] != "none" {
			found = append(found, r["kind"]+" "+r["source"]+" "+r["severity"])
		}
		want[r["file"]] = found
	}
	if len(want) < 35 {
		t.Fatalf("only %d recordings", len(want))
	}
	for file, found := range want {
		t.Run(file, func(t *testing.T) {
			args := append([]string{"replay", filepath.Join(dir, file)}, knowledge(t, file)...)
			got := command(t, nil, args...)
			if got.code != 0 {
				t.Fatalf("exit %d\n%s", got.code, got.stderr)
			}
			same(t, tellings(t, got.stdout), found)
		})
	}
}

// same compares what was told, each episode by its highest severity, with what is true.
func same(t *testing.T, told []telling, rows []string) {
	t.Helper()
	words := map[int]string{1: "informational", 2: "low", 3: "medium", 4: "high", 5: "critical"}
	worst := map[string]int{}
	for _, f := range told {
		k := f.kind + " " + f.source + " "
		worst[k] = max(worst[k], f.severity)
	}
	for _, row := range rows {
		cut := strings.LastIndexByte(row, ' ') + 1
		k, severity := row[:cut], row[cut:]
		if worst[k] == 0 || severity != "" && words[worst[k]] != severity {
			t.Errorf("%sis told as %q, want %q", k, words[worst[k]], severity)
		}
		delete(worst, k)
	}
	for k, severity := range worst {
		t.Errorf("%sis told as %s, and is not true", k, words[severity])
	}
}

// knowledge is what the sensor has to be told to find what is in a recording.
func knowledge(t *testing.T, file string) []string {
	t.Helper()
	switch file {
	case "scan_smb_slow10min_mixed.pcap.zst":
		// A scanner of whose targets a quarter answers is not to be told from a management
		// server at night until the site is learned, which a recording of hours does not
		// allow; where the swept range is named as unused it is found at once.
		return []string{"-s", "networks.dark=10.30.0.0/16"}
	case "netbios_edge.pcap.gz":
		return []string{"-s", "networks.home=10.20.0.0/16"} // not the default: then the edge is low
	case "story.pcap.gz":
		return []string{"-c", write(t, "allow.yaml", []byte(`allow: [{source: 10.20.0.9, kinds: [scan.fast, scan.slow], reason: "management server"}]`))}
	}
	return nil
}
