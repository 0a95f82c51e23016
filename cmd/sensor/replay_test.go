package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

func TestReplay(t *testing.T) {
	capture := write(t, "day.pcap", day())
	got := command(t, nil, "replay", capture)
	if got.code != 0 {
		t.Fatalf("exit %d\n%s", got.code, got.stderr)
	}
	found := map[string]int{}
	for _, k := range kinds(t, got.stdout) {
		found[k]++
	}
	for _, want := range []string{
		"scan.fast/1/10.0.0.66", "scan.fast/2/10.0.0.66", "scan.fast/3/10.0.0.66",
		"scan.slow/1/10.0.0.68", "scan.slow/3/10.0.0.68", "scan.slow/1/10.0.0.69", "scan.slow/3/10.0.0.69",
	} {
		if found[want] != 1 {
			t.Errorf("%d of %s in %v", found[want], want, found)
		}
	}
	for k := range found {
		if strings.Contains(k, "10.0.1.") || strings.Contains(k, "10.0.0.5") {
			t.Errorf("false: %s", k)
		}
	}
	for _, want := range []string{"packets   748 in ", "Mpps", "contacts  461, ", "scan.fast: 1, records: 3", "scan.slow: 2, records: "} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("no %q in the summary\n%s", want, got.stderr)
		}
	}

	t.Run("again", func(t *testing.T) {
		if again := command(t, nil, "replay", capture); again.stdout != got.stdout {
			t.Error("the same capture gave other bytes")
		}
	})
	t.Run("standard input", func(t *testing.T) {
		in := command(t, bytes.NewReader(day()), "replay", "-")
		want := strings.ReplaceAll(got.stdout, `"day.pcap"`, `"stdin"`)
		if in.code != 0 || in.stdout != want {
			t.Errorf("exit %d, got\n%s\nwant\n%s", in.code, in.stdout, want)
		}
	})
	t.Run("text", func(t *testing.T) {
		text := command(t, nil, "replay", "-o", "text", capture)
		if text.code != 0 || !strings.HasPrefix(text.stdout, "TIME ") || strings.Contains(text.stdout, "\x1b") {
			t.Errorf("exit %d\n%s", text.code, text.stdout)
		}
	})
	t.Run("to a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "findings.jsonl")
		for range 2 {
			r := command(t, nil, "replay", "-s", "publish.lines.path="+path, capture)
			if r.code != 0 || r.stdout != "" {
				t.Fatalf("exit %d, standard output %q", r.code, r.stdout)
			}
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != got.stdout+got.stdout {
			t.Errorf("%v, the file is not the findings twice:\n%s", err, b)
		}
	})
	t.Run("allowed", func(t *testing.T) {
		r := command(t, nil, "replay", "-s", "allow=[{source: 10.0.0.64/29, reason: audit}]", capture)
		if r.code != 0 || r.stdout != "" || !strings.Contains(r.stderr, `allowed   10.0.0.64/29: 420 contacts ("audit")`) {
			t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	t.Run("memory bill", func(t *testing.T) {
		r := command(t, nil, "replay", "--memory", capture)
		if r.code != 0 || r.stdout != got.stdout || !strings.Contains(r.stderr, "half-open slots") {
			t.Errorf("exit %d\n%s", r.code, r.stderr)
		}
	})
}

// TestOCSF has the schema's own checker look at what the command writes.
func TestOCSF(t *testing.T) {
	got := command(t, nil, "replay", write(t, "day.pcap", day()))
	alerttest.CheckOCSF(t, alerttest.ValidateAll(t, []byte(got.stdout)))
}

// TestBrokenCapture holds that what a capture held before its end is judged and printed.
func TestBrokenCapture(t *testing.T) {
	whole := day()
	all := command(t, nil, "replay", write(t, "day.pcap", whole))
	for _, c := range []struct {
		name string
		b    []byte
		says string
	}{
		{"cut", whole[:len(whole)/2], "cut"},
		{"empty", nil, "day.pcap: "},
		{"foreign", []byte("#!/bin/sh\nexit 0\n# and more than a header would hold"), "is not a capture"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, "day.pcap", c.b)
			got := command(t, nil, "replay", path)
			last := got.stderr[strings.LastIndex(strings.TrimSpace(got.stderr), "\n")+1:]
			if got.code != 1 || !strings.HasPrefix(last, path+": ") || !strings.Contains(last, c.says) {
				t.Errorf("exit %d\n%s", got.code, got.stderr)
			}
			if !strings.HasPrefix(all.stdout, got.stdout) || (c.name == "cut") != (got.stdout != "") {
				t.Errorf("findings are no start of the whole's:\n%s", got.stdout)
			}
		})
	}
}

