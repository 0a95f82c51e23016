// Package lab makes networks for tests out of network namespaces: hosts, the lines between
// them, switches with a mirror port, routers, and the traffic of recordings or of real
// tools. Everything is gone when the test ends, however it ends. It needs root, ip, tc and
// ethtool.
package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/shared"
)

// prefix begins the names of all namespaces; the number of the test's process follows.
const prefix = "ww-"

// namespaces is where ip(8) keeps the names of network namespaces.
const namespaces = "/run/netns"

// patience is the longest that a command which makes the network may take.
const patience = 20 * time.Second

// labs counts those of this process: tests run beside each other.
var labs atomic.Int32

// Lab is the network of one test. Its methods end the test when something fails, so they
// are for the test's own goroutine.
type Lab struct {
	tb    testing.TB
	name  string
	ctx   context.Context
	procs []*Process
}

// New returns an empty network. A test that lacks root or a tool fails in CI (CI=true) and
// is skipped elsewhere; tools are the programs that it needs beside the lab's own.
func New(tb testing.TB, tools ...string) *Lab {
	tb.Helper()
	if os.Geteuid() != 0 {
		shared.Missing(tb, "network namespaces need root")
	}
	for _, tool := range append([]string{"ip", "tc", "ethtool"}, tools...) {
		if _, err := exec.LookPath(tool); err != nil {
			shared.Missing(tb, tool+" is not there: run scripts/deps")
		}
	}
	sweep(tb)
	ctx, cancel := context.WithCancel(context.Background())
	l := &Lab{tb: tb, ctx: ctx, name: fmt.Sprintf("%s%d-%d-", prefix, os.Getpid(), labs.Add(1))}
	tb.Cleanup(func() {
		cancel()
		l.close()
	})
	return l
}

// close ends what was started, and removes the namespaces with all that is in them.
func (l *Lab) close() {
	for _, p := range l.procs {
		p.kill()
	}
	names, err := filepath.Glob(filepath.Join(namespaces, l.name+"*"))
	if err != nil {
		l.tb.Error(err)
	}
	for _, path := range names {
		if err := remove(filepath.Base(path)); err != nil {
			l.tb.Error(err)
		}
	}
	for _, p := range l.procs {
		<-p.done
		if l.tb.Failed() {
			l.tb.Logf("%s: %v\n%s", p.title, p.err, tail(p.Output()))
		}
	}
}

// remove ends the processes that a namespace still has, those that left their process
// group, and deletes it.
func remove(name string) error {
	pids, err := command("ip", "netns", "pids", name)
	if err != nil {
		return err
	}
	for _, field := range strings.Fields(pids) {
		if pid, err := strconv.Atoi(field); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by now
		}
	}
	_, err = command("ip", "netns", "delete", name)
	return err
}

// sweep removes what tests left that were killed: their process is gone.
func sweep(tb testing.TB) {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(namespaces, prefix+"*"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range names {
		name := filepath.Base(path)
		pid, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "-")
		if _, err := strconv.Atoi(pid); err != nil {
			continue // not a lab's
		}
		if _, err := os.Stat("/proc/" + pid); errors.Is(err, fs.ErrNotExist) {
			_ = remove(name) // another test may be at it
		}
	}
}

// command runs one and returns what it printed; an error says both.
func command(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, tail(out.String()))
	}
	return out.String(), nil
}

// must runs a command that may not fail.
func (l *Lab) must(args ...string) string {
	l.tb.Helper()
	out, err := command(args...)
	if err != nil {
		l.tb.Fatal(err)
	}
	return out
}

// tail is the end of a long text.
func tail(text string) string {
	const most = 4 << 10
	if len(text) > most {
		return "..." + text[len(text)-most:]
	}
	return text
}
