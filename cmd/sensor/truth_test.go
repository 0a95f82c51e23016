package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTruth replays every shared capture: rows of TRUTH.csv that must be found are, those
// that ask for silence are silent. IRC is not watched yet, and a row that depends on a
// threshold holds nobody to it.
func TestTruth(t *testing.T) {
	dir := captures(t)
	rows := truth(t, filepath.Join(dir, "TRUTH.csv"))
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
			found := kinds(t, got.stdout)
			switch must := r["must"]; {
			case must == "no scan/IRC-bot alert":
				checked["silent"]++
				if len(found) > 0 {
					t.Errorf("not silent: %v\n%s", found, r["note"])
				}
			case must == "must" && r["exp_kind"] == "fast-scan":
				checked["found"]++
				if !strings.Contains(strings.Join(found, " "), "scan.fast/1/"+r["exp_src"]) {
					t.Errorf("%s is not found: %v", r["exp_src"], found)
				}
			}
		})
	}
	if checked["silent"] < 50 || checked["found"] < 3 {
		t.Errorf("only %v were checked", checked)
	}
}

// TestRecordings replays the project's own recordings: every scanner of TRUTH.csv is
// found as what it is, and nobody else is.
func TestRecordings(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata")
	want := map[string][]string{} // by file
	for _, r := range truth(t, filepath.Join(dir, "TRUTH.csv")) {
		scanners := want[r["file"]]
		if r["kind"] != "none" {
			scanners = append(scanners, r["kind"]+"/1/"+r["source"])
		}
		want[r["file"]] = scanners
	}
	if len(want) < 20 {
		t.Fatalf("only %d recordings", len(want))
	}
	for file, scanners := range want {
		t.Run(file, func(t *testing.T) {
			args := append([]string{"replay", filepath.Join(dir, file)}, knowledge[file]...)
			got := command(t, nil, args...)
			if got.code != 0 {
				t.Fatalf("exit %d\n%s", got.code, got.stderr)
			}
			found := slices.DeleteFunc(kinds(t, got.stdout), func(k string) bool { return !strings.Contains(k, "/1/") })
			slices.Sort(found)
			slices.Sort(scanners)
			if !slices.Equal(found, scanners) {
				t.Errorf("found %v, want %v", found, scanners)
			}
		})
	}
}

// knowledge is what the sensor has to be told to find what is in a recording. A scanner of
// whose targets a quarter answers is not to be told from a management server at night
// until the site is learned, which a recording of hours does not allow; where the swept
// range is named as unused it is found at once.
var knowledge = map[string][]string{
	"scan_smb_slow10min_mixed.pcap.zst": {"-s", "networks.dark=10.30.0.0/16"},
}

// captures returns the folder of the captures that all tests share.
func captures(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WORMWATCH_CAPTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "captures")
	}
	if _, err := os.Stat(filepath.Join(dir, "TRUTH.csv")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shared captures are missing, set WORMWATCH_CAPTURES: %v", err)
		}
		t.Skipf("no shared captures here: %v", err)
	}
	return dir
}

// truth returns the rows of a table by the names in its first line.
func truth(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, row := range all[1:] {
		r := map[string]string{}
		for i, name := range all[0] {
			r[name] = row[i]
		}
		rows = append(rows, r)
	}
	return rows
}
