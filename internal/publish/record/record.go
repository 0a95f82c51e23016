// Package record is what goes to a SOC: a finding, or a record about the sensor itself, as
// it is kept in the outbox and written to a topic.
package record

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// Stream is which of the topics a record belongs to.
type Stream uint8

// The streams.
const (
	Findings Stream = 1 // publish.kafka.topic
	Health   Stream = 2 // publish.kafka.health_topic
)

// The content of the header schema.
const (
	FindingSchema = "ocsf/1.8.0/2004"
	HealthSchema  = "wormwatch/health/1"
)

// Record is one message. Strings but Body are free of control characters.
type Record struct {
	Stream   Stream
	UID      string         // identity, the header alert-id: unchanged on redelivery
	Key      string         // of the partition: the source address, or the name of the sensor
	Kind     string         // as scan.fast, outbox_degraded
	Episode  string         // of a finding
	Activity alert.Activity // of a finding, else 0
	Severity alert.Severity
	Sensor   string
	Test     bool      // nobody is suspected: a check that the way is open
	Raised   time.Time // by the system's clock, when it was handed over; milliseconds, UTC
	Body     []byte    // one JSON object without a line end
}

// Schema is the content of the header schema.
func (r *Record) Schema() string {
	if r.Stream == Health {
		return HealthSchema
	}
	return FindingSchema
}

// Header is one of a message, as consumers see it.
type Header struct{ Name, Value string }

// Headers are those of the message that r becomes, in order.
func (r *Record) Headers() []Header {
	h := append(make([]Header, 0, 5),
		Header{"content-type", "application/json"}, Header{"schema", r.Schema()}, Header{"alert-id", r.UID}, Header{"sensor", r.Sensor})
	if r.Test {
		h = append(h, Header{"test", "true"})
	}
	return h
}

// FromFinding returns f as a record; version is that of the program.
func FromFinding(f *alert.Finding, version string, raised time.Time) Record {
	return Record{
		Stream: Findings, UID: f.UID, Key: f.Source.IP.Unmap().WithZone("").String(), Kind: string(f.Kind),
		Episode: f.Episode, Activity: f.Activity, Severity: f.Severity, Sensor: f.Sensor,
		Test:   f.Kind == alert.Test,
		Raised: raised.UTC().Truncate(time.Millisecond),
		Body:   alert.AppendOCSF(nil, f, version),
	}
}

// Rank says what is worth more when there is no room for all: records of a lower rank are
// given up first. Updates go before Closes and Closes before Creates, within these low
// severity before high; what the sensor says of itself goes last.
func (r *Record) Rank() byte {
	const severities = 8
	if r.Stream == Health {
		return MaxRank
	}
	step := byte(2) // Create, and whatever is unknown
	switch r.Activity {
	case alert.Update:
		step = 0
	case alert.Close:
		step = 1
	}
	return step*severities + min(byte(r.Severity), severities-1)
}

// MaxRank is the highest that Rank gives.
const MaxRank = 24
