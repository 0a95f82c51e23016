package main

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/control"
)

// TestOutboxOfASensorThatGoes: a sensor that hangs up on a command is an error, whatever the
// socket calls it; a broken pipe is not that of standard output.
func TestOutboxOfASensorThatGoes(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, control.Socket))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	for range 100 {
		if got := command(t, nil, "outbox", "list", "--path", dir); got.code != 1 || got.stderr == "" {
			t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
		}
	}
}
