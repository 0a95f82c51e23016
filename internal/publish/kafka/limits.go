package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
)

// limits compares the settings of a topic with what is wanted of it. Who may not read them
// (the right DescribeConfigs, which the sensor does not need) is not told of them.
func (c *checker) limits(ctx context.Context, name string, t *layout) {
	s := c.settings(ctx, name)
	number := func(key string) int { n, _ := strconv.Atoi(s[key]); return n }
	what := "topic " + name
	if most := number("max.message.bytes"); most > 0 && int64(most) < int64(c.cfg.MaxMessage) {
		c.warn(what, fmt.Errorf("max.message.bytes is %d, publish.kafka.max_message %d: larger batches are refused and divided", most, int64(c.cfg.MaxMessage)),
			"lower publish.kafka.max_message, or raise the other with: "+c.cfg.alterCommand(name, "max.message.bytes", int64(c.cfg.MaxMessage)+1<<16))
	}
	if compacts(s["cleanup.policy"]) {
		c.warn(what, fmt.Errorf("cleanup.policy is %s: Kafka will keep only the latest record of each source", s["cleanup.policy"]),
			"write cleanup.policy=delete")
	}
	least, replicas, inSync := number("min.insync.replicas"), slices.Min(t.replicas), slices.Min(t.inSync)
	switch {
	case least > inSync:
		c.say(what, c.cfg.failed(describing, name, fmt.Errorf("%w: %d in sync, min.insync.replicas is %d", said(kafka.NotEnoughReplicas), inSync, least)))
	case replicas < 2:
		c.warn(what, fmt.Errorf("it has %d replica: what a broker lost is lost", replicas), "give it three replicas where there are as many brokers")
	case least == 1:
		c.warn(what, errors.New("min.insync.replicas is 1: a record that was acknowledged may be on one broker only"),
			"raise it with: "+c.cfg.alterCommand(name, "min.insync.replicas", 2))
	case inSync < replicas:
		c.warn(what, fmt.Errorf("%d of %d replicas in sync", inSync, replicas), "see that all brokers run")
	}
}

// settings returns those of a topic, or nothing.
func (c *checker) settings(ctx context.Context, name string) map[string]string {
	const topics = 2 // type of the resource
	res, err := c.cluster.exchange(ctx, describing, c.cluster.addresses()[0], &describeconfigs.Request{
		Resources: []describeconfigs.RequestResource{{
			ResourceType: topics, ResourceName: name,
			ConfigNames: []string{"max.message.bytes", "cleanup.policy", "min.insync.replicas"},
		}},
	})
	if err != nil {
		return nil
	}
	settings := map[string]string{}
	for _, r := range res.(*describeconfigs.Response).Resources {
		for _, e := range r.ConfigEntries {
			settings[e.ConfigName] = e.ConfigValue
		}
	}
	return settings
}
