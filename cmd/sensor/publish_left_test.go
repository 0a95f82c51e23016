package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
)

// leftIn returns the outbox that a replay says it left behind, and removes it at the end.
func leftIn(t *testing.T, stderr string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)--path (\S*wormwatch-outbox-\d+)`).FindStringSubmatch(stderr)
	if m == nil {
		t.Fatalf("where are they?\n%s", stderr)
	}
	t.Cleanup(func() { os.RemoveAll(m[1]) })
	return m[1]
}

// TestReplayThatFailsSaysWhatWaits: whatever else ends a replay, it says that findings are
// not sent, and where they are.
func TestReplayThatFailsSaysWhatWaits(t *testing.T) {
	whole := day()
	args := []string{"replay", "--publish", "--publish-timeout", "100ms", "-s", "publish.kafka.brokers=" + refusing(t)}

	broken := command(t, nil, append(args, write(t, "broken.pcap", whole[:len(whole)-5]))...)
	if broken.code != 1 {
		t.Errorf("exit %d", broken.code)
	}
	says(t, broken.stderr, "octets are there", "wait in the outbox for the next start")
	leftIn(t, broken.stderr)

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var errs strings.Builder
	cmd := process(t, append(args, write(t, "day.pcap", whole))...)
	cmd.Stdout, cmd.Stderr = w, &errs
	if got := code(t, cmd.Run()); got != 1 {
		t.Errorf("nobody reads: exit %d", got)
	}
	says(t, errs.String(), "wait in the outbox for the next start")
	leftIn(t, errs.String())
}

// TestReplayOfWhatIsRefused: findings that the brokers will never take are not sent, and the
// exit code says so.
func TestReplayOfWhatIsRefused(t *testing.T) {
	const tooLarge = 10 // MESSAGE_TOO_LARGE
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "wormwatch.alerts", "wormwatch.health"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		res := r.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range r.(*kmsg.ProduceRequest).Topics {
			to := kmsg.NewProduceResponseTopic()
			to.Topic = topic.Topic
			for _, p := range topic.Partitions {
				part := kmsg.NewProduceResponseTopicPartition()
				part.Partition, part.ErrorCode = p.Partition, tooLarge
				to.Partitions = append(to.Partitions, part)
			}
			res.Topics = append(res.Topics, to)
		}
		return res, nil, true
	})
	got := command(t, nil, "replay", "--publish", "-s", "publish.kafka.brokers="+strings.Join(c.ListenAddrs(), ","), write(t, "day.pcap", day()))
	if got.code != 1 {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	dir := leftIn(t, got.stderr)
	if dead := command(t, nil, "outbox", "dead", "--path", dir); dead.code != 0 || !strings.Contains(dead.stdout, "scan.fast") {
		t.Errorf("exit %d\n%s%s", dead.code, dead.stdout, dead.stderr)
	}
}

// TestLeaveOnce: a sensor that has left does not wait for its brokers again.
func TestLeaveOnce(t *testing.T) {
	c := config.Default()
	c.Publish.Kafka.Brokers = []string{refusing(t)}
	log := slog.New(slog.DiscardHandler)
	desk := newDesk(&c, log)
	s, err := openSender(t.Context(), &c, t.TempDir(), desk, log)
	if err != nil {
		t.Fatal(err)
	}
	f := alert.TestFinding("core-1", "0123456789abcdef0123456789abcdef", time.Unix(1, 0))
	s.offer(&f)
	s.patience = 10 * time.Millisecond
	if err := s.leave(log); err != nil {
		t.Error(err)
	}
	s.patience = time.Hour
	left := make(chan error, 1)
	go func() { left <- s.leave(log) }()
	select {
	case err := <-left:
		if err != nil {
			t.Errorf("it says so again: %v", err)
		}
	case <-time.After(startPatience):
		t.Fatal("it waits again for what it cannot send")
	}
}

// TestRunThatCannotStart tells of itself all the same: that it started, first of all, and
// last why it ends.
func TestRunThatCannotStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	box := filepath.Join(dir, "outbox")
	got := command(t, nil, "run", "-i", "lo", "-s", "publish.kafka.brokers="+refusing(t), "-s", "publish.outbox.path="+box, "-s", "state.path="+file)
	if got.code != 1 {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	says(t, got.stderr, "kind=started", "kind=stopping", "state.path: ")
	list := command(t, nil, "outbox", "list", "--path", box)
	if !regexp.MustCompile(`(?s) started .*Informational.* stopping .*High`).MatchString(list.stdout) {
		t.Errorf("the outbox has\n%s%s", list.stdout, list.stderr)
	}
}
