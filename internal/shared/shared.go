// Package shared leads tests to what lies beside the repository and is not ours to ship:
// captures that this project did not make, and the schema of OCSF.
package shared

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
)

// Captures returns the folder of the captures: $WORMWATCH_CAPTURES, else shared/captures
// beside the repository.
func Captures(tb testing.TB) string {
	tb.Helper()
	return folder(tb, "WORMWATCH_CAPTURES", "captures", "TRUTH.csv")
}

// OCSF returns the folder of the schema and its checker, check.py: $WORMWATCH_OCSF, else
// shared/ocsf beside the repository.
func OCSF(tb testing.TB) string {
	tb.Helper()
	return folder(tb, "WORMWATCH_OCSF", "ocsf", "check.py")
}

// folder returns the one that $env names, else the one beside the repository; file tells
// that it is the right one.
func folder(tb testing.TB, env, name, file string) string {
	tb.Helper()
	dir := os.Getenv(env)
	if dir == "" {
		dir = filepath.Join(moduleRoot(tb), "..", "shared", name)
	}
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); err != nil {
		Missing(tb, path+" is not there: set "+env+" to the folder that holds it")
	}
	return dir
}

// Missing ends a test that lacks something: in CI (CI=true) as a failure, elsewhere it is
// skipped.
func Missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatal(what)
	}
	tb.Skip(what)
}

// moduleRoot is the nearest folder above the test's that has a go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			tb.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// Table returns the rows of a CSV file, at least one, by the names in its first line.
func Table(tb testing.TB, path string) []map[string]string {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		tb.Fatalf("%s: %d lines, %v", path, len(all), err)
	}
	rows := make([]map[string]string, 0, len(all)-1)
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}
