package health

import "github.com/wormwatch/wormwatch/internal/alert"

// OutboxDegradedData is why records wait, and how many.
type OutboxDegradedData struct {
	Sink    string `json:"sink"`          // as kafka
	Reason  string `json:"reason"`        // what failed
	Since   Stamp  `json:"since"`         // when it failed first
	Durable bool   `json:"durable"`       // what waits is on disk; else in memory only
	Records int    `json:"records"`       // that wait
	Bytes   int64  `json:"bytes"`         // that they take
	Oldest  Stamp  `json:"oldest_raised"` // when the oldest of them was raised; 0 if nothing waits
	Lost    uint64 `json:"lost"`          // given up since the start
}

// OutboxRecoveredData is what the fault meant.
type OutboxRecoveredData struct {
	Sink  string `json:"sink"`
	Since Stamp  `json:"since"`       // when it began
	Took  Millis `json:"duration_ms"` // until now
	Late  uint64 `json:"sent_late"`   // records that waited for it and are sent
	Left  int    `json:"records"`     // that still wait
}

// OutboxDamagedData is what became of an outbox that could not be used.
type OutboxDamagedData struct {
	Reason   string `json:"reason"`
	SetAside string `json:"set_aside,omitempty"` // where the old file is
	Salvaged int    `json:"salvaged"`            // records that could still be read of it
}

// AlertsLostData is what was given up since it was told before.
type AlertsLostData struct {
	Total  uint64      `json:"total"`
	Losses []AlertLoss `json:"losses"`
}

// AlertLoss counts what was given up of one sort. Kind is that of the findings, or of the
// records about the sensor, which have no Activity.
type AlertLoss struct {
	Reason   string         `json:"reason"` // full, age, queue_full, dead_full, damaged, too_large, stopped
	Kind     string         `json:"kind"`
	Activity alert.Activity `json:"activity_id"` // OCSF; 0 for a record about the sensor
	Severity alert.Severity `json:"severity_id"` // OCSF
	Count    uint64         `json:"count"`
	First    Stamp          `json:"first_raised"` // when the first of them was raised
	Last     Stamp          `json:"last_raised"`
}

// DeadLettersData is what a sink will never take.
type DeadLettersData struct {
	Sink   string `json:"sink"`
	Reason string `json:"reason"` // of the latest
	Kind   string `json:"kind"`   // the same
	UID    string `json:"uid"`    // the same: wormwatch outbox show UID
	New    uint64 `json:"new"`    // since it was told before
	Dead   int    `json:"dead"`   // kept in all
	Bytes  int64  `json:"bytes"`  // that they take
}

// LinesDegradedData is why findings are missing from publish.lines.path.
type LinesDegradedData struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// LinesRecoveredData is what is missing there.
type LinesRecoveredData struct {
	Path string `json:"path"`
	Lost uint64 `json:"lost"` // findings
	Took Millis `json:"duration_ms"`
}
