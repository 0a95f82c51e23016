package health

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Identity is who tells.
type Identity struct {
	Sensor  string // sensor.name
	Version string // of the program
	Run     string // of this process: see NewRun
}

// NewRun returns a random name for a run, by which records of two starts are told apart.
func NewRun() string { return uid() }

// waiting is how many events are kept until there is somebody to offer them to: those of a
// start, with room to spare.
const waiting = 64

// Desk tells what the sensor has to say of itself, as a line in the log and as a record. It
// may be used by many goroutines.
type Desk struct {
	id        Identity
	log       *slog.Logger
	told      atomic.Uint64 // latest sequence of what is told once
	beaten    atomic.Uint64 // of the heartbeats
	unoffered atomic.Uint64

	mu    sync.Mutex // held while an event is offered, so that they come in order
	early []record.Record
	offer func(record.Record) bool
	beat  func(record.Record)
}

// NewDesk returns a desk that writes to log, and keeps records until To says where they go.
func NewDesk(id Identity, log *slog.Logger) *Desk { return &Desk{id: id, log: log} }

// To has records go to offer and heartbeats to beat from now on; what was told before is
// offered at once. Neither may wait, or call the desk.
func (d *Desk) To(offer func(record.Record) bool, beat func(record.Record)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offer, d.beat = offer, beat
	for _, r := range d.early {
		d.pass(r)
	}
	d.early = nil
}

// Tell logs e and offers its record. Do not call it with a lock that offer takes.
func (d *Desk) Tell(e Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.write(&e)
	d.pass(d.Encode(e))
}

// pass hands a record on, or keeps it for To.
func (d *Desk) pass(r record.Record) {
	switch {
	case d.offer != nil:
		if !d.offer(r) {
			d.unoffered.Add(1)
		}
	case len(d.early) < waiting:
		d.early = append(d.early, r)
	default:
		d.unoffered.Add(1)
	}
}

// Beat hands the latest heartbeat on; without somebody to hand it to it is nothing. The log
// has it for those who debug.
func (d *Desk) Beat(h HeartbeatData) {
	e := Event{Kind: Heartbeat, Severity: alert.Informational, Message: "the sensor works", Data: &h}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.write(&e)
	if d.beat != nil {
		d.beat(d.encode(&e, d.beaten.Add(1)))
	}
}

// Unoffered counts records that there was nobody or no room for; their line is in the log.
func (d *Desk) Unoffered() uint64 { return d.unoffered.Load() }

// Encode returns e as a record with an identity of its own, as of now. It takes no lock, and
// may be called where Tell may not.
func (d *Desk) Encode(e Event) record.Record { return d.encode(&e, d.told.Add(1)) }

func (d *Desk) encode(e *Event, sequence uint64) record.Record {
	now := time.Now().UTC().Truncate(time.Millisecond)
	r := record.Record{
		Stream: record.Health, UID: uid(), Key: d.id.Sensor, Kind: string(e.Kind), Severity: e.Severity,
		Sensor: d.id.Sensor, Test: e.Kind == Test, Raised: now,
	}
	r.Body = body(d.id, e, r.UID, sequence, now)
	return r
}

// write logs an event: what is in order as information, what is not as a warning. Heartbeats
// would be all that the log holds.
func (d *Desk) write(e *Event) {
	level := slog.LevelWarn
	switch {
	case e.Kind == Heartbeat:
		level = slog.LevelDebug
	case e.Severity <= alert.Informational:
		level = slog.LevelInfo
	}
	if !d.log.Enabled(context.Background(), level) {
		return
	}
	args := []any{"kind", string(e.Kind)}
	if e.Remedy != "" {
		args = append(args, "remedy", e.Remedy)
	}
	d.log.Log(context.Background(), level, e.Message, append(args, attributes(e.Data)...)...)
}

// uid returns a random UUID (RFC 9562, version 4).
func uid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program where it would
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
