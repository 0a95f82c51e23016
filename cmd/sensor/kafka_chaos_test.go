package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
)

// chaosPatience is how long a topic may take for anything, on a busy machine.
const chaosPatience = 2 * time.Minute

// TestKafkaChaos replays an outbreak to a real cluster of three, while brokers and the sensor
// are killed. All that a replay finds is on the topic, each source's in order, and what is
// there twice is there under the same alert-id.
func TestKafkaChaos(t *testing.T) {
	t.Parallel()
	c := broker.Start(t, broker.Options{Brokers: 3})
	s := newStorm(t, c, onKafka(c.Bootstrap)...)
	s.begin()
	leader := c.Leaders(t, s.topic)[0]
	s.without(leader, s.grow)
	c.MoveLeaders(t, s.topic)
	s.grow()
	s.restart()
	s.grow()
	s.without(c.Leaders(t, s.topic)[1], s.restart, s.grow)
	s.without(0, s.raise, s.restart, s.raise)
	s.grow()
	s.without(c.Leaders(t, s.topic)[2], s.grow)
	c.MoveLeaders(t, s.topic)
	s.end("plaintext, 6 broker kills, 3 sensor kills")
}

// TestKafkaChaosSecured does the same through TLS and SCRAM, with fewer faults.
func TestKafkaChaosSecured(t *testing.T) {
	t.Parallel()
	c := broker.Start(t, broker.Options{Brokers: 3, TLS: true})
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(c.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStorm(t, c, onKafka(c.SASL, "tls.enabled=true", "tls.ca="+c.CA,
		"sasl.mechanism=scram-sha-512", "sasl.username="+c.User, "sasl.password_file="+password)...)
	s.begin()
	s.without(c.Leaders(t, s.topic)[0], s.grow, s.restart, s.grow)
	s.without(0, s.raise, s.restart, s.raise)
	s.grow()
	c.MoveLeaders(t, s.topic)
	s.restart()
	s.grow()
	s.end("SASL_SSL with SCRAM-SHA-512, 4 broker kills, 3 sensor kills")
}

// onKafka is the command line that names brokers and, without their prefix, keys of
// publish.kafka.
func onKafka(brokers []string, keys ...string) []string {
	args := []string{"-s", "publish.kafka.brokers=" + strings.Join(brokers, ",")}
	for _, k := range keys {
		args = append(args, "-s", "publish.kafka."+k)
	}
	return args
}

// storm is one way through the chaos. Its methods end the test where nothing goes on.
type storm struct {
	*testing.T
	cluster *broker.Cluster
	topic   string
	lines   []string // what is to come
	args    []string
	feed    *feed
	sensor  *fed
	raised  int // by sensors that were killed
}

// newStorm makes the topics, an outbreak and an outbox.
func newStorm(t *testing.T, c *broker.Cluster, args ...string) *storm {
	t.Helper()
	const topic = "wormwatch.alerts"
	capture := outbreak()
	lines := published(t, capture, "-s", outbreakQuiet)
	if len(lines) < 10_000 {
		t.Fatalf("the outbreak gives %d findings", len(lines))
	}
	c.Topic(t, "wormwatch.health", 1, 3) // that records wait is told there
	c.Topic(t, topic, 6, 3, "message.timestamp.type=LogAppendTime")
	s := &storm{
		T: t, cluster: c, topic: topic, lines: lines, feed: newFeed(capture),
		args: append([]string{
			"--publish", "--publish-timeout", "2m", "-s", outbreakQuiet,
			"-s", "publish.outbox.path=" + filepath.Join(t.TempDir(), "outbox"), "-s", "publish.kafka.topic=" + topic,
		}, args...),
	}
	t.Cleanup(func() { // where the test ends early
		if s.sensor != nil {
			_ = s.sensor.cmd.Process.Kill()
			_ = s.sensor.cmd.Wait()
			s.sensor.feeder.Wait()
		}
	})
	return s
}

// begin starts the first sensor and waits for its first findings.
func (s *storm) begin() {
	s.Helper()
	s.sensor = startFed(s.T, s.feed, s.args...)
	s.grow()
}

// restart kills the sensor, which has published something and not all, and starts another on
// its outbox.
func (s *storm) restart() {
	s.Helper()
	s.sensor.kill(s.T)
	s.raised += s.sensor.lines.count()
	if n := s.sensor.lines.count(); n == 0 || n >= len(s.lines) {
		s.Fatalf("it was killed when it had raised %d of %d findings", n, len(s.lines))
	}
	s.sensor = startFed(s.T, s.feed, s.args...)
}

// without does things while a broker is dead, or all where it is 0.
func (s *storm) without(n int, do ...func()) {
	s.Helper()
	dead := []int{n}
	if n == 0 {
		dead = s.cluster.Brokers()
	}
	s.cluster.Kill(s.T, dead...)
	if n != 0 { // kcat has to find the others
		s.await("others lead", func() bool {
			leaders := s.cluster.Leaders(s.T, s.topic)
			return !slices.Contains(leaders, -1) && !slices.Contains(leaders, n)
		})
	}
	s.Logf("brokers %v are dead, the topic has %d records", dead, stored(s.cluster, s.topic))
	for _, f := range do {
		f()
	}
	s.cluster.Restart(s.T, dead...)
	s.await("all replicas are in sync", func() bool { return inSync(s.T, s.cluster, s.topic) })
}

// inSync tells whether each partition of a topic has all of three replicas in sync, so that
// any may lead.
func inSync(t *testing.T, c *broker.Cluster, topic string) bool {
	t.Helper()
	out, err := exec.Command("kcat", "-L", "-b", strings.Join(c.Bootstrap, ","), "-t", topic).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	partitions := strings.Count(string(out), ", replicas: ")
	return partitions > 0 && len(threeInSync.FindAll(out, -1)) == partitions
}

// threeInSync is what kcat says of such a partition.
var threeInSync = regexp.MustCompile(`, isrs: \d+,\d+,\d+\b`)

// some is how many records more are enough to see that it goes on.
const some = 300

// grow waits until the topic has some records more.
func (s *storm) grow() {
	s.Helper()
	s.feed.more()
	before := -1
	s.await("the topic grows", func() bool {
		n := stored(s.cluster, s.topic)
		if before < 0 {
			before = n
		}
		return n >= before+some && before >= 0
	})
}

// raise waits until the sensor has found some more.
func (s *storm) raise() {
	s.Helper()
	s.feed.more()
	before := s.sensor.lines.count()
	s.await("findings are raised", func() bool { return s.sensor.lines.count() >= before+some })
}

// stored returns how many records a topic of six partitions has, by their ends; -1 while
// nobody can say.
func stored(c *broker.Cluster, topic string) (n int) {
	args := []string{"-Q", "-b", strings.Join(c.Bootstrap, ",")}
	for p := range 6 {
		args = append(args, "-t", fmt.Sprintf("%s:%d:-1", topic, p))
	}
	out, err := exec.Command("kcat", args...).Output()
	found := endOffset.FindAllSubmatch(out, -1)
	if err != nil || len(found) != 6 {
		return -1
	}
	for _, f := range found {
		end, _ := strconv.Atoi(string(f[1]))
		n += end
	}
	return n
}

// endOffset is what kcat says of each.
var endOffset = regexp.MustCompile(`(?m)\[\d+\] offset (\d+)$`)

// await asks until something is true, and ends the test with what the sensor says where it
// does not become so.
func (s *storm) await(what string, is func() bool) {
	s.Helper()
	if !eventually(is) {
		s.Fatalf("not within %s: %s\n%s", chaosPatience, what, &s.sensor.errs)
	}
}

// waitFor asks until something is true, and else ends the test.
func waitFor(t testing.TB, what string, is func() bool) {
	t.Helper()
	if !eventually(is) {
		t.Fatalf("not within %s: %s", chaosPatience, what)
	}
}

// eventually asks until something is true.
func eventually(is func() bool) bool {
	for deadline := time.Now().Add(chaosPatience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// end lets the last sensor come to its end, reads the topic and prints a table of it.
func (s *storm) end(way string) {
	s.Helper()
	close(s.feed.over)
	err := s.sensor.cmd.Wait()
	s.sensor.feeder.Wait()
	if code(s.T, err) != 0 {
		s.Fatalf("%v\n%s", err, s.sensor.errs.String())
	}
	s.raised += s.sensor.lines.count()
	if got := s.sensor.lines.String(); got != strings.Join(s.lines, "") {
		s.Errorf("it writes other lines than a plain replay")
	}
	v := judge(s.T, s.lines, s.cluster.Read(s.T, s.topic))
	v.raised = s.raised
	fmt.Printf("\n%s\n%s\n\n", verdictHead, v.row(way))
}
