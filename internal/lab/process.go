package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a program that runs on a host. It ends with the test at the latest; what it
// wrote is logged if the test fails.
type Process struct {
	host   *Host
	title  string
	cmd    *exec.Cmd
	output buffer // both streams
	done   chan struct{}
	err    error // once done is closed
}

// buffer is written by a program while the test reads. It keeps the first octets and
// forgets those beyond.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

const mostOutput = 16 << 20

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.b.Len() < mostOutput {
		b.b.Write(p)
	}
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Command returns a command that runs on the host, to be changed and given to Launch. Its
// number is that of the program itself: ip(8) becomes it.
func (h *Host) Command(args ...string) *exec.Cmd {
	return exec.CommandContext(h.lab.ctx, "ip", append([]string{"netns", "exec", h.Name}, args...)...)
}

// Run runs a program, which may take that long and must succeed, and returns what it wrote
// to both streams.
func (h *Host) Run(within time.Duration, args ...string) string {
	h.lab.tb.Helper()
	p := h.Start(args...)
	if err := p.Wait(within); err != nil {
		h.lab.tb.Fatalf("%v\n%s", err, tail(p.Output()))
	}
	h.lab.procs = slices.DeleteFunc(h.lab.procs, func(q *Process) bool { return q == p }) // nothing to log
	return p.Output()
}

// Start starts a program.
func (h *Host) Start(args ...string) *Process {
	h.lab.tb.Helper()
	return h.Launch(h.Command(args...))
}

// Launch starts a command; its streams are kept for Output, but for one that is a file.
func (h *Host) Launch(cmd *exec.Cmd) *Process {
	h.lab.tb.Helper()
	p := &Process{host: h, cmd: cmd, title: strings.Join(cmd.Args, " "), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.kept(cmd.Stdout), p.kept(cmd.Stderr)
	cmd.WaitDelay = time.Second // a child of the program may hold the streams
	// A group of its own, so that its children end with it. Pdeathsig would not do for a test
	// that is killed: it watches the thread, and In's end. The next lab's sweep does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		h.lab.tb.Fatalf("%s: %v", p.title, err)
	}
	h.lab.procs = append(h.lab.procs, p)
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p
}

// kept is what a stream is written to. A file is the program's alone.
func (p *Process) kept(w io.Writer) io.Writer {
	switch w := w.(type) {
	case nil:
		return &p.output
	case *os.File:
		return w
	}
	return io.MultiWriter(&p.output, w)
}

// kill ends it and its children. Where it has ended its number may be somebody else's by
// now: what it left behind ends with its namespace.
func (p *Process) kill() {
	if p.Running() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// errTime says that a program took too long.
var errTime = errors.New("does not end")

// Wait waits for the end of the program and returns its error; after so long it is killed.
func (p *Process) Wait(within time.Duration) error {
	ctx, cancel := context.WithTimeout(p.host.lab.ctx, within)
	defer cancel()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill()
		<-p.done
		return fmt.Errorf("%s: %w after %s", p.title, errTime, within)
	}
	if p.err != nil {
		return fmt.Errorf("%s: %w", p.title, p.err)
	}
	return nil
}

// Running tells whether it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Output returns what it has written so far.
func (p *Process) Output() string { return p.output.String() }

// PID returns its process number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends it a signal; it may have ended.
func (p *Process) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// Expect waits until the program has written text, at most so long.
func (p *Process) Expect(text string, within time.Duration) {
	p.host.lab.tb.Helper()
	p.host.lab.Await(within, p.title+" says "+text, func() bool {
		return strings.Contains(p.Output(), text) || !p.Running()
	})
	if out := p.Output(); !strings.Contains(out, text) {
		<-p.done
		p.host.lab.tb.Fatalf("%s: ended (%v) without saying %q\n%s", p.title, p.err, text, tail(out))
	}
}

// Await asks until something is true; after so long the test ends.
func (l *Lab) Await(within time.Duration, what string, is func() bool) {
	l.tb.Helper()
	for deadline := time.Now().Add(within); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.tb.Fatalf("not within %s: %s", within, what)
		}
	}
}
