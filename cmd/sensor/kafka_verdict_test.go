package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
)

// verdict is what became of findings on their way to a topic.
type verdict struct {
	sent     int           // findings to be delivered
	raised   int           // the same, each as often as a sensor raised it
	stored   int           // records of the topic
	distinct int           // of these, by alert-id
	lost     int           // of sent
	stall    time.Duration // longest time in which the topic did not grow
}

// verdictHead is the head of a table of verdicts.
const verdictHead = "| way | sent | raised | stored | distinct | doubles | lost | longest stall |\n| --- | --- | --- | --- | --- | --- | --- | --- |"

func (v *verdict) row(way string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %.1f s |",
		way, v.sent, v.raised, v.stored, v.distinct, v.stored-v.distinct, v.lost, v.stall.Seconds())
}

// identity is of a finding: the header alert-id, and the key of its record.
type identity struct{ uid, source string }

func identify(t testing.TB, body string) identity {
	t.Helper()
	var f struct {
		Metadata  struct{ UID string }
		Evidences []struct {
			Src struct{ IP string } `json:"src_endpoint"`
		}
	}
	if err := json.Unmarshal([]byte(body), &f); err != nil || len(f.Evidences) == 0 {
		t.Fatalf("%v: no finding: %.200s", err, body)
	}
	return identity{f.Metadata.UID, f.Evidences[0].Src.IP}
}

// judge compares the records of a topic, by partition and offset, with the lines that say
// what should be there: each octet for octet, of one source in order and in one partition,
// and nothing else. Doubles repeat an alert-id. The topic's time is that of the brokers
// (message.timestamp.type=LogAppendTime), else the stall means nothing.
func judge(t testing.TB, lines []string, records []broker.Record) verdict {
	t.Helper()
	body := map[string]string{}    // by alert-id
	order := map[string][]string{} // alert-ids of a source
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\n")
		id := identify(t, line)
		if _, double := body[id.uid]; double {
			t.Fatalf("two findings have the identity %s", id.uid)
		}
		body[id.uid] = line
		order[id.source] = append(order[id.source], id.uid)
	}
	v := verdict{sent: len(lines), stored: len(records)}
	there := map[string]bool{}
	place := map[string]int{} // partition of a source
	next := map[string]int{}  // of its order
	for i := range records {
		r := &records[i]
		uid, source := fit(t, body, r)
		if p, known := place[source]; known && p != r.Partition {
			t.Errorf("%s is in the partitions %d and %d", source, p, r.Partition)
		}
		place[source] = r.Partition
		if there[uid] {
			continue
		}
		there[uid] = true
		if n := next[source]; n >= len(order[source]) || order[source][n] != uid {
			t.Errorf("%s: %s comes out of its order, at partition %d, offset %d", source, uid, r.Partition, r.Offset)
		}
		next[source]++
	}
	v.distinct = len(there)
	for _, line := range lines {
		if id := identify(t, line); !there[id.uid] {
			if v.lost++; v.lost <= 5 {
				t.Errorf("lost: %s of %s", id.uid, id.source)
			}
		}
	}
	v.stall = stall(records)
	return v
}

// fit fails the test unless a record is one of the findings in body, and says which.
func fit(t testing.TB, body map[string]string, r *broker.Record) (uid, source string) {
	t.Helper()
	if r.Key == nil || r.Value == nil {
		t.Fatalf("partition %d, offset %d: a record without key or body", r.Partition, r.Offset)
	}
	uid, _ = r.Header("alert-id")
	if want, known := body[uid]; !known || want != *r.Value {
		t.Fatalf("partition %d, offset %d: alert-id %q has the body\n%s\nwant\n%s", r.Partition, r.Offset, uid, *r.Value, want)
	}
	if id := identify(t, *r.Value); id.uid != uid || id.source != *r.Key {
		t.Fatalf("partition %d, offset %d: alert-id %q, key %q of %+v", r.Partition, r.Offset, uid, *r.Key, id)
	}
	return uid, *r.Key
}

// stall is the longest time from one record to the next that any partition took.
func stall(records []broker.Record) (longest time.Duration) {
	times := make([]time.Time, 0, len(records))
	for i := range records {
		times = append(times, records[i].Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	for i := 1; i < len(times); i++ {
		longest = max(longest, times[i].Sub(times[i-1]))
	}
	return longest
}
