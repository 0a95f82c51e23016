package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func TestMain(m *testing.M) { os.Exit(broker.Main(m)) }

// idle is how long a consumer waits for more: joining its group included.
const idle = 20 * time.Second

// cluster gives a test a topic on a real broker.
func cluster(t *testing.T, topic string) *broker.Cluster {
	t.Helper()
	c := broker.Shared(t, broker.Options{TLS: true})
	c.Topic(t, topic, 3, 1)
	return c
}

// step is record n of the episode of a source.
func step(source, n int) *record.Record {
	f := alert.Finding{
		Kind: alert.ScanSlow, Activity: alert.Update, Severity: alert.High,
		UID: fmt.Sprintf("uid-%d-%d", source, n), Episode: fmt.Sprintf("episode-%d", source), Sequence: n,
		Time: time.UnixMilli(int64(1000*n + source)), Sensor: "core-1", Message: fmt.Sprintf("step %d of %d", n, source),
		Source: alert.Endpoint{IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(source)}), Home: true},
	}
	r := record.FromFinding(&f, "1.0", time.Now())
	return &r
}

// sources have an episode each, of as many steps.
const sources, steps = 8, 5

// fill writes the steps of every source as the sensor does, and then again some of them that
// are doubles, and a test.
func fill(t *testing.T, c *broker.Cluster, topic string) {
	t.Helper()
	cfg := kafka.DefaultConfig()
	cfg.Brokers, cfg.Topic, cfg.HealthTopic = c.Bootstrap, topic, topic+".health"
	cfg.Timeout = time.Minute
	sink, err := kafka.New(cfg, "core-1")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	var all []*record.Record
	for n := 1; n <= steps; n++ {
		for s := range sources {
			all = append(all, step(s, n))
		}
	}
	f := alert.TestFinding("core-1", "a-test", time.Now())
	test := record.FromFinding(&f, "1.0", time.Now())
	for _, batch := range [][]*record.Record{all, append(all[:sources*2:sources*2], &test)} {
		for i, err := range sink.Send(t.Context(), batch) {
			if err != nil {
				t.Fatalf("record %d: %v", i, err)
			}
		}
	}
}

