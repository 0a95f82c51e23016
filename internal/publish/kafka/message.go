package kafka

import (
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// The headers of a message.
const (
	headerType   = "content-type"
	headerSchema = "schema"
	headerID     = "alert-id"
	headerSensor = "sensor"
	headerTest   = "test"
)

// message returns r as it is written to a topic.
func message(r *record.Record) protocol.Record {
	headers := append(make([]protocol.Header, 0, 5),
		protocol.Header{Key: headerType, Value: []byte("application/json")},
		protocol.Header{Key: headerSchema, Value: []byte(r.Schema())},
		protocol.Header{Key: headerID, Value: []byte(r.UID)},
		protocol.Header{Key: headerSensor, Value: []byte(r.Sensor)})
	if r.Test {
		headers = append(headers, protocol.Header{Key: headerTest, Value: []byte("true")})
	}
	return protocol.Record{Time: r.Raised, Key: protocol.NewBytes([]byte(r.Key)), Value: protocol.NewBytes(r.Body), Headers: headers}
}

// octets returns at most how much r takes in a batch that is not compressed. A batch of
// one has room for what goes before it.
func octets(r *record.Record) int {
	const (
		variable = 5 // longest form of a length
		fixed    = 2 + 6*variable
		names    = len(headerType) + len("application/json") + len(headerSchema) + len(headerID) + len(headerSensor) + len(headerTest) + len("true")
	)
	return fixed + 10*variable + names + len(r.Key) + len(r.Body) + len(r.Schema()) + len(r.UID) + len(r.Sensor)
}

// batchHead is what goes before the records of a batch, in octets.
const batchHead = 61

// partition returns where Java's own producer would put a key.
func partition(key string, partitions []int) int {
	return kafka.Murmur2Balancer{Consistent: true}.Balance(kafka.Message{Key: []byte(key)}, partitions...)
}
