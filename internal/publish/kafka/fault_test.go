package kafka

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish"
)

// imitation is a broker in this process, which fails as it is told. It has the two topics.
func imitation(t *testing.T) (*kfake.Cluster, Config) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Timeout = 10 * time.Second
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(6, cfg.Topic, cfg.HealthTopic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cfg.Brokers = c.ListenAddrs()
	return c, cfg
}

// answers returns the response that says code of each partition of a request to write.
func answers(req *kmsg.ProduceRequest, code int16) *kmsg.ProduceResponse {
	res := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, t := range req.Topics {
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic = t.Topic
		for _, p := range t.Partitions {
			partition := kmsg.NewProduceResponseTopicPartition()
			partition.Partition, partition.ErrorCode = p.Partition, code
			topic.Partitions = append(topic.Partitions, partition)
		}
		res.Topics = append(res.Topics, topic)
	}
	return res
}

// TestInvalidRecord: the broker takes no batch with a certain record, which alone is refused.
func TestInvalidRecord(t *testing.T) {
	c, cfg := imitation(t)
	plain, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := r.(*kmsg.ProduceRequest)
		for _, topic := range req.Topics {
			for _, p := range topic.Partitions {
				body, err := plain.DecodeAll(p.Records[batchHead:], nil)
				if err != nil || bytes.Contains(body, []byte("poison")) {
					return answers(req, int16(kafka.InvalidRecord)), nil, true
				}
			}
		}
		return nil, nil, false
	})
	batch := records(64, 1) // of one partition, so that each request is one batch
	bad := 37
	batch[bad].Body = []byte(`{"poison":1}`)
	s := open(t, cfg)
	for i, err := range s.Send(t.Context(), batch) {
		var refused *publish.Refused
		if i != bad && err != nil || i == bad && (!errors.As(err, &refused) || !errors.Is(err, kafka.InvalidRecord)) {
			t.Errorf("record %d: %v", i, err)
		}
	}
	doubles := inOrder(t, &broker.Cluster{Bootstrap: cfg.Brokers}, cfg.Topic, append(batch[:bad:bad], batch[bad+1:]...))
	if doubles > 0 {
		t.Errorf("%d doubles", doubles)
	}
}

// TestFaults has a cluster answer with all errors that pass, hang up, and move leaders.
func TestFaults(t *testing.T) {
	c, cfg := imitation(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	var faults atomic.Int64
	passing := []kafka.Error{
		kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.RequestTimedOut, kafka.NotEnoughReplicas, kafka.KafkaStorageError,
		kafka.UnknownTopicOrPartition, kafka.TopicAuthorizationFailed, kafka.NotEnoughReplicasAfterAppend, kafka.Unknown,
	}
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		n := dice.IntN(3 * len(passing))
		if n < len(passing) {
			faults.Add(1)
			return answers(r.(*kmsg.ProduceRequest), int16(passing[n])), nil, true
		}
		if n == len(passing) {
			faults.Add(1)
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})
	s := open(t, cfg)
	batch := records(2000, 40)
	for n := 0; n < len(batch); n += 50 {
		persist(t, s, batch[n:n+50])
		if n%200 == 0 {
			c.ShufflePartitionLeaders()
		}
	}
	if faults.Load() < 20 {
		t.Errorf("%d faults", faults.Load())
	}
	t.Logf("%d faults, %d doubles", faults.Load(), inOrder(t, &broker.Cluster{Bootstrap: cfg.Brokers}, cfg.Topic, batch))
}

// TestOneFailedPartition: the others' records arrive in the same call, and none of its own
// behind the one that failed.
func TestOneFailedPartition(t *testing.T) {
	c, cfg := imitation(t)
	cfg.MaxMessage = 64 << 10
	batch := records(300, 20)
	for _, r := range batch {
		r.Body = noise(4000) // several batches a partition
	}
	partitions := []int{0, 1, 2, 3, 4, 5}
	down := partition(batch[0].Key, partitions)
	var asked atomic.Int64
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := r.(*kmsg.ProduceRequest)
		for _, topic := range req.Topics {
			for _, p := range topic.Partitions {
				if int(p.Partition) == down {
					if asked.Add(1) > 1 {
						t.Error("asked again in the same call")
					}
					return answers(req, int16(kafka.KafkaStorageError)), nil, true
				}
			}
		}
		return nil, nil, false
	})
	leader := c.LeaderFor(cfg.Topic, int32(down))
	failed := 0
	for i, err := range open(t, cfg).Send(t.Context(), batch) {
		id := partition(batch[i].Key, partitions)
		switch shared := c.LeaderFor(cfg.Topic, int32(id)) == leader; {
		case err != nil && !shared:
			t.Errorf("partition %d, of another broker: %v", id, err)
		case id == down && (err == nil || !strings.Contains(err.Error(), "disks of the broker")):
			t.Errorf("partition %d: %v", id, err)
		case err != nil:
			failed++
		}
	}
	if failed == 0 || failed == len(batch) {
		t.Errorf("%d of %d failed", failed, len(batch))
	}
}
