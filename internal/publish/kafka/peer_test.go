package kafka

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
)

// TestForbiddenTime: a topic that takes nothing so old takes what waited for long, as of now,
// and no record keeps others of its partition from getting there.
func TestForbiddenTime(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	c.Topic(t, cfg.Topic, 1, 1, "message.timestamp.before.max.ms=3600000")
	batch := records(20, 4)
	for i, r := range batch {
		r.Raised = time.Now().Truncate(time.Millisecond)
		if i < 7 {
			r.Raised = r.Raised.Add(-3 * time.Hour)
		}
	}
	batch[9].Raised = time.Now().Add(100 * time.Hour) // of a clock that was set right since
	send(t, open(t, cfg), batch)
	if doubles := inOrder(t, c, cfg.Topic, batch); doubles > 0 {
		t.Errorf("%d doubles", doubles)
	}
}

// TestThrottle: who is told to write less waits for it, and does not take the silence of the
// broker meanwhile for a failure: what it asked for then would be written after all, late.
func TestThrottle(t *testing.T) {
	c, cfg := imitation(t)
	var asked atomic.Int64
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		asked.Add(1)
		res := answers(r.(*kmsg.ProduceRequest), 0)
		res.ThrottleMillis = 20_000
		return res, nil, true
	})
	s := open(t, cfg)
	one := records(1, 1)
	send(t, s, one)
	for range 3 {
		says(t, s.Send(t.Context(), one)[0], false, "quota", "producer_byte_rate")
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	for _, p := range s.cluster.peers { // time goes by
		p.quiet = time.Now()
	}
	send(t, s, one)
}

// TestNarrow: over a way on which a batch takes longer than the timeout, smaller ones go.
func TestNarrow(t *testing.T) {
	c, cfg := imitation(t)
	const narrow = 100 << 10 // octets that pass of a connection's request
	var most atomic.Int64
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		n := 0
		for _, topic := range r.(*kmsg.ProduceRequest).Topics {
			for _, p := range topic.Partitions {
				n += len(p.Records)
			}
		}
		if n > narrow {
			return nil, io.ErrUnexpectedEOF, true
		}
		most.Store(max(most.Load(), int64(n)))
		return nil, nil, false
	})
	s := open(t, cfg)
	batch := records(400, 5)
	for _, r := range batch {
		r.Body = noise(4000)
	}
	persist(t, s, batch)
	inOrder(t, &broker.Cluster{Bootstrap: cfg.Brokers}, cfg.Topic, batch)
	if most.Load() < narrow/8 {
		t.Errorf("no request had more than %d octets", most.Load())
	}
}

// TestLinksOfThePast: connections to brokers that are not of the cluster any more are closed.
func TestLinksOfThePast(t *testing.T) {
	_, cfg := imitation(t)
	s := open(t, cfg)
	send(t, s, records(1, 1))
	ours, theirs := net.Pipe()
	defer func() { _ = theirs.Close() }()
	s.cluster.pool.give(&link{address: "gone:9092", conn: ours})
	s.cluster.learned = time.Time{}
	send(t, s, records(1, 1))
	if s.cluster.pool.has("gone:9092") {
		t.Error("the link is still there")
	}
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("it is open: %v", err)
	}
}

// TestSegmentTooSmall: a record that no segment of the topic can hold is a dead letter too.
func TestSegmentTooSmall(t *testing.T) {
	c, cfg := imitation(t)
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return answers(r.(*kmsg.ProduceRequest), int16(kafka.RecordListTooLarge)), nil, true
	})
	for _, err := range open(t, cfg).Send(t.Context(), records(4, 1)) {
		if !isRefused(err) || !strings.Contains(err.Error(), "segment.bytes") {
			t.Errorf("%v", err)
		}
	}
}
