package kafka

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// persist sends what failed again, in order, until all have arrived, as the publisher does.
// It returns what was said meanwhile.
func persist(t *testing.T, s *Sink, batch []*record.Record) (said []string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); len(batch) > 0; {
		var again []*record.Record
		for i, err := range s.Send(t.Context(), batch) {
			if err == nil {
				continue
			}
			if isRefused(err) {
				t.Fatal(err)
			}
			if again = append(again, batch[i]); !slices.Contains(said, err.Error()) {
				said = append(said, err.Error())
			}
		}
		if batch = again; len(batch) > 0 && time.Now().After(deadline) {
			t.Fatalf("%d records do not arrive: %q", len(batch), said)
		} else if len(batch) > 0 {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return said
}

// inOrder reads a topic: it must hold each record, those of a key in order of what came
// first; further copies are of those only. It returns how many of these there are.
func inOrder(t *testing.T, c *broker.Cluster, topic string, want []*record.Record) (doubles int) {
	t.Helper()
	left, seen := map[string][]string{}, map[string]bool{}
	for _, r := range want {
		left[r.Key] = append(left[r.Key], r.UID)
	}
	for _, got := range c.Read(t, topic) {
		uid, _ := got.Header("alert-id")
		switch key := *got.Key; {
		case seen[uid]:
			doubles++
		case len(left[key]) == 0 || left[key][0] != uid:
			t.Fatalf("partition %d offset %d: %s of %s came out of order", got.Partition, got.Offset, uid, key)
		default:
			seen[uid], left[key] = true, left[key][1:]
		}
	}
	for key, uids := range left {
		if len(uids) > 0 {
			t.Errorf("%d records of %s are lost", len(uids), key)
		}
	}
	return doubles
}

// TestCluster takes brokers of a real cluster away in all ways.
func TestCluster(t *testing.T) {
	c := broker.Start(t, broker.Options{Brokers: 3})
	cfg := settings(t, c.Bootstrap)
	cfg.CreateTopic, cfg.Timeout = false, 3*time.Second
	cfg.Topic, cfg.HealthTopic = "test.three", "test.one"
	c.Topic(t, cfg.Topic, 6, 3)
	c.Topic(t, cfg.HealthTopic, 6, 1)
	c.Topic(t, "test.strict", 1, 3, "min.insync.replicas=3")
	s := open(t, cfg)
	all, sent := records(1000, 30), 0
	step := func(name string) {
		sent += 100
		t.Logf("%s: %q", name, persist(t, s, all[sent-100:sent]))
	}
	step("all run")
	c.MoveLeaders(t, cfg.Topic)
	step("leaders moved")
	c.Kill(t, 3)
	step("one was killed")
	arrived := leaderless(t, s)
	tooFew(t, cfg)
	c.Restart(t, 3)
	if n := c.Count(t, cfg.HealthTopic); n < arrived {
		t.Errorf("%d records on a topic that acknowledged %d", n, arrived)
	}
	step("it is back")
	c.Pause(t, 1)
	step("one hangs")
	c.Resume(t, 1)
	step("it goes on")
	c.Kill(t, 1, 2, 3)
	lost := records(1, 1) // of the other topic, since it may have been written
	lost[0].Stream = record.Health
	_ = s.Send(t.Context(), lost) // finds that the connections of before are dead
	says(t, s.Send(t.Context(), lost)[0], false, "connection refused", "start the broker")
	c.Restart(t, 1, 2, 3)
	step("all were killed")
	t.Logf("%d doubles", inOrder(t, c, cfg.Topic, all[:sent]))
}

// leaderless: the partitions of test.one that broker 3 held have no leader now. What goes to
// the others is taken; it returns how many.
func leaderless(t *testing.T, s *Sink) (taken int) {
	t.Helper()
	batch := records(60, 60)
	for _, r := range batch {
		r.Stream = record.Health
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		failed, without := 0, 0
		for _, err := range s.Send(t.Context(), batch) {
			if err != nil {
				failed++
			}
			if err != nil && strings.Contains(err.Error(), "no broker that runs holds it") {
				without++
			}
		}
		taken += len(batch) - failed
		if without > 0 && without == failed {
			if failed == len(batch) {
				t.Error("no partition has a leader")
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d failed, %d for want of a leader", failed, len(batch), without)
		}
	}
	found := Check(t.Context(), s.cfg, "core-1", nil)
	if !slices.ContainsFunc(found, func(f Finding) bool {
		return f.What == "topic "+s.cfg.HealthTopic && f.Err != nil && strings.Contains(f.Remedy, "kafka-topics.sh")
	}) {
		t.Errorf("check says %+v", found)
	}
	return taken
}

// tooFew: a topic wants three replicas in sync, and two brokers run.
func tooFew(t *testing.T, cfg Config) {
	t.Helper()
	cfg.Topic = "test.strict"
	s := open(t, cfg)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		err := sendOne(t, s)
		if err != nil && strings.Contains(err.Error(), "min.insync.replicas") {
			t.Log(err)
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not refused for want of replicas: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	found := Check(ctx, cfg, "core-1", nil)
	if !slices.ContainsFunc(found, func(f Finding) bool {
		return f.What == "topic test.strict" && f.Err != nil && strings.Contains(f.Err.Error(), "2 in sync")
	}) {
		t.Errorf("check says %+v", found)
	}
}