// TestNothingAtTheEnd holds that targets which still have time to answer are not judged
// because the recording ends.
func TestNothingAtTheEnd(t *testing.T) {
	s := packettest.NewScenario()
	s.Sweep("10.0.0.66", "10.1.0.1", 19, 445, time.Millisecond)
	b := packettest.Pcap{Link: packet.LinkEthernet}.Bytes(s.Records...)
	got := command(t, nil, "replay", write(t, "a.pcap", b))
	if got.code != 0 || got.stdout != "" || !strings.Contains(got.stderr, "19 still wait for an answer") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// TestSeveral holds that captures are one stream of time.
func TestSeveral(t *testing.T) {
	s := packettest.NewScenario()
	s.Sweep("10.0.0.66", "10.1.0.1", 24, 445, time.Millisecond)
	link := packettest.Pcap{Link: packet.LinkEthernet}
	one, two := write(t, "1.pcap", link.Bytes(s.Records[:12]...)), write(t, "2.pcap", link.Bytes(s.Records[12:]...))
	if got := command(t, nil, "replay", one); got.stdout != "" {
		t.Errorf("half a sweep is found\n%s", got.stdout)
	}
	if got := kinds(t, command(t, nil, "replay", one, two).stdout); len(got) != 1 || got[0] != "scan.fast/1/10.0.0.66" {
		t.Errorf("got %v", got)
	}
}

// failing is an output that fails after so many writes.
type failing struct {
	after int
	err   error
}

func (f *failing) Write(b []byte) (int, error) {
	if f.after--; f.after < 0 {
		return 0, f.err
	}
	return len(b), nil
}

// TestOutputFails holds that findings which cannot be written are never lost silently.
func TestOutputFails(t *testing.T) {
	capture := write(t, "day.pcap", day())
	for _, args := range [][]string{{"replay", capture}, {"check"}, {"config"}, {"version"}} {
		var errs bytes.Buffer
		full := &failing{err: syscall.ENOSPC}
		if code := run(t.Context(), args, world{stdout: full, stderr: &errs}); code != 1 || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%q on a full disk: exit %d\n%s", args, code, errs.String())
		}
	}
	var errs bytes.Buffer
	gone := &failing{after: 1, err: &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}}
	if code := run(t.Context(), []string{"replay", capture}, world{stdout: gone, stderr: &errs}); code != 0 || errs.Len() > 0 {
		t.Errorf("exit %d for a reader that went away\n%s", code, errs.String())
	}
}

// TestInput holds that a reader gets every octet, and that one who waits can leave.
func TestInput(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	got, err := io.ReadAll(io.LimitReader(newInput(t.Context(), bytes.NewReader(want)), 1<<30))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d octets of %d, %v", len(got), len(want), err)
	}
	in := newInput(t.Context(), io.MultiReader(strings.NewReader("x"), &errorReader{}))
	if got, err := io.ReadAll(in); string(got) != "x" || !errors.Is(err, syscall.EIO) {
		t.Errorf("got %q, %v", got, err)
	}
}

type errorReader struct{}

func (*errorReader) Read([]byte) (int, error) { return 0, syscall.EIO }
