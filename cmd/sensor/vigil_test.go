package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/health/healthtest"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// scripted is a live source that gives no events and counts what a test says.
type scripted struct {
	stats capture.Stats
	live  capture.LiveStats
	asked int
}

func (s *scripted) Read([]packet.Event) (int, packet.Time, error) { return 0, 0, io.EOF }

func (s *scripted) Payload(*packet.Event) []byte { return nil }

func (s *scripted) Interface(uint16) string { return "span0" }

func (s *scripted) Close() error                                 { return nil }
func (s *scripted) Follow(_, _ packet.Addr, _, _ uint16, _ bool) {}
func (s *scripted) Stats() capture.Stats {
	s.asked++
	all, live := s.stats, s.live
	live.Links = slices.Clone(live.Links)
	all.Live = &live
	return all
}

// watch is a vigil over a scripted source, and what it told.
type watch struct {
	*vigil
	t      *testing.T
	source *scripted
	at     packet.Time
	log    bytes.Buffer
	told   []record.Record
	beaten []record.Record
	waits  *health.OutboxState
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	c := config.Default()
	c.Sensor.Name = "core-1"
	w := &watch{t: t, source: &scripted{}, at: packet.Time(1_790_000_000 * 1e9)}
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	desk := newDesk(&c, log)
	desk.To(
		func(r record.Record) bool { w.told = append(w.told, r); return true },
		func(r record.Record) { w.beaten = append(w.beaten, r) },
	)
	p := newPipeline(&c, w.source, forgetful(t, &c), replaySeed, nil)
	w.vigil = newVigil(&c, p, w.source, desk, log, func() *health.OutboxState { return w.waits })
	return w
}

// wait lets time pass, in steps of a second.
func (w *watch) wait(d time.Duration) {
	for ; d > 0; d -= time.Second {
		w.at = w.at.Add(min(d, time.Second))
		w.turn(w.at)
	}
}

// tells fails the test unless these kinds were told since it was asked before, and returns
// what the latest of them says.
func (w *watch) tells(kinds ...health.Kind) (data map[string]any) {
	w.t.Helper()
	var got []health.Kind
	for _, r := range w.told {
		got = append(got, health.Kind(r.Kind))
		data = inside(w.t, r)
	}
	if !slices.Equal(got, kinds) {
		w.t.Fatalf("told %q, want %q\n%s", got, kinds, w.log.String())
	}
	w.told = nil
	return data
}

// inside returns the data of a record.
func inside(t testing.TB, r record.Record) map[string]any {
	t.Helper()
	healthtest.Validate(t, r.Body)
	var m struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(r.Body, &m); err != nil {
		t.Fatal(err)
	}
	return m.Data
}

// Losses are told to the judges as they grow, and to people when they begin and end.
func TestVigilTellsOfLosses(t *testing.T) {
	w := newWatch(t)
	missed := func(want uint64) {
		t.Helper()
		if got := w.pipeline.sensor.Stats().Scans.Missed; got != want {
			t.Errorf("the judges were told of %d losses, want %d", got, want)
		}
	}
	w.wait(time.Second)
	missed(0)
	w.source.live.Lost = 40
	w.source.live.CPUs = []capture.CPUStats{{CPU: 0}, {CPU: 3, Lost: 40}}
	w.wait(glance)
	missed(40)
	w.tells(health.DropsBegan)
	w.source.live.Lost = 100
	w.wait(time.Second)
	missed(100)
	if got := w.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "are being lost") || !strings.Contains(got, "[3]") {
		t.Errorf("the log says %q", got)
	}
	w.wait(calm - time.Millisecond)
	w.tells()
	w.wait(time.Second)
	if d := w.tells(health.DropsEnded); d["lost"] != 100.0 || d["duration_ms"] != 1000.0 {
		t.Errorf("%v", d)
	}
	if got := w.log.String(); strings.Count(got, "\n") != 2 || !regexp.MustCompile(`any more".* lost=100`).MatchString(got) {
		t.Errorf("the log says %q", got)
	}
	w.source.live.Lost = 101
	w.wait(time.Second)
	missed(101)
	w.wait(account)
	w.source.live.Lost += 7
	w.wait(account)
	accounts := regexp.MustCompile(`msg=account .* lost=(\d+)`).FindAllStringSubmatch(w.log.String(), -1)
	if len(accounts) != 2 || accounts[0][1] != "101" || accounts[1][1] != "7" {
		t.Errorf("the accounts are %q: each tells what was since the one before\n%s", accounts, w.log.String())
	}
}

// The counters are not asked for with each batch.
func TestVigilGlancesNowAndThen(t *testing.T) {
	w := newWatch(t)
	for range 1000 {
		w.at = w.at.Add(time.Millisecond)
		w.turn(w.at)
	}
	if w.source.asked < 5 || w.source.asked > 11 {
		t.Errorf("asked %d times in a second", w.source.asked)
	}
}

