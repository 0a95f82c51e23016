package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/wormwatch/wormwatch/internal/publish"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Sink writes records to the topics of a cluster. It is a publish.Sink.
type Sink struct {
	cfg     Config
	mu      sync.Mutex // one Send at a time
	cluster *cluster
	closed  bool
}

var (
	errClosed   = errors.New("the sink is closed")
	errOversize = errors.New("the record is too large")
)

// New returns a sink for what the sensor of that name says. It connects to nobody and reads no file before there is something
// to send.
func New(cfg Config, sensor string) (*Sink, error) {
	if ps := cfg.Validate(); len(ps) > 0 {
		return nil, fmt.Errorf("publish.kafka: %s: %s", ps[0].Key, ps[0].Text)
	}
	if len(cfg.Brokers) == 0 {
		return nil, errors.New("publish.kafka.brokers is empty: write some brokers of the cluster as HOST:PORT")
	}
	s := &Sink{cfg: cfg}
	s.cluster = newCluster(&s.cfg, sensor)
	return s, nil
}

// Name returns kafka.
func (s *Sink) Name() string { return "kafka" }

// Close closes all connections.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.cluster.pool.close()
	return nil
}

// Send writes records, those of one partition strictly in order: behind one that failed,
// none of its partition is taken. One that was refused for good holds up nobody. An error
// is a *publish.Refused, a *publish.Broken or an *Error. It returns after the timeout of the configuration at
// the latest for each request that it takes, and a little after ctx has ended.
func (s *Sink) Send(ctx context.Context, batch []*record.Record) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := make([]error, len(batch))
	if s.closed {
		return fill(errs, errClosed)
	}
	if err := s.cluster.learn(ctx); err != nil {
		return fill(errs, later(err))
	}
	var all sync.WaitGroup
	for address, parts := range s.sort(batch, errs) {
		w := &writer{s, batch, errs, address, s.cluster.peer(address), parts}
		all.Go(func() { w.run(ctx) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil && !isRefused(err) {
			s.cluster.learned = time.Time{}
			break
		}
	}
	return errs
}

// part is what of a batch goes to one partition.
type part struct {
	topic string
	id    int
	items []int     // of the batch, not yet written
	most  int       // so many at once; 0: as many as fit
	as    time.Time // of when they are written; zero: as they were raised
}

// sort divides a batch by the brokers that lead its partitions. Who cannot go anywhere
// gets its error.
func (s *Sink) sort(batch []*record.Record, errs []error) map[string][]*part {
	type place struct {
		topic string
		id    int
	}
	leaders, places := map[string][]*part{}, map[place]*part{}
	for i, r := range batch {
		name := s.topic(r)
		if n := octets(r) + batchHead; int64(n) > int64(s.cfg.MaxMessage) {
			errs[i] = s.cfg.refused(name, fmt.Errorf("%w: %d octets, and publish.kafka.max_message is %d", errOversize, n, int64(s.cfg.MaxMessage)))
			continue
		}
		t := s.cluster.topics[name]
		if t == nil {
			t = &layout{err: s.cfg.failed(describing, name, said(kafka.UnknownTopicOrPartition))}
		}
		if t.err != nil {
			errs[i] = later(t.err)
			continue
		}
		id := partition(r.Key, t.partitions)
		if t.errs[id] != nil {
			errs[i] = later(t.errs[id])
			continue
		}
		p := places[place{name, id}]
		if p == nil {
			p = &part{topic: name, id: id}
			places[place{name, id}] = p
			address := s.cluster.brokers[t.leaders[id]]
			leaders[address] = append(leaders[address], p)
		}
		p.items = append(p.items, i)
	}
	return leaders
}

func (s *Sink) topic(r *record.Record) string {
	if r.Stream == record.Health {
		return s.cfg.HealthTopic
	}
	return s.cfg.Topic
}

// refused is what a record gets that will never be taken.
func (c *Config) refused(topic string, err error) error {
	return &publish.Refused{Err: &Error{c.failed(writing, topic, err)}}
}

func isRefused(err error) bool {
	var r *publish.Refused
	return errors.As(err, &r)
}

func fill(errs []error, err error) []error {
	for i := range errs {
		errs[i] = err
	}
	return errs
}
