package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
)

// soak is how long the broker is away: make soak has it be ten minutes.
var soak = flag.Duration("soak", time.Minute, "how long TestKafkaAway keeps the broker away")

// awayRate is how many hosts begin to sweep in a second.
const awayRate = 150

// awaySensor is one of two that see the same traffic.
type awaySensor struct {
	*liveSensor
	lines         string // file of its standard output: there is too much to keep
	memory        []int  // octets, at each look
	out           lab.Port
	road          *road
	topic, health string
}

func newAwaySensor(t *testing.T, l *lab.Lab, c *broker.Cluster, name string) *awaySensor {
	t.Helper()
	out, in := l.Pair(l.Host(name+"-net"), "out", l.Host(name), "in")
	a := &awaySensor{lines: filepath.Join(t.TempDir(), "lines"), out: out, topic: "test." + name, health: "test.health-" + name}
	c.Topic(t, a.topic, 6, 1, "message.timestamp.type=LogAppendTime")
	c.Topic(t, a.health, 1, 1)
	a.road = newRoad(t, in.Host, c.Bootstrap)
	f, err := os.Create(a.lines)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd := asLive(in.Host, onPorts([]lab.Port{in}, append(onKafka(c.Bootstrap, "topic="+a.topic, "health_topic="+a.health),
		"-s", outbreakQuiet, "-s", "publish.outbox.path="+filepath.Join(t.TempDir(), "outbox"))...)...)
	cmd.Stdout = f
	a.liveSensor = launch(t, in.Host, cmd)
	a.capturing(1)
	return a
}

// found returns its lines so far, and how many hosts are in them.
func (a *awaySensor) found() (lines []string, hosts int) {
	a.t.Helper()
	b, err := os.ReadFile(a.lines)
	if err != nil {
		a.t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(b))), strings.Count(string(b), `{"activity_id":1,`)
}

// TestKafkaAway has two sensors see hosts begin to sweep, many a second. One has its broker;
// from the other it is taken away for a while. That one loses no packet more, takes no more
// memory the longer that lasts, and all it found is on its topic in the end.
func TestKafkaAway(t *testing.T) {
	c := broker.Start(t, broker.Options{Minutes: 30 + 3*int(soak.Minutes())})
	l := lab.New(t)
	there, away := newAwaySensor(t, l, c, "there"), newAwaySensor(t, l, c, "away")
	first := 0
	load := func(d time.Duration) {
		t.Helper()
		n := int(d.Seconds() * awayRate)
		frames := sweeps(first, n, time.Second/awayRate)
		first += n
		done := make(chan error, 1)
		play := there.out.Player(frames, 1)
		go func() { done <- play() }()
		away.out.Play(frames, 1)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	load(5 * time.Second)
	away.road.Close()
	const step = 5 * time.Second
	for range max(int(*soak/step), 4) {
		load(step)
		there.memory = append(there.memory, anonymous(t, there.PID()))
		away.memory = append(away.memory, anonymous(t, away.PID()))
	}
	without := stored(c, away.topic)
	away.road.Open()
	load(5 * time.Second)
	rows := []string{verdictHead}
	for _, s := range []*awaySensor{there, away} {
		waitFor(t, "all hosts are found", func() bool { _, hosts := s.found(); return hosts >= first })
		waitFor(t, "all is on the topic", func() bool { lines, _ := s.found(); return stored(c, s.topic) >= len(lines) })
		s.stop()
		lines, _ := s.found()
		v := judge(t, lines, c.Read(t, s.topic))
		v.raised = v.sent
		rows = append(rows, v.row(fmt.Sprintf("live, broker %s (%s)", strings.TrimPrefix(s.topic, "test."), *soak)))
	}
	fmt.Printf("\n%s\n\n", strings.Join(rows, "\n"))
	with, not := lostEvents(t, there.Output()), lostEvents(t, away.Output())
	t.Logf("%d records had come before it was back; events lost with the broker %d, without %d; anonymous memory in MiB with %v, without %v",
		without, with, not, mebi(there.memory), mebi(away.memory))
	if not > with {
		t.Errorf("%d events were lost without a broker, %d with", not, with)
	}
	flat(t, there.memory, away.memory)
	told := healthKinds(t, c, away.health)
	if d, r := slices.Index(told, "outbox_degraded"), slices.Index(told, "outbox_recovered"); d < 0 || r < d {
		t.Errorf("the topic of health records tells %v", told)
	}
	if told := healthKinds(t, c, there.health); slices.Contains(told, "outbox_degraded") {
		t.Errorf("with a broker it tells %v", told)
	}
}

// flat fails the test if without a broker memory grows by more than with one, once what is
// kept in memory is full. Tables are touched as they are used, in both alike.
func flat(t *testing.T, with, without []int) {
	t.Helper()
	var more []int
	for i := range with {
		more = append(more, without[i]-with[i])
	}
	half := len(more) / 2
	if before, after := slices.Max(more[:half]), slices.Max(more[half:]); after > before+32<<20 {
		t.Errorf("memory grows while the broker is away, MiB more than with it: %v", mebi(more))
	}
}

// lostEvents is the summary's count of events for which there was no room.
func lostEvents(t *testing.T, output string) (n uint64) {
	t.Helper()
	if eventsLost.MatchString(output) {
		n = number(t, eventsLost, output)
	}
	return n
}

var eventsLost = regexp.MustCompile(`(?m)^lost +events for which there was no room.*: ([\d,]+)$`)

// healthKinds are those of the records of a topic, in order and without heartbeats.
func healthKinds(t *testing.T, c *broker.Cluster, topic string) (kinds []string) {
	t.Helper()
	for _, r := range c.Read(t, topic) {
		if _, kind, ok := strings.Cut(*r.Value, `"kind":"`); ok {
			if kind, _, _ = strings.Cut(kind, `"`); kind != "heartbeat" {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// anonymous returns a process's resident memory that is no file's, in octets: pages of the
// outbox's file are the kernel's to take back.
func anonymous(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

func mebi(octets []int) (out []int) {
	for _, n := range octets {
		out = append(out, n>>20)
	}
	return out
}
