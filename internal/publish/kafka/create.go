package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/createtopics"
)

// create creates the topics that do not exist, and waits until the brokers know of them.
// A topic that cannot be created keeps the reason as its error, and holds up no other.
func (c *cluster) create(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	missing := c.missing()
	if len(missing) == 0 {
		return nil
	}
	refused := map[string]error{}
	for _, name := range missing {
		if err := c.createOne(ctx, name); err != nil {
			refused[name] = err
		}
	}
	for len(refused) < len(missing) {
		if err := c.fetch(ctx); err != nil {
			return err
		}
		if missing = c.missing(); len(missing) <= len(refused) {
			break
		}
		select {
		case <-ctx.Done(): // it shows as missing, and is looked for again
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
	for name, err := range refused {
		if c.topics[name] != nil && c.topics[name].err != nil {
			c.topics[name] = &layout{err: err}
		}
	}
	return nil
}

func (c *cluster) missing() (names []string) {
	for name, t := range c.topics {
		if errors.Is(t.err, kafka.UnknownTopicOrPartition) {
			names = append(names, name)
		}
	}
	return names
}

// createOne asks the controller. Brokers of today pass the request on to it anyway.
func (c *cluster) createOne(ctx context.Context, name string) error {
	address := c.controller
	if address == "" {
		address = c.addresses()[0]
	}
	replicas := int16(c.cfg.Replicas)
	if replicas == 0 {
		replicas = -1 // what the cluster does by default
	}
	res, err := c.exchange(ctx, creating, address, &createtopics.Request{
		Topics:    []createtopics.RequestTopic{{Name: name, NumPartitions: int32(c.cfg.Partitions), ReplicationFactor: replicas}},
		TimeoutMs: int32(c.cfg.Timeout.Milliseconds() * 9 / 10),
	})
	if err != nil {
		return err
	}
	for _, t := range res.(*createtopics.Response).Topics {
		if err := coded(t.ErrorCode, t.ErrorMessage); err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return c.cfg.failed(creating, t.Name, err)
		}
	}
	return nil
}
