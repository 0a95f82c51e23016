package publish

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// degraded is what health says when records wait because of the sink (durable), or of the
// disk.
func (p *Publisher) degraded(since time.Time, why error, durable bool) health.Event {
	s := p.Stats()
	message := fmt.Sprintf("%s takes no records: %d wait in the outbox", p.to.Name(), s.Waiting)
	remedy := "do what the reason says; until then records wait, and go by themselves afterwards"
	switch {
	case durable && s.Unsaved > 0: // the disk fails as well, which is told of apart
		message = fmt.Sprintf("%s takes no records: %d wait, %d of them in memory only", p.to.Name(), s.Waiting, s.Unsaved)
	case !durable:
		message = fmt.Sprintf("the outbox cannot be written: %d records are in memory only, and go to %s from there", s.Unsaved, p.to.Name())
		remedy = "do what the reason says; if the sensor stops before, what is in memory is lost"
	}
	return health.Event{
		Kind: health.OutboxDegraded, Severity: alert.Medium, Message: message, Remedy: remedy,
		Data: health.OutboxDegradedData{
			Sink: p.to.Name(), Reason: why.Error(), Since: health.StampOf(since), Durable: durable && s.Unsaved == 0,
			Records: s.Waiting, Bytes: s.Bytes, Oldest: health.StampOf(s.Oldest), Lost: s.lost(),
		},
	}
}

// recovered is what health says when that is over.
func (p *Publisher) recovered(now, since time.Time, late uint64, durable bool) health.Event {
	s, took := p.Stats(), now.Sub(since)
	message := fmt.Sprintf("%s takes records again: %d were sent late, after %s", p.to.Name(), late, took.Round(time.Second))
	if !durable {
		message = fmt.Sprintf("the outbox can be written again, after %s", took.Round(time.Second))
	}
	return health.Event{
		Kind: health.OutboxRecovered, Severity: alert.Informational, Message: message,
		Data: health.OutboxRecoveredData{
			Sink: p.to.Name(), Since: health.StampOf(since), Took: health.MillisOf(took), Late: late, Left: s.Waiting,
		},
	}
}

// DamagedEvent is what health says when the outbox was set aside.
func DamagedEvent(a *outbox.Aside) health.Event {
	e := health.Event{
		Kind: health.OutboxDamaged, Severity: alert.High, Message: a.Error(),
		Remedy: "look after the disk if it happens again; what is set aside may be deleted once nobody needs it",
		Data:   health.OutboxDamagedData{Reason: a.Err.Error(), SetAside: a.To, Salvaged: a.Salvaged},
	}
	if errors.Is(a.Err, outbox.ErrNewer) {
		e.Remedy = "to send what is in it, run the newer wormwatch again and give the file its name back"
	}
	return e
}

// lostEvent is what health says of records that were given up.
func lostEvent(losses []outbox.Loss) health.Event {
	data, by := health.AlertsLostData{}, map[string]uint64{}
	for _, l := range losses {
		data.Total += l.Count
		by[l.Reason] += l.Count
		data.Losses = append(data.Losses, health.AlertLoss{
			Reason: l.Reason, Kind: l.Kind, Activity: l.Activity, Severity: l.Severity, Count: l.Count,
			First: health.StampOf(l.First), Last: health.StampOf(l.Last),
		})
	}
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, by[reason]))
	}
	return health.Event{
		Kind: health.AlertsLost, Severity: alert.High,
		Message: fmt.Sprintf("%d records were given up and never sent (%s)", data.Total, strings.Join(parts, ", ")),
		Remedy:  "give the outbox more room (publish.outbox.max_size) or more time (publish.outbox.max_age), or bring the broker back sooner",
		Data:    data,
	}
}

// deadNotes are what was refused since health was told of it.
type deadNotes struct {
	mu   sync.Mutex
	all  uint64 // since the start
	data health.DeadLettersData
	told time.Time
}

func (d *deadNotes) note(sink string, r *record.Record, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all++
	d.data = health.DeadLettersData{Sink: sink, Reason: why.Error(), Kind: r.Kind, UID: r.UID, New: d.data.New + 1}
}

func (d *deadNotes) count() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all
}

// due returns what to tell, once, and not before interval is over since the time before.
func (d *deadNotes) due(now time.Time, interval time.Duration) (data health.DeadLettersData, due bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.data.New == 0 || now.Sub(d.told) < interval {
		return data, false
	}
	data, d.data, d.told = d.data, health.DeadLettersData{}, now
	return data, true
}

// deadEvent is what health says of dead letters.
func deadEvent(data health.DeadLettersData, s outbox.Stats) health.Event {
	data.Dead, data.Bytes = int(s.Dead), int64(s.DeadBytes)
	return health.Event{
		Kind: health.DeadLetters, Severity: alert.Medium,
		Message: fmt.Sprintf("%s will never take %d records as they are: they are kept as dead letters", data.Sink, data.New),
		Remedy:  "see them by wormwatch outbox dead, mend what the reason says, and then retry or drop them",
		Data:    data,
	}
}
