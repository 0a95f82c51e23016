package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/lab/broker"
)

// sweeps are those of n sources from number first on, so long after one another.
func sweeps(first, n int, apart time.Duration) (frames []lab.Frame) {
	for i := range n {
		number := first + i
		source := fmt.Sprintf("10.%d.%d.%d", 64+number>>16, number>>8&255, number&255)
		for _, f := range sweep(source, 20) {
			f.At = time.Duration(i) * apart
			frames = append(frames, f)
		}
	}
	return frames
}

// TestKafkaLiveKilled kills a live sensor by SIGKILL while its broker is away, again and
// again: what its standard output showed a second before is on the topic in the end.
func TestKafkaLiveKilled(t *testing.T) {
	const topic, batch = "test.live", 20
	c := broker.Start(t, broker.Options{})
	c.Topic(t, topic, 6, 1, "message.timestamp.type=LogAppendTime")
	c.Topic(t, "wormwatch.health", 1, 1)
	out, in := pair(t)
	r := newRoad(t, in.Host, c.Bootstrap)
	args := append(onKafka(c.Bootstrap, "topic="+topic), "-s", "publish.outbox.path="+filepath.Join(t.TempDir(), "outbox"))

	var owed, young []string // shown a second before a kill or earlier, and later
	for round, wait := range []time.Duration{1500 * time.Millisecond, 0, 300 * time.Millisecond} {
		s := sense(t, []lab.Port{in}, args...)
		out.Play(sweeps(round*1000, batch, 0), 0)
		waitFor(t, "findings are shown", func() bool { return len(s.findings()) >= batch })
		waitFor(t, "they are on the topic", func() bool { return len(missing(t, c, topic, append(owed, texts(s.findings())...))) == 0 })
		r.Close()
		out.Play(sweeps(round*1000+500, batch, 100*time.Millisecond), 1)
		time.Sleep(wait)
		killed := time.Now()
		s.Signal(syscall.SIGKILL)
		if err := s.Wait(stopPatience); code(t, err) != -1 {
			t.Fatalf("%v\n%s", err, s.Output())
		}
		for _, f := range s.findings() {
			if killed.Sub(f.at) > time.Second {
				owed = append(owed, f.text)
			} else {
				young = append(young, f.text)
			}
		}
		if waits := len(missing(t, c, topic, owed)); waits == 0 {
			t.Errorf("round %d: nothing waits when it is killed", round+1)
		} else {
			t.Logf("round %d: killed with %d findings on their way, and %d that are younger than a second", round+1, waits, len(young))
		}
		r.Open()
	}
	s := sense(t, []lab.Port{in}, args...)
	waitFor(t, "all that waited is on the topic", func() bool { return len(missing(t, c, topic, owed)) == 0 })
	if found := s.stop(); len(found) > 0 {
		t.Errorf("it finds %q where nothing is", texts(found))
	}
	lost := missing(t, c, topic, young)
	for _, line := range young {
		if !slices.Contains(lost, line) {
			owed = append(owed, line)
		}
	}
	v := judge(t, owed, c.Read(t, topic))
	v.raised = v.sent
	fmt.Printf("\n%s\n%s\n\n", verdictHead, v.row("live, 3 sensor kills with the broker away"))
}

// texts are findings without their times.
func texts(found []line) (lines []string) {
	for _, f := range found {
		lines = append(lines, f.text)
	}
	return lines
}

// missing are those of lines that are not on a topic.
func missing(t testing.TB, c *broker.Cluster, topic string, lines []string) (not []string) {
	t.Helper()
	there := map[string]bool{}
	for _, r := range c.Read(t, topic) {
		there[*r.Value] = true
	}
	for _, line := range lines {
		if !there[line] {
			not = append(not, line)
		}
	}
	return not
}