// states returns the messages of lines of findings, by episode; each must be of a later
// step than the one before it.
func states(t *testing.T, out string) (latest map[string]string, lines int) {
	t.Helper()
	latest, before := map[string]string{}, map[string]int{}
	for line := range strings.Lines(out) {
		var f struct {
			Message  string
			Metadata struct{ Sequence int }
			Info     struct{ UID string } `json:"finding_info"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.Metadata.Sequence <= before[f.Info.UID] {
			t.Errorf("%s goes back from %d: %s", f.Info.UID, before[f.Info.UID], line)
		}
		latest[f.Info.UID], before[f.Info.UID] = f.Message, f.Metadata.Sequence
		lines++
	}
	return latest, lines
}

// complete fails the test unless out ends with the last step of every source.
func complete(t *testing.T, out string, lines int) {
	t.Helper()
	latest, n := states(t, out)
	if n != lines || len(latest) != sources {
		t.Errorf("%d lines of %d episodes, want %d of %d\n%s", n, len(latest), lines, sources, out)
	}
	for s := range sources {
		if want := fmt.Sprintf("step %d of %d", steps, s); latest[fmt.Sprintf("episode-%d", s)] != want {
			t.Errorf("episode-%d: %q, want %q", s, latest[fmt.Sprintf("episode-%d", s)], want)
		}
	}
}

func read(t *testing.T, o options) (out string, n counts) {
	t.Helper()
	o.idleExit = idle
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var lines, notes bytes.Buffer
	if err := consume(ctx, o, &lines, log.New(&notes, "", 0)); err != nil {
		t.Fatalf("%v\n%s", err, notes.String())
	}
	for line := range strings.Lines(notes.String()) {
		if !strings.HasPrefix(line, "kafka: ") {
			if err := json.Unmarshal([]byte(line), &n); err != nil {
				t.Fatalf("%v: %s", err, notes.String())
			}
		}
	}
	return lines.String(), n
}

// TestConsumer reads a topic with doubles as one of a group, goes on where it left off, and
// shows the latest states to whoever only wants to look.
func TestConsumer(t *testing.T) {
	t.Parallel()
	const topic = "test.consumer"
	c := cluster(t, topic)
	fill(t, c, topic)
	o := options{brokers: strings.Join(c.Bootstrap, ","), topic: topic, group: "soc", fromStart: true}
	out, n := read(t, o)
	complete(t, out, sources*steps)
	if n.Records != sources*steps+sources*2+1 || n.Doubles != sources*2 || n.Tests != 1 || n.Older+n.Unreadable+n.Forgotten != 0 {
		t.Errorf("%+v", n)
	}
	t.Run("again", func(t *testing.T) {
		t.Parallel()
		if out, n := read(t, o); out != "" || n.Records != 0 {
			t.Errorf("what was committed comes again: %+v\n%s", n, out)
		}
	})
	t.Run("a look, by TLS", func(t *testing.T) {
		t.Parallel()
		o := o
		o.brokers, o.access.ca, o.group, o.latest = strings.Join(c.TLS, ","), c.CA, "look", true
		out, n := read(t, o)
		complete(t, out, sources)
		if n.Doubles != sources*2 || n.Episodes != sources {
			t.Errorf("%+v", n)
		}
	})
}

// TestKcat: the script shows the same.
func TestKcat(t *testing.T) {
	t.Parallel()
	const topic = "test.kcat"
	c := cluster(t, topic)
	fill(t, c, topic)
	garbage := exec.Command("kcat", "-P", "-b", c.Bootstrap[0], "-t", topic)
	garbage.Stdin = strings.NewReader("no JSON {\n[1]\n{\"finding_info\":7}\n")
	if out, err := garbage.CombinedOutput(); err != nil {
		t.Fatalf("kcat: %v: %s", err, out)
	}
	for name, args := range map[string][]string{
		"plain": {strings.Join(c.Bootstrap, ","), topic},
		"TLS":   {strings.Join(c.TLS, ","), topic, "-X", "security.protocol=SSL", "-X", "ssl.ca.location=" + c.CA},
	} {
		var complaint bytes.Buffer
		cmd := exec.Command("../kcat.sh", args...)
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, complaint.String())
		}
		complete(t, string(out), sources)
		if !strings.Contains(complaint.String(), "3 records are no findings") {
			t.Errorf("%s: it says %q", name, complaint.String())
		}
	}
	if out, err := exec.Command("../kcat.sh", "127.0.0.1:1", topic).Output(); err == nil {
		t.Errorf("a broker that is not there has findings: %q", out)
	}
}

// shell is a block of commands in the docs.
var shell = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestDocs runs what docs/alerts.md has consumers run.
func TestDocs(t *testing.T) {
	t.Parallel()
	const topic = "test.docs"
	c := cluster(t, topic)
	fill(t, c, topic)
	docs, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, docs, _ = bytes.Cut(docs, []byte("\n## Consuming\n"))
	docs, _, _ = bytes.Cut(docs, []byte("\n## "))
	var commands []string
	for _, block := range shell.FindAllSubmatch(docs, -1) {
		commands = append(commands, strings.Split(strings.TrimSpace(string(block[1])), "\n")...)
	}
	if len(commands) != 4 {
		t.Fatalf("%d commands", len(commands))
	}
	here := strings.NewReplacer("kafka-1:9092", strings.Join(c.Bootstrap, ","), "wormwatch.alerts", topic, "-group ", "-group docs-")
	for i, check := range []func(t *testing.T, out string){
		func(t *testing.T, out string) {
			if n := strings.Count(out, "key 10.0.0."); n != sources*(steps+2) || strings.Count(out, ",alert-id=uid-") != n ||
				strings.Count(out, `"message":"step `) != n || !strings.Contains(out, ",test=true") {
				t.Errorf("%d records\n%s", n, out)
			}
		},
		func(t *testing.T, out string) { complete(t, out, sources) },
		func(t *testing.T, out string) { complete(t, out, sources*steps) },
		func(t *testing.T, out string) { complete(t, out, sources) },
	} {
		t.Run(strings.Fields(commands[i])[0], func(t *testing.T) {
			t.Parallel()
			var complaint bytes.Buffer
			cmd := exec.Command("sh", "-c", here.Replace(commands[i]))
			cmd.Dir, cmd.Stderr = "../..", &complaint
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v\n%s", cmd, err, complaint.String())
			}
			check(t, string(out))
		})
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	c := broker.Shared(t, broker.Options{TLS: true})
	password := t.TempDir() + "/password"
	if err := os.WriteFile(password, []byte(c.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := access{ca: c.CA, user: c.User, passwordFile: password}
	d, err := a.dialer()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := d.DialContext(t.Context(), "tcp", c.SASL[0])
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for _, a := range []access{{ca: password}, {ca: "nowhere"}, {user: "x", passwordFile: "nowhere"}} {
		if _, err := a.dialer(); err == nil {
			t.Errorf("%+v passes", a)
		}
	}
}
