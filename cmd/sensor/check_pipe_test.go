package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestCheckOutputOfAPipe: a check does not wait for whoever is to read the findings.
func TestCheckOutputOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	checked := make(chan result, 1)
	go func() { checked <- command(t, nil, "check", "--output", "-s", "publish.lines.path="+path) }()
	select {
	case got := <-checked:
		if got.code != 0 {
			t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		says(t, got.stdout, "lines to "+path)
	case <-time.After(startPatience):
		t.Fatal("it waits for a reader")
	}
}
