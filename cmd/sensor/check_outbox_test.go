package main

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/control"
)

// TestCheckOutputOfAnotherUser: who may not ask the sensor that runs is told who may.
func TestCheckOutputOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("needs root")
		}
		t.Skip("needs root")
	}
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, control.Socket))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	exe := filepath.Join(dir, "wormwatch") // the test's own directory is root's
	b, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, b, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o711, filepath.Join(dir, control.Socket): 0o600, exe: 0o755} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	cmd := process(t, "check", "--output", "-s", "publish.kafka.brokers="+refusing(t), "-s", "publish.outbox.path="+dir)
	cmd.Path = exe
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.Output()
	if got := code(t, err); got != 2 {
		t.Errorf("exit %d\n%s", got, out)
	}
	says(t, string(out), "permission denied: run this as root, or as the user that the sensor runs as")
}
