package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

const (
	// maxAge is how long metadata is believed while nothing fails: partitions are added to
	// a topic now and then.
	maxAge = 5 * time.Minute
	// patience is how long one broker may take to answer before another is asked as well.
	patience = time.Second
	// mostAsked is how many brokers are asked until what they say is believed.
	mostAsked = 32
)

// cluster is what is known of the brokers and topics.
type cluster struct {
	cfg        *Config
	pool       pool
	controller string
	brokers    map[int32]string // addresses by id
	topics     map[string]*layout
	learned    time.Time // zero: ask again
	peers      map[string]*peer
}

// layout is where the partitions of a topic are.
type layout struct {
	err        error // why it cannot be written
	partitions []int // 0, 1, ...
	leaders    []int32
	errs       []error // of each partition
	replicas   []int   // how many it has
	inSync     []int   // how many of them are in sync
	rights     int32   // set of the operations that are allowed, by their number; negative: not told
}

func newCluster(cfg *Config, sensor string) *cluster {
	return &cluster{cfg: cfg, pool: pool{cfg: cfg, client: "wormwatch-" + sensor, links: map[string]*link{}}, peers: map[string]*peer{}}
}

// learn asks for the metadata of the topics, if what is known is old or was wrong.
func (c *cluster) learn(ctx context.Context) error {
	if time.Since(c.learned) < maxAge {
		return nil
	}
	if err := c.fetch(ctx); err != nil {
		return err
	}
	if !c.cfg.CreateTopic {
		return nil
	}
	return c.create(ctx)
}

func (c *cluster) fetch(ctx context.Context) error {
	res, err := c.ask(ctx)
	if err != nil {
		return err
	}
	c.take(res)
	return nil
}

// take takes what a broker says of the cluster for true, and forgets brokers of the past.
func (c *cluster) take(res *metadata.Response) {
	c.brokers = make(map[int32]string, len(res.Brokers))
	for _, b := range res.Brokers {
		c.brokers[b.NodeID] = net.JoinHostPort(oneLine(b.Host), strconv.Itoa(int(b.Port)))
	}
	c.controller = c.brokers[res.ControllerID]
	c.topics = map[string]*layout{}
	for i := range res.Topics {
		if name := res.Topics[i].Name; name == c.cfg.Topic || name == c.cfg.HealthTopic {
			c.topics[name] = c.layout(&res.Topics[i])
		}
	}
	of := c.known()
	c.pool.keep(of)
	maps.DeleteFunc(c.peers, func(address string, _ *peer) bool { return !of[address] })
	c.learned = time.Now()
}

// peer returns how a broker is written to.
func (c *cluster) peer(address string) *peer {
	p := c.peers[address]
	if p == nil {
		most := max(maxRequest, int(c.cfg.MaxMessage))
		p = &peer{most: most, room: most}
		c.peers[address] = p
	}
	return p
}

// layout reads the metadata of a topic.
func (c *cluster) layout(res *metadata.ResponseTopic) *layout {
	if err := coded(res.ErrorCode, ""); err != nil {
		return &layout{err: c.cfg.failed(describing, res.Name, err)}
	}
	t := &layout{rights: res.TopicAuthorizedOperations}
	slices.SortFunc(res.Partitions, func(a, b metadata.ResponsePartition) int { return int(a.PartitionIndex - b.PartitionIndex) })
	for i, p := range res.Partitions {
		if int(p.PartitionIndex) != i {
			return &layout{err: c.cfg.failed(describing, res.Name, fmt.Errorf("%w: no partition %d", errForeign, i))}
		}
		err := coded(p.ErrorCode, "")
		if _, known := c.brokers[p.LeaderID]; !known && err == nil {
			err = said(kafka.LeaderNotAvailable)
		} else if known && errors.Is(err, kafka.ReplicaNotAvailable) {
			err = nil // another replica's trouble
		}
		if err != nil {
			err = c.cfg.failed(describing, fmt.Sprintf("%s partition %d", res.Name, i), err)
		}
		t.replicas, t.inSync = append(t.replicas, len(p.ReplicaNodes)), append(t.inSync, len(p.IsrNodes))
		t.partitions, t.leaders, t.errs = append(t.partitions, i), append(t.leaders, p.LeaderID), append(t.errs, err)
	}
	if len(t.partitions) == 0 {
		t.err = c.cfg.failed(describing, res.Name, said(kafka.UnknownTopicOrPartition))
	}
	return t
}

// ask asks one broker after the other for metadata, the next as soon as one failed or is
// slow, and takes the first answer.
func (c *cluster) ask(ctx context.Context) (*metadata.Response, error) {
	var all sync.WaitGroup
	defer all.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		res *metadata.Response
		err error
	}
	addresses := c.addresses()
	addresses = addresses[:min(len(addresses), mostAsked)]
	answers := make(chan answer, len(addresses))
	next := time.NewTimer(0)
	defer next.Stop()
	var failures []error
	for asked, answered := 0, 0; answered < len(addresses); {
		select {
		case <-next.C:
			if asked == len(addresses) {
				continue
			}
			address := addresses[asked]
			all.Go(func() {
				res, err := c.describe(ctx, address)
				answers <- answer{res, err}
			})
			asked++
			next.Reset(patience)
		case a := <-answers:
			if a.err == nil {
				return a.res, nil
			}
			answered++
			failures = append(failures, a.err)
			next.Reset(0)
		}
	}
	return nil, join(failures)
}

// known returns the brokers of the configuration and those that the cluster announced.
func (c *cluster) known() map[string]bool {
	set := map[string]bool{}
	for _, b := range c.cfg.Brokers {
		set[b] = true
	}
	for _, b := range c.brokers {
		set[b] = true
	}
	return set
}

// addresses returns all brokers that are known: first whom a link leads to, then those of
// the configuration.
func (c *cluster) addresses() []string {
	list := slices.Collect(maps.Keys(c.known())) // in no order
	rank := func(address string) int {
		switch {
		case c.pool.has(address):
			return 0
		case slices.Contains(c.cfg.Brokers, address):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b string) int { return rank(a) - rank(b) })
	return list
}

// describe asks one broker for metadata.
func (c *cluster) describe(ctx context.Context, address string) (*metadata.Response, error) {
	res, err := c.exchange(ctx, describing, address, &metadata.Request{
		TopicNames: []string{c.cfg.Topic, c.cfg.HealthTopic}, IncludeTopicAuthorizedOperations: true,
	})
	if err != nil {
		return nil, err
	}
	return res.(*metadata.Response), nil
}

// exchange asks one broker, on a link of the pool.
func (c *cluster) exchange(ctx context.Context, at stage, address string, req protocol.Message) (protocol.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	for {
		l, old, err := c.pool.take(ctx, address)
		if err != nil {
			return nil, err
		}
		res, err := l.ask(ctx, req)
		c.pool.give(l)
		switch {
		case err == nil:
			return res, nil
		case !old || at == writing || !hungUp(err):
			return nil, c.cfg.failed(at, address, err)
		}
		// The link died while nobody used it: another tells how the broker is now. What was
		// written may be there, so that this is for whoever sends it to decide.
	}
}

// join keeps errors in one line, which stays short.
func join(errs []error) error {
	const most = 3
	var joined error
	for i, err := range errs {
		switch {
		case i == 0:
			joined = err
		case i < most:
			joined = fmt.Errorf("%w; %w", joined, err)
		}
	}
	if n := len(errs) - most; n > 0 {
		joined = fmt.Errorf("%w; and %d brokers more", joined, n)
	}
	return joined
}
