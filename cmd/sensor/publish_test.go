package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/config"
)

// refusing is the address of a broker that refuses.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("nothing says %q:\n%s", p, text)
		}
	}
}

func TestPublishUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"replay", "--publish", "x.pcap"}, "--publish: publish.kafka.brokers names no broker: write HOST:PORT there"},
		{[]string{"replay", "--publish-timeout", "-1s", "x.pcap"}, "--publish-timeout: -1s is less than nothing"},
		{[]string{"run", "-i", "lo", "-s", "publish.kafka.brokers=kafka-1:9092"}, "write a directory into state.path or publish.outbox.path"},
		{[]string{"check", "--output", "-s", "publish.kafka.brokers=kafka-1:9092"}, "write a directory into state.path or publish.outbox.path"},
	} {
		got := command(t, nil, c.args...)
		if got.code != 2 {
			t.Errorf("%q: exit %d", c.args, got.code)
		}
		says(t, got.stdout+got.stderr, c.says)
	}
}

// TestReplayKeepsWhatItCannotSend: findings stay in an outbox whose place is told, a
// configured one or not, and standard output is what it is without Kafka.
func TestReplayKeepsWhatItCannotSend(t *testing.T) {
	capture := write(t, "day.pcap", day())
	plain := command(t, nil, "replay", capture)
	configured := filepath.Join(t.TempDir(), "outbox")
	for _, more := range [][]string{nil, {"-s", "publish.outbox.path=" + configured}} {
		args := append([]string{"replay", "--publish", "--publish-timeout", "100ms", "-s", "publish.kafka.brokers=" + refusing(t)}, more...)
		got := command(t, nil, append(args, capture)...)
		if got.code != 1 || got.stdout != plain.stdout {
			t.Errorf("exit %d, the same findings: %v\n%s", got.code, got.stdout == plain.stdout, got.stderr)
		}
		says(t, got.stderr, "connection refused", "wait in the outbox for the next start", "0 records sent")
		dir := regexp.MustCompile(`outbox list --path (\S+);`).FindStringSubmatch(got.stderr)
		if dir == nil {
			t.Fatalf("where are they?\n%s", got.stderr)
		}
		if more == nil {
			defer os.RemoveAll(dir[1])
		} else if dir[1] != configured {
			t.Errorf("they wait in %s", dir[1])
		}
		list := command(t, nil, "outbox", "list", "--path", dir[1])
		if n := strings.Count(plain.stdout, "\n"); list.code != 0 || strings.Count(list.stdout, "scan.") != n {
			t.Errorf("exit %d, want %d findings in\n%s", list.code, n, list.stdout)
		}
	}
}

// TestCheckOutput: each place has a line, one that is wrong says what to do.
func TestCheckOutput(t *testing.T) {
	got := command(t, nil, "check", "--output")
	if got.code != 0 {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	says(t, got.stdout, "lines to -", "no broker is configured: write publish.kafka.brokers")

	dir := t.TempDir()
	lines := filepath.Join(dir, "findings.jsonl")
	got = command(t, nil, "check", "--output", "-s", "publish.kafka.brokers="+refusing(t), "-s", "state.path="+dir, "-s", "publish.lines.path="+lines)
	if got.code != 2 || strings.Count(got.stdout, "connection refused") != 1 {
		t.Errorf("exit %d\n%s", got.code, got.stdout)
	}
	says(t, got.stdout, "made when the sensor starts", "lines to "+lines)
	says(t, got.stderr, "findings would not arrive as configured")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind, %v", left, err)
	}

	got = command(t, nil, "check", "--output", "-s", "publish.lines.path="+filepath.Join(dir, "none", "f"))
	if got.code != 2 {
		t.Errorf("exit %d\n%s", got.code, got.stdout)
	}
	says(t, got.stdout, "no such file or directory")
}

// TestNoOutbox: without brokers there is none, and nobody asks for a directory.
func TestNoOutbox(t *testing.T) {
	c := config.Default()
	if dir, err := liveOutbox(&c); dir != "" || err != nil {
		t.Errorf("%q, %v", dir, err)
	}
	c.Publish.Kafka.Brokers = []string{"kafka-1:9092"}
	if _, err := liveOutbox(&c); err == nil {
		t.Error("findings would wait nowhere")
	}
	c.State.Path = "/var/lib/wormwatch"
	if dir, err := liveOutbox(&c); dir != "/var/lib/wormwatch/outbox" || err != nil {
		t.Errorf("%q, %v", dir, err)
	}
}
