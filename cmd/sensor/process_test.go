package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asCommand makes the test binary the command.
const asCommand = "TEST_AS_COMMAND"

// process returns the command as a process of its own, with nothing of ours in its
// environment.
func process(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "WORMWATCH_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, asCommand+"=1")
	return cmd
}

// code returns the exit code that err, of a finished process, tells; -1 for a signal.
func code(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func TestProcess(t *testing.T) {
	capture := write(t, "day.pcap", day())
	broken := write(t, "broken.pcap", day()[:5000])
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"findings", []string{"replay", capture}, 0},
		{"broken capture", []string{"replay", broken}, 1},
		{"no such capture", []string{"replay", capture + ".none"}, 1},
		{"configuration", []string{"replay", "-s", "detect.arp=maybe", capture}, 2},
		{"usage", []string{"replay"}, 2},
		{"check", []string{"check"}, 0},
		{"config", []string{"config"}, 0},
		{"version", []string{"version"}, 0},
	} {
		if got := code(t, process(t, c.args...).Run()); got != c.want {
			t.Errorf("%s: exit %d, want %d", c.name, got, c.want)
		}
	}

	// The same bytes whatever the scheduler does.
	var outputs []string
	for _, procs := range []string{"1", "4"} {
		cmd := process(t, "replay", capture)
		cmd.Env = append(cmd.Env, "GOMAXPROCS="+procs, "TZ=Asia/Tokyo")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, string(out))
	}
	if outputs[0] != outputs[1] || outputs[0] == "" {
		t.Error("two processes gave different findings, or none")
	}
}

// TestFullDisk holds that a full disk is an error, and says so.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var errs bytes.Buffer
	cmd := process(t, "replay", write(t, "day.pcap", day()))
	cmd.Stdout, cmd.Stderr = full, &errs
	if got := code(t, cmd.Run()); got != 1 || !strings.Contains(errs.String(), "no space left on device") {
		t.Errorf("exit %d\n%s", got, errs.String())
	}
}

// TestBrokenPipe holds that a reader that goes away ends the replay quietly.
func TestBrokenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var errs bytes.Buffer
	cmd := process(t, "replay", write(t, "day.pcap", day()))
	cmd.Stdout, cmd.Stderr = w, &errs
	err = cmd.Run()
	w.Close()
	if got := code(t, err); got != 0 || errs.Len() > 0 {
		t.Errorf("exit %d\n%s", got, errs.String())
	}
}

// TestInterrupt stops a replay that waits for standard input.
func TestInterrupt(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := process(t, "replay", "-")
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := stdin.Write(day()); err != nil {
			t.Fatal(err)
		}
		// The first finding tells that it runs; there is more input to wait for.
		line := make([]byte, 1)
		if _, err := stdout.Read(line); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if _, err := new(bytes.Buffer).ReadFrom(stdout); err != nil {
			t.Fatal(err)
		}
		got := code(t, cmd.Wait())
		if got != 1 || !strings.Contains(errs.String(), "alerts    scan.fast: 1") || !strings.Contains(errs.String(), "interrupted: ") {
			t.Errorf("%s: exit %d\n%s", signal, got, errs.String())
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %s", signal, took)
		}
	}
}
