package health

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
	"pgregory.net/rapid"
)

var identity = Identity{Sensor: "core-1", Version: "1.2.3", Run: "6f1c2b1e-3c1d-4a52-9f0e-0f6a4f6c7d10"}

// listener keeps what it is offered.
type listener struct {
	mu      sync.Mutex
	offered []record.Record
	beats   []record.Record
	full    bool
}

func (l *listener) offer(r record.Record) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return false
	}
	l.offered = append(l.offered, r)
	return true
}

func (l *listener) beat(r record.Record) { l.beats = append(l.beats, r) }

func decoded(t testing.TB, r record.Record) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, &m); err != nil {
		t.Fatalf("%v\n%s", err, r.Body)
	}
	return m
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestTellIsALineAndARecord(t *testing.T) {
	var text bytes.Buffer
	d, l := NewDesk(identity, slog.New(slog.NewTextHandler(&text, nil))), &listener{}
	d.To(l.offer, l.beat)
	d.Tell(Event{DropsBegan, alert.Medium, "events are being lost", "raise capture.ring_events", DropsData{Lost: 40, CPUs: []int{3}}})
	d.Tell(Event{Kind: Started, Severity: alert.Informational, Message: "started"})
	d.Beat(HeartbeatData{Uptime: 5})
	line := text.String()
	for _, want := range []string{
		`level=WARN msg="events are being lost" kind=drops_began remedy="raise capture.ring_events" lost=40 cpus=[3]` + "\n",
		"level=INFO msg=started kind=started\n",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("no %q in\n%s", want, line)
		}
	}
	if strings.Contains(line, "heartbeat") || len(l.offered) != 2 || len(l.beats) != 1 {
		t.Fatalf("%d offered, %d beats\n%s", len(l.offered), len(l.beats), line)
	}
	r := l.offered[0]
	m := decoded(t, r)
	if r.Stream != record.Health || r.Key != "core-1" || r.Sensor != "core-1" || r.Kind != "drops_began" || r.Severity != alert.Medium ||
		r.Rank() != record.MaxRank || r.Test || m["uid"] != r.UID || m["time"] != float64(r.Raised.UnixMilli()) || m["sequence"] != 1.0 {
		t.Errorf("%+v\n%s", r, r.Body)
	}
	if b := decoded(t, l.beats[0]); b["sequence"] != 1.0 || b["kind"] != "heartbeat" || l.beats[0].UID == r.UID {
		t.Errorf("%s", l.beats[0].Body)
	}
}

// What is told before anybody listens is offered then, in order, as of when it was told.
func TestEarlyEventsWait(t *testing.T) {
	d, l := NewDesk(identity, quiet()), &listener{}
	for i := range waiting + 3 {
		d.Tell(Event{Kind: Test, Severity: alert.Informational, Message: fmt.Sprint(i)})
	}
	if d.Unoffered() != 3 {
		t.Errorf("%d not offered, want 3", d.Unoffered())
	}
	before := time.Now()
	d.To(l.offer, l.beat)
	if len(l.offered) != waiting {
		t.Fatalf("%d offered", len(l.offered))
	}
	for i, r := range l.offered {
		if m := decoded(t, r); m["message"] != fmt.Sprint(i) || m["sequence"] != float64(i+1) || r.Raised.After(before) || !r.Test {
			t.Errorf("%d: %s", i, r.Body)
		}
	}
	l.full = true
	d.Tell(Event{Kind: Test})
	if d.Unoffered() != 4 {
		t.Errorf("%d not offered, want 4", d.Unoffered())
	}
}

// Sequences come in the order in which records are offered, whoever tells.
func TestManyTell(t *testing.T) {
	d, l := NewDesk(identity, quiet()), &listener{}
	d.To(l.offer, l.beat)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				d.Tell(Event{Kind: Test})
				d.Beat(HeartbeatData{})
			}
		})
	}
	all.Wait()
	uids := map[string]bool{}
	for i, r := range l.offered {
		uids[r.UID] = true
		if m := decoded(t, r); m["sequence"] != float64(i+1) {
			t.Fatalf("%d has sequence %v", i+1, m["sequence"])
		}
	}
	for _, r := range l.beats {
		uids[r.UID] = true
	}
	if len(uids) != 1600 {
		t.Errorf("%d identities of 1600 records", len(uids))
	}
}

// Data that JSON has no word for does not take the sentence with it.
func TestDataThatCannotBeWritten(t *testing.T) {
	for _, data := range []any{math.NaN(), func() {}, errors.ErrUnsupported, 5, nil, (*DropsData)(nil)} {
		r := NewDesk(identity, quiet()).Encode(Event{Kind: Test, Message: "all the same", Data: data})
		if decoded(t, r)["message"] != "all the same" {
			t.Errorf("%s", r.Body)
		}
		attributes(data)
	}
}

// Whatever others write into a message, no record has a character in it that a terminal
// obeys, and what was printable is unchanged.
func TestNothingIsObeyed(t *testing.T) {
	d := NewDesk(identity, quiet())
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		r := d.Encode(Event{Kind: Test, Message: s, Remedy: s, Data: OutboxDegradedData{Reason: s}})
		var m message
		m.Data = &OutboxDegradedData{}
		if err := json.Unmarshal(r.Body, &m); err != nil {
			t.Fatalf("%v\n%q", err, r.Body)
		}
		for _, got := range []string{string(r.Body), m.Message, m.Remedy, m.Data.(*OutboxDegradedData).Reason} {
			if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
				t.Fatalf("%q has %q", got, got[i:])
			}
		}
		if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 && m.Message != s {
			t.Fatalf("%q became %q", s, m.Message)
		}
	})
}

func TestUnits(t *testing.T) {
	if StampOf(time.Time{}) != 0 || StampOf(time.UnixMilli(1234)) != 1234 || MillisOf(1500*time.Microsecond) != 1 {
		t.Error("wrong units")
	}
}
