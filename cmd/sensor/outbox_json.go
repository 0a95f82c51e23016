package main

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/control"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// outboxReport is what list and dead write for scripts.
type outboxReport struct {
	Outbox    string            `json:"outbox"`   // directory
	Running   bool              `json:"running"`  // a sensor has it open
	Degraded  string            `json:"degraded"` // why records wait; empty if they need not, or nobody knows
	Waiting   uint64            `json:"waiting"`
	Bytes     uint64            `json:"waiting_bytes"`
	Oldest    *time.Time        `json:"oldest_raised"` // null if nothing waits
	Dead      uint64            `json:"dead"`
	DeadBytes uint64            `json:"dead_bytes"`
	FileBytes uint64            `json:"file_bytes"`
	Lost      map[string]uint64 `json:"lost"`    // by reason, since the sensor started
	Dropped   uint64            `json:"dropped"` // by a person, since then
	Records   []entryJSON       `json:"records"`
}

// entryJSON is one record for scripts.
type entryJSON struct {
	UID      string     `json:"uid"`
	State    string     `json:"state,omitempty"` // of show: waiting or dead
	Stream   string     `json:"stream"`          // findings or health
	Kind     string     `json:"kind"`
	Activity int        `json:"activity_id"` // OCSF; 0 for a record about the sensor
	Severity int        `json:"severity_id"` // OCSF
	Key      string     `json:"key"`         // the source address, or the name of the sensor
	Episode  string     `json:"episode,omitempty"`
	Sensor   string     `json:"sensor"`
	Test     bool       `json:"test"`
	Raised   time.Time  `json:"raised"`
	Octets   int        `json:"octets"` // of the body
	Reason   string     `json:"reason,omitempty"`
	Died     *time.Time `json:"died,omitempty"` // of a dead letter

	Topic   string            `json:"topic,omitempty"` // these are of show
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
	Garbage []byte            `json:"garbage,omitempty"` // a body that is not JSON, in base64
}

func entryOf(e *outbox.Entry, octets int) entryJSON {
	stream := "findings"
	if e.Stream == record.Health {
		stream = "health"
	}
	return entryJSON{
		UID: e.UID, Stream: stream, Kind: e.Kind, Activity: int(e.Activity), Severity: int(e.Severity), Key: e.Key,
		Episode: e.Episode, Sensor: e.Sensor, Test: e.Test, Raised: e.Raised.UTC(), Octets: octets,
		Reason: e.Reason, Died: timeOrNil(e.Died),
	}
}

func listJSON(box *opened, items []control.Item) *outboxReport {
	s := box.Stats()
	r := outboxReport{
		Outbox: box.dir, Running: box.running, Degraded: box.degraded, Waiting: s.Records, Bytes: s.Bytes,
		Oldest: timeOrNil(s.Oldest), Dead: s.Dead, DeadBytes: s.DeadBytes, FileBytes: s.FileBytes,
		Lost: s.Lost, Dropped: s.Dropped, Records: []entryJSON{},
	}
	for i := range items {
		r.Records = append(r.Records, entryOf(&items[i].Entry, items[i].Octets))
	}
	return &r
}

func showJSON(e *outbox.Entry, dead bool, topic string) *entryJSON {
	j := entryOf(e, len(e.Body))
	j.State, j.Topic, j.Headers = "waiting", topic, map[string]string{}
	if dead {
		j.State = "dead"
	}
	for _, h := range e.Headers() {
		j.Headers[h.Name] = h.Value
	}
	if json.Valid(e.Body) {
		j.Body = e.Body
	} else {
		j.Garbage = e.Body
	}
	return &j
}

// jsonText is v as writeJSON writes it.
func jsonText(v any) ([]byte, error) {
	var b bytes.Buffer
	err := writeJSON(&b, v)
	return b.Bytes(), err
}

// withJSON is v as JSON, beside an error that is there already.
func withJSON(v any, err error) ([]byte, error) {
	b, failed := jsonText(v)
	if failed != nil {
		return nil, failed
	}
	return b, err
}