// An interface that goes is told of at once, and that it is back once it stays.
func TestVigilTellsOfInterfaces(t *testing.T) {
	w := newWatch(t)
	w.source.live.Links = []capture.LinkStats{{Name: "a", Mode: "native", Up: true}, {Name: "b"}}
	a := &w.source.live.Links[0]
	w.wait(time.Second)
	if d := w.tells(health.InterfaceDown); d["interface"] != "b" || d["reason"] != "not there" {
		t.Errorf("%v", d)
	}
	for range 5 { // it flickers
		a.Up = false
		w.wait(time.Second)
		a.Up = true
		w.wait(3 * time.Second)
	}
	if d := w.tells(health.InterfaceDown); d["interface"] != "a" || d["reason"] != "down, or without a carrier" {
		t.Errorf("%v", d)
	}
	w.wait(calm)
	if d := w.tells(health.InterfaceUp); d["interface"] != "a" || d["duration_ms"] != 16000.0 {
		t.Errorf("%v", d)
	}
	w.source.live.Links[1] = capture.LinkStats{Name: "b", Mode: "generic", Up: true}
	w.wait(calm + time.Second)
	w.tells(health.InterfaceUp)
}

// A line that a driver resets when the program comes is no news, unless it stays away.
func TestVigilLetsTheLineComeUp(t *testing.T) {
	for late, want := range map[time.Duration][]health.Kind{calm / 2: nil, 2 * calm: {health.InterfaceDown}} {
		w := newWatch(t)
		w.source.live.Links = []capture.LinkStats{{Name: "a", Mode: "native"}}
		w.wait(late)
		w.source.live.Links[0].Up = true
		w.wait(time.Second)
		w.tells(want...)
	}
}

// Silence is told of once, and not of an interface that is down.
func TestVigilTellsOfSilence(t *testing.T) {
	w := newWatch(t)
	w.source.live.Links = []capture.LinkStats{{Name: "a", Mode: "native", Up: true, Packets: 5}}
	a, silence := &w.source.live.Links[0], w.cfg.Silence
	w.wait(silence)
	w.tells()
	a.Packets++
	w.wait(silence)
	w.tells()
	w.wait(2 * silence)
	w.tells(health.InterfaceSilent)
	a.Packets++
	w.wait(time.Second)
	if d := w.tells(health.InterfaceHeard); d["packets"] != 7.0 || d["duration_ms"].(float64) < float64(2*silence.Milliseconds()) {
		t.Errorf("%v", d)
	}
	a.Up = false
	w.wait(3 * silence)
	w.tells(health.InterfaceDown)
	a.Up = true
	w.wait(silence - time.Second)
	w.tells(health.InterfaceUp)
	w.wait(time.Second)
	w.tells(health.InterfaceSilent)
}

// One heartbeat at once, then one each time; each tells what was since the one before.
func TestHeartbeat(t *testing.T) {
	w := newWatch(t)
	w.source.stats = capture.Stats{Packets: 1000, Events: 10}
	w.source.live.Held = 3
	w.source.live.Links = []capture.LinkStats{{Name: "a", Mode: "native", Role: "span", Up: true, Packets: 1000}}
	w.wait(time.Second)
	w.source.stats.Packets, w.source.live.Links[0].Packets = 1500, 1500
	w.waits = &health.OutboxState{Records: 4, Degraded: "no broker"}
	w.wait(3*w.cfg.Heartbeat - time.Second)
	if len(w.beaten) != 3 {
		t.Fatalf("%d heartbeats", len(w.beaten))
	}
	first, second, third := inside(t, w.beaten[0]), inside(t, w.beaten[1]), inside(t, w.beaten[2])
	count := func(d map[string]any, key string) [2]any {
		c := d[key].(map[string]any)
		return [2]any{c["total"], c["new"]}
	}
	if count(first, "packets") != [2]any{1000.0, 1000.0} || count(second, "packets") != [2]any{1500.0, 500.0} || count(third, "packets") != [2]any{1500.0, 0.0} {
		t.Errorf("%v\n%v\n%v", first, second, third)
	}
	link := second["interfaces"].([]any)[0].(map[string]any)
	if link["name"] != "a" || link["up"] != true || count(link, "packets") != [2]any{1500.0, 500.0} {
		t.Errorf("%v", link)
	}
	memory := second["memory"].(map[string]any)
	if memory["resident_bytes"].(float64) < 1<<20 || memory["heap_bytes"].(float64) < 1<<16 {
		t.Errorf("%v", memory)
	}
	if first["outbox"] != nil || second["outbox"].(map[string]any)["records"] != 4.0 || len(second["configuration"].(string)) != 64 ||
		second["drops"].(map[string]any)["held"] != 3.0 || second["interval_ms"] != 60000.0 || second["uptime_ms"] != 60000.0 {
		t.Errorf("%v\n%v", first, second)
	}
	w.tells()
	if strings.Contains(w.log.String(), "heartbeat") {
		t.Errorf("the log is full of heartbeats\n%s", w.log.String())
	}
}

// The end is told with its reason: only one that nobody asked for is a fault.
func TestStopping(t *testing.T) {
	w := newWatch(t)
	w.source.stats.Packets = 77
	w.wait(5 * time.Second)
	asked, failed := w.stopping(errInterrupted), w.stopping(errors.New("the ring is gone"))
	if asked.Severity > 1 || asked.Data.(health.StoppingData).Packets != 77 || asked.Data.(health.StoppingData).Uptime != 4000 {
		t.Errorf("%+v", asked)
	}
	if failed.Severity < 3 || failed.Remedy == "" || !strings.Contains(failed.Message, "the ring is gone") {
		t.Errorf("%+v", failed)
	}
}
