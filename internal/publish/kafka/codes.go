package kafka

import (
	"fmt"
	"strings"

	"github.com/segmentio/kafka-go"
)

// meanings are what the codes of every day mean, in fewer words than the library has.
var meanings = map[kafka.Error]string{
	kafka.UnknownTopicOrPartition:      "it does not exist",
	kafka.LeaderNotAvailable:           "it has no leader",
	kafka.NotLeaderForPartition:        "another broker leads it",
	kafka.TopicAuthorizationFailed:     "the right to it is missing",
	kafka.MessageSizeTooLarge:          "the record is larger than the topic allows",
	kafka.NotEnoughReplicas:            "too few replicas are in sync",
	kafka.NotEnoughReplicasAfterAppend: "too few replicas are in sync",
	kafka.RequestTimedOut:              "the replicas did not confirm in time",
	kafka.IllegalSASLState:             "no SASL is expected here",
	kafka.UnsupportedSASLMechanism:     "the mechanism is not enabled",
	kafka.SASLAuthenticationFailed:     "authentication failed",
	kafka.UnsupportedVersion:           "there is no version that both speak",
}

func meaning(code kafka.Error) string {
	if text := meanings[code]; text != "" {
		return text
	}
	if text := code.Description(); text != "" {
		return text
	}
	return "nothing is known about it here"
}

// adviseCode is about what a broker answered.
func (c *Config) adviseCode(f *failure, code kafka.Error) (string, bool) {
	name, _, _ := strings.Cut(f.where, " ") // without the partition
	switch code {
	case kafka.SASLAuthenticationFailed:
		return c.adviseUser(), true
	case kafka.UnsupportedSASLMechanism:
		return "write one that it offers as publish.kafka.sasl.mechanism, or enable this one on the broker (sasl.enabled.mechanisms)", true
	case kafka.IllegalSASLState:
		return "this listener of the broker speaks no SASL: write the port of one that does, or leave publish.kafka.sasl out", true
	case kafka.UnknownTopicOrPartition:
		if f.at == writing { // and yet it was there a moment ago
			return "not all brokers know of the topic yet, or any more, and are asked again: nothing is to be done", false
		}
		return "create it with: " + c.createCommand(name) + "; or write publish.kafka.create_topic: true", true
	case kafka.InvalidTopic:
		return "write another name: this one is not allowed, or belongs to Kafka itself", true
	case kafka.TopicAuthorizationFailed, kafka.ClusterAuthorizationFailed:
		return c.adviseRight(f, name), true
	case kafka.LeaderNotAvailable, kafka.BrokerNotAvailable, kafka.ReplicaNotAvailable, kafka.ListenerNotFound:
		return "no broker that runs holds it: start those that are down (" + c.command("kafka-topics.sh", "--describe --topic "+name) + " tells which)", false
	case kafka.NotLeaderForPartition, kafka.FencedLeaderEpoch:
		return "the leader moved, and the new one is asked for: nothing is to be done", false
	case kafka.RequestTimedOut:
		return "see that all brokers run and are not overloaded: the replicas did not confirm in time", false
	case kafka.NotEnoughReplicas, kafka.NotEnoughReplicasAfterAppend:
		return "start the brokers that are down, or lower min.insync.replicas of the topic: fewer replicas are in sync than it demands", false
	case kafka.RecordListTooLarge:
		return "raise segment.bytes of the topic with: " + c.alterCommand(name, "segment.bytes", max(64<<20, 2*int64(c.MaxMessage))) +
			", then give it another try with: wormwatch outbox retry", true
	case kafka.MessageSizeTooLarge:
		return "raise max.message.bytes of the topic with: " + c.alterCommand(name, "max.message.bytes", int64(c.MaxMessage)+1<<16) +
			", then give it another try with: wormwatch outbox retry", true
	case kafka.InvalidRecord:
		return "see the rules of the topic (cleanup.policy, message.timestamp.*) and the log of the broker, then: wormwatch outbox retry", true
	case kafka.InvalidTimestamp:
		return "correct the clock of this host or of the broker, or see message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic", true
	case kafka.KafkaStorageError:
		return "see the disks of the broker and its log", false
	case kafka.UnsupportedCompressionType, kafka.UnsupportedVersion:
		return "write the port of a broker that is not only a controller; if it is one, it is too old: Kafka 2.1 or later is needed", true
	case kafka.InvalidReplicationFactor, kafka.InvalidPartitionNumber, kafka.PolicyViolation:
		return "write values that the cluster takes as publish.kafka.partitions and publish.kafka.replicas, or create it with: " + c.createCommand(name), true
	}
	return "it is tried again: see the log of the broker if it lasts", false
}

func (c *Config) adviseUser() string {
	if c.SASL.Mechanism == Plain {
		return fmt.Sprintf("correct publish.kafka.sasl.username (%q) or its password, or add the user to the broker's JAAS configuration", c.SASL.Username)
	}
	return fmt.Sprintf("correct publish.kafka.sasl.username (%q) or its password, or give the user one with: %s", c.SASL.Username,
		c.command("kafka-configs.sh", fmt.Sprintf("--alter --entity-type users --entity-name %s --add-config '%s=[password=...]'",
			c.SASL.Username, strings.ToUpper(c.SASL.Mechanism))))
}

func (c *Config) adviseRight(f *failure, name string) string {
	rights := "--operation Describe --operation Write"
	if f.at == creating {
		rights = "--operation Create " + rights
	}
	return "let the sensor do so with: " + c.command("kafka-acls.sh", fmt.Sprintf("--add --allow-principal %s %s --topic %s", c.principal(), rights, name))
}

// principal is what the brokers call the sensor, as far as can be known here.
func (c *Config) principal() string {
	switch {
	case c.SASL.Mechanism != "":
		return "User:" + c.SASL.Username
	case c.TLS.Cert != "":
		return "'User:NAME OF THE CERTIFICATE'"
	}
	return "User:ANONYMOUS"
}

func (c *Config) createCommand(topic string) string {
	words := fmt.Sprintf("--create --topic %s --partitions %d", topic, c.Partitions)
	if c.Replicas > 0 {
		words += fmt.Sprintf(" --replication-factor %d", c.Replicas)
	}
	return c.command("kafka-topics.sh", words)
}

// alterCommand changes a setting of a topic.
func (c *Config) alterCommand(topic, setting string, value int64) string {
	return c.command("kafka-configs.sh", fmt.Sprintf("--alter --entity-type topics --entity-name %s --add-config %s=%d", topic, setting, value))
}

// command is one of Kafka's own, for this cluster.
func (c *Config) command(name, words string) string {
	if c.TLS.Enabled || c.SASL.Mechanism != "" {
		words = "--command-config CLIENT.PROPERTIES " + words
	}
	return fmt.Sprintf("%s --bootstrap-server %s %s", name, strings.Join(c.Brokers, ","), words)
}
