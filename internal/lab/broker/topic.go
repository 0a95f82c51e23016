package broker

import (
	"strconv"
	"strings"
	"testing"
)

// Topic makes one, with settings as KEY=VALUE.
func (c *Cluster) Topic(tb testing.TB, name string, partitions, replicas int, settings ...string) {
	tb.Helper()
	args := []string{name, "--partitions", strconv.Itoa(partitions), "--replicas", strconv.Itoa(replicas)}
	for _, s := range settings {
		args = append(args, "--config", s)
	}
	c.must(tb, "topic", args...)
}

// Leaders returns the broker that leads each partition, -1 where none does.
func (c *Cluster) Leaders(tb testing.TB, topic string) (leaders []int) {
	tb.Helper()
	for line := range strings.Lines(c.must(tb, "leaders", topic)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != strconv.Itoa(len(leaders)) {
			tb.Fatalf("partition %d: %q is not PARTITION LEADER REPLICAS", len(leaders), line)
		}
		leader, err := strconv.Atoi(f[1])
		if err != nil {
			tb.Fatal(err)
		}
		leaders = append(leaders, leader)
	}
	return leaders
}

// MoveLeaders gives every partition to the next of its replicas, which must all run, and
// returns when the brokers say so.
func (c *Cluster) MoveLeaders(tb testing.TB, topic string) {
	tb.Helper()
	c.must(tb, "move", topic)
}

// Settle returns when every replica of every topic is in sync, for which all brokers must run:
// then the next may die and nothing that was acknowledged goes with it.
func (c *Cluster) Settle(tb testing.TB) {
	tb.Helper()
	c.must(tb, "settle")
}

// ACL calls Kafka's own command: "--remove", "--force", "--allow-principal", "User:sensor",
// "--operation", "Write", "--topic", "test.", "--resource-pattern-type", "prefixed".
func (c *Cluster) ACL(tb testing.TB, args ...string) string {
	tb.Helper()
	return c.must(tb, "acl", args...)
}
