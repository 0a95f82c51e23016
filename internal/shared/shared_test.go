package shared_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wormwatch/wormwatch/internal/shared"
)

func TestCaptures(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("WORMWATCH_CAPTURES", dir)
	for _, ci := range []string{"true", ""} {
		t.Setenv("CI", ci)
		tb := &outcome{TB: t}
		ended(func() { shared.Captures(tb) })
		if tb.failed != (ci == "true") || tb.skipped != (ci == "") {
			t.Errorf("CI=%q: without captures the test failed: %v, was skipped: %v", ci, tb.failed, tb.skipped)
		}
	}
	path := filepath.Join(dir, "TRUTH.csv")
	if err := os.WriteFile(path, []byte("file,kind\na.pcap,none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := shared.Captures(t); got != dir {
		t.Errorf("got %s, want %s", got, dir)
	}
	rows := shared.Table(t, path)
	if len(rows) != 1 || rows[0]["file"] != "a.pcap" || rows[0]["kind"] != "none" {
		t.Errorf("got %v", rows)
	}
}

// outcome is a test that says how it was ended.
type outcome struct {
	testing.TB
	failed, skipped bool
}

func (o *outcome) Fatal(...any) { o.failed = true; panic(o) }
func (o *outcome) Skip(...any)  { o.skipped = true; panic(o) }

// ended calls a function that ends an outcome.
func ended(f func()) {
	defer func() { _ = recover() }()
	f()
}
