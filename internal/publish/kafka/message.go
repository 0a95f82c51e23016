package kafka

import (
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// message returns r as it is written to a topic, as of at unless that is zero.
func message(r *record.Record, at time.Time) protocol.Record {
	if at.IsZero() {
		at = r.Raised
	}
	var headers []protocol.Header
	for _, h := range r.Headers() {
		headers = append(headers, protocol.Header{Key: h.Name, Value: []byte(h.Value)})
	}
	return protocol.Record{Time: at, Key: protocol.NewBytes([]byte(r.Key)), Value: protocol.NewBytes(r.Body), Headers: headers}
}

// octets returns at most how much r takes in a batch that is not compressed. A batch of
// one has room for what goes before it.
func octets(r *record.Record) int {
	const (
		variable = 5 // longest form of a length
		fixed    = 2 + 6*variable
	)
	n := fixed + len(r.Key) + len(r.Body)
	for _, h := range r.Headers() {
		n += 2*variable + len(h.Name) + len(h.Value)
	}
	return n
}

// batchHead is what goes before the records of a batch, in octets.
const batchHead = 61

// partition returns where Java's own producer would put a key.
func partition(key string, partitions []int) int {
	return kafka.Murmur2Balancer{Consistent: true}.Balance(kafka.Message{Key: []byte(key)}, partitions...)
}
