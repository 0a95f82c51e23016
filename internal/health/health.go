// Package health is what the sensor says of itself: records for whoever keeps it running,
// on a topic of their own and as a line in the log. They are never findings.
package health

import (
	"github.com/wormwatch/wormwatch/internal/alert"
)

// Kind names what is told; it is kind in the record.
type Kind string

// The kinds.
const (
	Heartbeat       Kind = "heartbeat"
	Started         Kind = "started"
	Stopping        Kind = "stopping"
	DropsBegan      Kind = "drops_began"
	DropsEnded      Kind = "drops_ended"
	OneWayBegan     Kind = "one_way_began"
	OneWayEnded     Kind = "one_way_ended"
	InterfaceDown   Kind = "interface_down"   // or not there
	InterfaceUp     Kind = "interface_up"     // again
	InterfaceSilent Kind = "interface_silent" // no packet for health.silence
	InterfaceHeard  Kind = "interface_heard"  // packets again
	OutboxDegraded  Kind = "outbox_degraded"  // records wait, or are in memory only
	OutboxRecovered Kind = "outbox_recovered"
	OutboxDamaged   Kind = "outbox_damaged" // set aside, begun anew
	AlertsLost      Kind = "alerts_lost"    // given up, by reason
	DeadLetters     Kind = "dead_letters"   // the broker will never take them: a person has to look
	LinesDegraded   Kind = "lines_degraded" // publish.lines.path cannot be written
	LinesRecovered  Kind = "lines_recovered"
	StateRestored   Kind = "state_restored"
	StateLost       Kind = "state_lost"
	StateUnsaved    Kind = "state_unsaved" // what was learned cannot be saved
	Reloaded        Kind = "reloaded"
	ReloadFailed    Kind = "reload_failed"
	Test            Kind = "test" // by wormwatch check --output
)

// Kinds are all of them.
var Kinds = []Kind{
	Heartbeat, Started, Stopping, DropsBegan, DropsEnded, OneWayBegan, OneWayEnded,
	InterfaceDown, InterfaceUp, InterfaceSilent, InterfaceHeard,
	OutboxDegraded, OutboxRecovered, OutboxDamaged, AlertsLost, DeadLetters, LinesDegraded, LinesRecovered,
	StateRestored, StateLost, StateUnsaved, Reloaded, ReloadFailed, Test,
}

// Event is one thing to tell.
type Event struct {
	Kind     Kind
	Severity alert.Severity // Informational: for the record; from Medium on somebody should look
	Message  string         // one sentence
	Remedy   string         // what to do now; empty where nothing is
	Data     any            // what is behind it, a struct of this package; nil if nothing is
}
