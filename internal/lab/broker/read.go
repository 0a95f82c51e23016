package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Record is one of a topic, as kcat reads it.
type Record struct {
	Partition int
	Offset    int64
	Time      time.Time // as its producer says, to the millisecond
	Key       *string   // nil: none
	Value     *string   // exact octets; nil: none, a tombstone
	Headers   []Header
}

// Header is one of a record.
type Header struct{ Name, Value string }

// Header returns the value of the first header of a name.
func (r *Record) Header(name string) (value string, ok bool) {
	i := slices.IndexFunc(r.Headers, func(h Header) bool { return h.Name == name })
	if i < 0 {
		return "", false
	}
	return r.Headers[i].Value, true
}

// envelope is what kcat -J prints.
type envelope struct {
	Partition int      `json:"partition"`
	Offset    int64    `json:"offset"`
	TS        int64    `json:"ts"`
	Key       *string  `json:"key"`
	Payload   *string  `json:"payload"`
	Headers   []string `json:"headers"` // name, value, name, value
}

// consume are kcat's arguments to read a topic from its first record to its end.
func (c *Cluster) consume(topic string, more ...string) []string {
	return append([]string{"-C", "-q", "-e", "-o", "beginning", "-b", strings.Join(c.Bootstrap, ","), "-t", topic}, more...)
}

// Read returns every record of a topic, by partition and offset. Keys, values and headers
// must be UTF-8, as JSON is: nothing else comes through kcat's envelope unharmed.
//
// Consumers see a record once its replicas have it. After Kill and Restart that takes a
// while anew, also for records that were seen before: ask again until all are there.
func (c *Cluster) Read(tb testing.TB, topic string) []Record {
	tb.Helper()
	out, err := run(nil, "kcat", c.consume(topic, "-J")...)
	if err != nil {
		tb.Fatal(err)
	}
	records, err := parse(out)
	if err != nil {
		tb.Fatalf("topic %s: %v", topic, err)
	}
	return records
}

// Count returns how many records a topic holds.
func (c *Cluster) Count(tb testing.TB, topic string) int {
	tb.Helper()
	out, err := run(nil, "kcat", c.consume(topic, "-f", ".")...)
	if err != nil {
		tb.Fatal(err)
	}
	return len(out)
}

// parse reads kcat's envelopes and sorts them by partition and offset.
func parse(out string) (records []Record, err error) {
	if !utf8.ValidString(out) {
		return nil, errors.New("a record is not UTF-8")
	}
	d := json.NewDecoder(strings.NewReader(out))
	for {
		var e envelope
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("kcat's record %d: %w", len(records)+1, err)
		}
		r := Record{Partition: e.Partition, Offset: e.Offset, Time: time.UnixMilli(e.TS).UTC(), Key: e.Key, Value: e.Payload}
		if len(e.Headers)%2 != 0 {
			return nil, fmt.Errorf("kcat's record %d: a header without a value", len(records)+1)
		}
		for pair := range slices.Chunk(e.Headers, 2) {
			r.Headers = append(r.Headers, Header{pair[0], pair[1]})
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b Record) int {
		if a.Partition != b.Partition {
			return a.Partition - b.Partition
		}
		return int(a.Offset - b.Offset)
	})
	return records, nil
}
