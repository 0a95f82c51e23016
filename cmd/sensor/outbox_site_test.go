package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/control"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// The records of an outboxSite.
const (
	scanUID   = "3f2a91c07be4d5560f1e2d3c4b5a6978"
	closeUID  = "3f2b04aa17c9e8d2b6a5948372615040"
	healthUID = "b81d55e2907f4c63a1b2c3d4e5f60718"
	deadUID   = "9c01d8f3e2b4a6578091a2b3c4d5e6f7"
	largeUID  = "c77e0912ab34cd56ef7890a1b2c3d4e5"
)

// outboxSite is an outbox with three records that wait and two dead letters.
type outboxSite struct {
	dir, config string
	store       *outbox.Store // nil when nobody has it open
}

func newOutboxSite(t *testing.T) *outboxSite {
	t.Helper()
	top := t.TempDir()
	s := &outboxSite{dir: filepath.Join(top, "outbox"), config: filepath.Join(top, "wormwatch.yaml")}
	if err := os.WriteFile(s.config, fmt.Appendf(nil, "state: {path: %s}\n", top), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(-10 * time.Second) // ages are the same for as long as a test may take
	finding := func(uid, source string, kind alert.Kind, activity alert.Activity, severity alert.Severity, age time.Duration) record.Record {
		f := alert.TestFinding("core-1", uid, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
		r := record.FromFinding(&f, "1.0.0", now.Add(-age))
		r.Key, r.Kind, r.Activity, r.Severity = source, string(kind), activity, severity
		r.Test = kind == alert.Test
		return r
	}
	s.open(t)
	ids := s.commit(t,
		finding(deadUID, "192.0.2.1", alert.Test, alert.Create, alert.Informational, 9*time.Hour),
		finding(largeUID, "10.0.0.12", alert.HostCompromised, alert.Update, alert.Critical, 7*time.Hour))
	if err := s.store.Bury(ids, "refused for good: MESSAGE_TOO_LARGE\x1b[2J", now.Add(-6*time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.commit(t,
		finding(scanUID, "10.0.0.66", alert.ScanFast, alert.Create, alert.High, 4*time.Minute),
		finding(closeUID, "10.0.0.69", alert.ScanSlow, alert.Close, alert.High, 3*time.Minute),
		record.Record{
			Stream: record.Health, UID: healthUID, Key: "core-1", Kind: "drops_began", Severity: alert.Medium, Sensor: "core-1",
			Raised: now.Add(-3 * time.Minute), Body: []byte(`{"kind":"drops_began"}`),
		})
	s.shut(t)
	t.Cleanup(func() { s.shut(t) })
	return s
}

func (s *outboxSite) open(t *testing.T) {
	t.Helper()
	store, err := outbox.Open(s.dir, outbox.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
}

func (s *outboxSite) shut(t *testing.T) {
	t.Helper()
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	}
	s.store = nil
}

func (s *outboxSite) commit(t *testing.T, rs ...record.Record) []uint64 {
	t.Helper()
	ids, err := s.store.Commit(rs, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// sensed is the site with a sensor that runs, whose Kafka is away.
func (s *outboxSite) sensed(t *testing.T) {
	t.Helper()
	s.open(t)
	stop, err := control.Serve(t.Context(), control.Local{Store: s.store}, s.dir, control.Options{
		Log: slog.New(slog.DiscardHandler),
		Degraded: func() string {
			return "connecting to 127.0.0.1:9092: connection refused: start the broker, or correct the port in publish.kafka.brokers: nothing listens there"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

func (s *outboxSite) run(t *testing.T, args ...string) result {
	t.Helper()
	return command(t, nil, append([]string{"outbox", "-c", s.config}, args...)...)
}

// both does a test on a site where no sensor runs, and on one where one does.
func both(t *testing.T, test func(*testing.T, *outboxSite, bool)) {
	for _, running := range []bool{false, true} {
		t.Run(fmt.Sprintf("running=%v", running), func(t *testing.T) {
			s := newOutboxSite(t)
			if running {
				s.sensed(t)
			}
			test(t, s, running)
		})
	}
}

// holds returns how the uids begin that wait, and those of the dead letters.
func (s *outboxSite) holds(t *testing.T) string {
	t.Helper()
	var all []string
	for _, command := range []string{"list", "dead"} {
		var r outboxReport
		if err := json.Unmarshal([]byte(s.run(t, command, "--json").stdout), &r); err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Records {
			all = append(all, e.UID[:4])
		}
		all = append(all, "|")
	}
	return strings.Join(all, " ")
}
