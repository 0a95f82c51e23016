package kafka

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/goleak"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func TestSend(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	s := open(t, cfg)
	batch := records(3000, 50)
	batch[7].Test = true
	health := &record.Record{Stream: record.Health, UID: "h", Key: "core-1", Kind: "started", Sensor: "core-1", Raised: batch[0].Raised, Body: []byte(`{}`)}
	send(t, s, append([]*record.Record{health}, batch...))
	arrived(t, c, cfg.Topic, batch)
	arrived(t, c, cfg.HealthTopic, []*record.Record{health})
	samePartitions(t, c, cfg.Topic, batch)
	compressed(t, c, cfg.Topic)
}

// samePartitions has librdkafka, by the partitioner that is Java's, write the same keys to
// a topic of as many partitions: each must come to lie in the partition of ours.
func samePartitions(t *testing.T, c *broker.Cluster, topic string, batch []*record.Record) {
	t.Helper()
	ours := map[string]int{}
	for _, r := range c.Read(t, topic) {
		ours[*r.Key] = r.Partition
	}
	c.Topic(t, topic+".kcat", 6, 1)
	var lines strings.Builder
	for _, r := range batch {
		fmt.Fprintf(&lines, "%s=x\n", r.Key)
	}
	cmd := exec.Command("kcat", "-P", "-q", "-b", c.Bootstrap[0], "-t", topic+".kcat", "-K=", "-X", "partitioner=murmur2_random")
	cmd.Stdin = strings.NewReader(lines.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kcat: %v: %s", err, out)
	}
	seen := map[int]bool{}
	theirs := c.Read(t, topic+".kcat")
	for _, r := range theirs {
		if seen[r.Partition] = true; ours[*r.Key] != r.Partition {
			t.Errorf("key %s: partition %d, kcat %d", *r.Key, ours[*r.Key], r.Partition)
		}
	}
	if len(theirs) != len(batch) || len(seen) < 3 {
		t.Errorf("kcat wrote %d records to %d partitions", len(theirs), len(seen))
	}
}

// compressed looks at the batches of a topic, as the broker stored them.
func compressed(t *testing.T, c *broker.Cluster, topic string) {
	t.Helper()
	segments, _ := filepath.Glob(filepath.Join(filepath.Dir(c.CA), "../1/data", topic+"-[0-9]", "*.log"))
	batches := 0
	for _, name := range segments {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for ; len(log) > batchHead && log[16] == 2; batches++ {
			if codec := log[22] & 7; codec != 4 {
				t.Errorf("%s: codec %d, zstd is 4", name, codec)
			}
			log = log[12+binary.BigEndian.Uint32(log[8:]):]
		}
	}
	if batches < 3 {
		t.Errorf("%d batches in %d segments", batches, len(segments))
	}
}

func TestSecured(t *testing.T) {
	c := real(t)
	c.Topic(t, "test.secured", 3, 1)
	c.Topic(t, "test.secured.health", 1, 1)
	var want []*record.Record
	for _, base := range []func(*testing.T, *broker.Cluster) Config{as(Plain), as(ScramSHA256), as(ScramSHA512), mutual} {
		cfg := base(t, c)
		cfg.Topic, cfg.HealthTopic = "test.secured", "test.secured.health"
		batch := records(20, 5)
		send(t, open(t, cfg), batch)
		want = append(want, batch...)
	}
	if n := c.Count(t, "test.secured"); n != len(want) {
		t.Errorf("%d records, want %d", n, len(want))
	}
}

// TestFilesAreReadAgain renews authority and password under a sink that runs.
func TestFilesAreReadAgain(t *testing.T) {
	c := real(t)
	cfg := secured(t, c, ScramSHA256)
	cfg.CreateTopic, cfg.Topic, cfg.HealthTopic = false, "test.again", "test.again.health"
	c.Topic(t, cfg.Topic, 1, 1)
	right, err := os.ReadFile(c.CA)
	if err != nil {
		t.Fatal(err)
	}
	cfg.TLS.CA = newAuthority(t).file
	s := open(t, cfg)
	says(t, sendOne(t, s), true, "unknown authority")
	overwrite(t, cfg.TLS.CA, string(right))
	overwrite(t, cfg.SASL.PasswordFile, "open sesame")
	says(t, sendOne(t, s), true, "Authentication failed")
	overwrite(t, cfg.SASL.PasswordFile, c.Password+"\r\n")
	if err := sendOne(t, s); err != nil {
		t.Error(err)
	}
}

func overwrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// noise is a body that does not compress below half.
func noise(n int) []byte {
	b := make([]byte, n/2)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return []byte(hex.EncodeToString(b))
}

// TestTooLarge sends some that the topic does not take, and one that is never sent, among
// others of their source: the others arrive in order.
func TestTooLarge(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	cfg.MaxMessage = 256 << 10
	c.Topic(t, cfg.Topic, 2, 1, "max.message.bytes=20000")
	batch := records(100, 3)
	large := map[int]int{0: 50_000, 31: 60_000, 32: 60_000, 80: 300_000, 99: 50_000}
	var want []*record.Record
	for i, r := range batch {
		if n := large[i]; n > 0 {
			r.Body = noise(n)
		} else {
			want = append(want, r)
		}
	}
	for i, err := range open(t, cfg).Send(t.Context(), batch) {
		var refused *publish.Refused
		if large[i] == 0 {
			if err != nil {
				t.Errorf("record %d: %v", i, err)
			}
		} else if !errors.As(err, &refused) || !errors.Is(err, kafka.MessageSizeTooLarge) && !errors.Is(err, errOversize) || !strings.Contains(err.Error(), "max.message.bytes") {
			t.Errorf("record %d: %v", i, err)
		} else {
			t.Log(err)
		}
	}
	arrived(t, c, cfg.Topic, want)
}

// TestHealthTopicMissing: findings do not wait for it.
func TestHealthTopicMissing(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	cfg.CreateTopic = false
	c.Topic(t, cfg.Topic, 2, 1)
	batch := records(10, 5)
	batch[3].Stream = record.Health
	for i, err := range open(t, cfg).Send(t.Context(), batch) {
		if i == 3 {
			says(t, err, true, "kafka-topics.sh", cfg.HealthTopic)
		} else if err != nil {
			t.Error(err)
		}
	}
	if n := c.Count(t, cfg.Topic); n != 9 {
		t.Errorf("%d findings, want 9", n)
	}
}

// TestCancel: Send ends with its context though the broker hangs, and nothing stays behind.
func TestCancel(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) }) // after the listeners
	cfg := settings(t, []string{listen(t, func(net.Conn) {}), listen(t, func(net.Conn) {})})
	cfg.Timeout = 10 * time.Minute
	s := open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	says(t, s.Send(ctx, records(1, 1))[0], false, "the sensor stops")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Send(t.Context(), records(1, 1))[0]; !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}
