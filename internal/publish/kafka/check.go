package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Finding is one thing that Check looked at.
type Finding struct {
	What    string // as broker kafka-1:9092
	Err     error  // nil: it is as it should be
	Remedy  string // what to do about Err
	Warning bool   // records go there nevertheless
}

// checker gathers findings.
type checker struct {
	*Sink
	found []Finding
}

// Check looks at the whole way to the topics: each broker that is configured and each that
// the cluster announces, the topics, their leaders, replicas, rights and limits; then it
// writes the test records. It creates topics only where the configuration says so. It
// returns what is in order as well as what is not.
func Check(ctx context.Context, cfg Config, sensor string, test []record.Record) []Finding {
	s, err := New(cfg, sensor)
	if err != nil {
		return []Finding{{What: "configuration", Err: err}}
	}
	defer func() { _ = s.Close() }()
	c := &checker{Sink: s}
	if cfg.SASL.Mechanism == Plain && !cfg.TLS.Enabled {
		c.warn("password", errors.New("plain sends it over the network as it is"), "write publish.kafka.tls.enabled: true, or a mechanism of scram")
	}
	c.brokers(ctx, cfg.Brokers)
	if err := c.cluster.learn(ctx); err != nil {
		if len(c.found) == 0 || !c.bad("") { // else it was said
			c.say("cluster", err)
		}
		return c.found
	}
	c.pardon()
	c.brokers(ctx, slices.DeleteFunc(c.cluster.addresses(), func(a string) bool { return slices.Contains(cfg.Brokers, a) }))
	for _, name := range []string{cfg.Topic, cfg.HealthTopic} {
		c.topicOf(ctx, name)
	}
	c.write(ctx, slices.DeleteFunc(slices.Clone(test), func(r record.Record) bool {
		return c.bad("topic " + c.topic(&r)) // it was said
	}))
	return c.found
}

func (c *checker) say(what string, err error) {
	if whole, ok := errors.AsType[*Error](err); ok {
		err = whole.err
	}
	f := Finding{What: what, Err: err}
	if err != nil {
		f.Remedy = Explain(err)
	}
	if e, ok := err.(*failure); ok && strings.HasSuffix(what, " "+e.where) {
		f.Err = cause{e}
	}
	c.found = append(c.found, f)
}

func (c *checker) warn(what string, err error, remedy string) {
	c.found = append(c.found, Finding{what, err, remedy, true})
}

// cause is a failure at a place that was named already.
type cause struct{ *failure }

// Error says why.
func (c cause) Error() string { return c.cause() }

// bad reports whether something of this name, or of any if it is empty, was found that is
// more than a warning.
func (c *checker) bad(what string) bool {
	return slices.ContainsFunc(c.found, func(f Finding) bool {
		return f.Err != nil && !f.Warning && (what == "" || f.What == what)
	})
}

// pardon makes warnings of configured brokers that fail and are not of the cluster now:
// others answered, and lead all there is.
func (c *checker) pardon() {
	for i := range c.found {
		f := &c.found[i]
		address, _ := strings.CutPrefix(f.What, "broker ")
		f.Warning = f.Warning || f.Err != nil && !slices.Contains(slices.Collect(maps.Values(c.cluster.brokers)), address)
	}
}

// brokers connects to each, all at once.
func (c *checker) brokers(ctx context.Context, addresses []string) {
	slices.Sort(addresses)
	errs := make([]error, len(addresses))
	var all sync.WaitGroup
	for i, a := range addresses {
		all.Go(func() {
			l, err := c.cluster.pool.dial(ctx, a)
			if errs[i] = err; err == nil {
				c.cluster.pool.give(l)
			}
		})
	}
	all.Wait()
	for i, a := range addresses {
		c.say("broker "+a, errs[i])
	}
}

// topicOf looks at a topic.
func (c *checker) topicOf(ctx context.Context, name string) {
	what := "topic " + name
	t := c.cluster.topics[name]
	if t == nil {
		t = &layout{err: c.cfg.failed(describing, name, said(kafka.UnknownTopicOrPartition))}
	}
	if t.err != nil {
		c.say(what, t.err)
		return
	}
	before := len(c.found)
	for _, err := range t.errs {
		if err != nil {
			c.say(what, err)
			break // the others lack the same brokers
		}
	}
	const write = 1 << 4 // of Kafka's operations
	if t.rights >= 0 && t.rights&write == 0 {
		c.say(what, c.cfg.failed(describing, name, said(kafka.TopicAuthorizationFailed)))
	}
	c.limits(ctx, name, t)
	if len(c.found) == before {
		c.say(what, nil)
	}
}

// write writes the test records. A topic that was just created may take a moment.
func (c *checker) write(ctx context.Context, test []record.Record) {
	batch := make([]*record.Record, len(test))
	for i := range test {
		batch[i] = &test[i]
	}
	for try := 1; len(batch) > 0; try++ {
		errs := c.Send(ctx, batch)
		var again []*record.Record
		for i, err := range errs {
			if try < 5 && err != nil && passing(err) && ctx.Err() == nil {
				again = append(again, batch[i])
				continue
			}
			c.say(fmt.Sprintf("test record %s to topic %s", batch[i].UID, c.topic(batch[i])), err)
		}
		if batch = again; len(batch) > 0 {
			time.Sleep(time.Duration(try) * 100 * time.Millisecond)
		}
	}
}

// passing reports whether an error of Send comes of a change of leaders that the brokers
// have not all heard of.
func passing(err error) bool {
	return errors.Is(err, kafka.NotLeaderForPartition) || errors.Is(err, kafka.LeaderNotAvailable) || errors.Is(err, kafka.UnknownTopicOrPartition)
}

// compacts reports whether a topic throws away all but the latest record of a source.
func compacts(policy string) bool { return strings.Contains(policy, "compact") }
