package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
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
		Log:      slog.New(slog.DiscardHandler),
		Degraded: func() string { return "kafka: dial tcp 127.0.0.1:9092: connect: connection refused" },
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

var outboxSizes = regexp.MustCompile(`\([0-9.]+ [KM]?i?B\)`)

func TestOutboxTables(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, running bool) {
		state := "no sensor runs with this outbox: what waits is sent when one starts"
		if running {
			state = "degraded: kafka: dial tcp 127.0.0.1:9092: connect: connection refused"
		}
		octets := map[string]string{}
		for _, uid := range []string{scanUID, closeUID, deadUID, largeUID} {
			f := alert.TestFinding("core-1", uid, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
			octets[uid] = grouped(uint64(len(alert.AppendOCSF(nil, &f, "1.0.0"))))
		}
		for command, want := range map[string][]string{
			"list": {
				"id age kind activity severity source octets",
				scanUID + " 4 minutes scan.fast Create High 10.0.0.66 " + octets[scanUID],
				closeUID + " 3 minutes scan.slow Close High 10.0.0.69 " + octets[closeUID],
				healthUID + " 3 minutes drops_began - Medium core-1 22",
				"",
				"3 records wait (SIZE), the oldest for 4 minutes; 2 dead letters (SIZE): `wormwatch outbox dead` lists them",
				state,
				"",
			},
			"list --limit 2": {
				"id age kind activity severity source octets",
				scanUID + " 4 minutes scan.fast Create High 10.0.0.66 " + octets[scanUID],
				closeUID + " 3 minutes scan.slow Close High 10.0.0.69 " + octets[closeUID],
				"",
				"2 of 3 are shown: --limit 0 shows all",
				"3 records wait (SIZE), the oldest for 4 minutes; 2 dead letters (SIZE): `wormwatch outbox dead` lists them",
				state,
				"",
			},
			"dead": {
				"id age kind activity severity source octets reason",
				deadUID + " 9 hours test Create Informational 192.0.2.1 " + octets[deadUID] + ` refused for good: MESSAGE_TOO_LARGE\u001b[2J`,
				largeUID + " 7 hours host.compromised Update Critical 10.0.0.12 " + octets[largeUID] + ` refused for good: MESSAGE_TOO_LARGE\u001b[2J`,
				"",
				"3 records wait (SIZE), the oldest for 4 minutes; 2 dead letters (SIZE): retry sends them again, drop removes them",
				state,
				"",
			},
		} {
			got := s.run(t, strings.Fields(command)...)
			text := outboxSizes.ReplaceAllString(squeezed(got.stdout), "(SIZE)")
			if got.code != 0 || got.stderr != "" || text != strings.Join(want, "\n") {
				t.Errorf("%s: exit %d, %s\n%s\nwant\n%s", command, got.code, got.stderr, text, strings.Join(want, "\n"))
			}
		}
	})
}

func TestOutboxEmpty(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, _ bool) {
		s.run(t, "drop", "--all")
		s.run(t, "drop", "--all", "--dead")
		for _, command := range []string{"list", "dead"} {
			if got := s.run(t, command); got.code != 0 || !strings.HasPrefix(got.stdout, "nothing waits; no dead letters\n") {
				t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
			}
		}
	})
}

func TestOutboxJSON(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, running bool) {
		got := s.run(t, "list", "--json")
		var r outboxReport
		if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != 0 {
			t.Fatalf("exit %d, %v\n%s", got.code, err, got.stdout)
		}
		if r.Outbox != s.dir || r.Running != running || r.Waiting != 3 || r.Dead != 2 || len(r.Records) != 3 || r.Oldest == nil ||
			!r.Oldest.Equal(r.Records[0].Raised) || r.Records[0].UID != scanUID || r.Records[0].Octets < 500 || r.Records[2].Stream != "health" ||
			r.Bytes == 0 || r.DeadBytes == 0 || r.FileBytes == 0 || (r.Degraded != "") != running {
			t.Errorf("%+v", r)
		}
		got = s.run(t, "dead", "--json", "--limit", "1")
		r = outboxReport{}
		if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || len(r.Records) != 1 || r.Records[0].UID != deadUID ||
			r.Records[0].Died == nil || !strings.HasSuffix(r.Records[0].Reason, "LARGE\x1b[2J") || !r.Records[0].Test {
			t.Errorf("%v\n%s", err, got.stdout)
		}
		var e struct {
			State, Topic string
			Headers      map[string]string
			Body         struct {
				Metadata struct{ UID string }
			}
		}
		got = s.run(t, "show", deadUID[:6], "--json")
		if err := json.Unmarshal([]byte(got.stdout), &e); err != nil || e.State != "dead" || e.Topic != "wormwatch.alerts" ||
			e.Body.Metadata.UID != deadUID || e.Headers["alert-id"] != deadUID || e.Headers["test"] != "true" || len(e.Headers) != 5 {
			t.Errorf("%v\n%+v\n%s", err, e, got.stdout)
		}
	})
}

func TestOutboxShow(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, _ bool) {
		got := s.run(t, "show", scanUID[:4])
		for _, line := range []string{
			"state waits", "topic wormwatch.alerts", "key 10.0.0.66", "content-type application/json", "schema ocsf/1.8.0/2004",
			"alert-id " + scanUID, "sensor core-1", `"class_uid": 2004,`,
		} {
			if !strings.Contains(squeezed(got.stdout), line+"\n") {
				t.Errorf("no %q in\n%s", line, got.stdout)
			}
		}
		_, body, _ := strings.Cut(got.stdout, "\n\n")
		if !json.Valid([]byte(body)) || got.code != 0 {
			t.Errorf("exit %d, the body is not JSON\n%s", got.code, body)
		}
		health := squeezed(s.run(t, "show", healthUID).stdout)
		if !strings.Contains(health, "topic wormwatch.health\nkey core-1\n") || !strings.Contains(health, "schema wormwatch/health/1\n") {
			t.Errorf("%s", health)
		}
		dead := s.run(t, "show", deadUID).stdout
		if !strings.HasPrefix(dead, "state         dead letter since 20") || !strings.Contains(dead, `LARGE\u001b[2J`) || strings.Contains(dead, "\x1b") {
			t.Errorf("%s", dead)
		}
	})
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

func TestOutboxOrders(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, _ bool) {
		for _, step := range []struct {
			args   string
			code   int
			stdout string
			stderr string
			holds  string // what waits | dead letters
		}{
			{"retry none", 1, "no dead letter waits again\n", "none: the outbox has no such record\n", "3f2a 3f2b b81d | 9c01 c77e |"},
			{"drop 3f2a 3f2", 1, "dropped 1 record that waited\n", "3f2: the outbox has no such record\n", "3f2b b81d | 9c01 c77e |"},
			{"retry 9c01 3f2b", 1, "1 dead letter put back, to be sent again\n", closeUID + ": waits already, and is no dead letter\n", "3f2b b81d 9c01 | c77e |"},
			{"drop --dead c77e b81d", 1, "dropped 1 dead letter\n", healthUID + ": waits, and is no dead letter: to drop it leave out --dead\n", "3f2b b81d 9c01 | |"},
			{"drop 3f2b " + closeUID + " --json", 0, "{\n  \"waiting\": 1,\n  \"dead\": 0,\n  \"gone\": 0\n}\n", "", "b81d 9c01 | |"},
			{"retry --all", 0, "no dead letter waits again\n", "", "b81d 9c01 | |"},
			{"drop --all --dead", 0, "dropped nothing\n", "", "b81d 9c01 | |"},
			{"drop --all", 0, "dropped 2 records that waited\n", "", "| |"},
		} {
			got := s.run(t, strings.Fields(step.args)...)
			if got.code != step.code || got.stdout != step.stdout || got.stderr != step.stderr {
				t.Errorf("%s: exit %d, want %d\n%s%s", step.args, got.code, step.code, got.stdout, got.stderr)
			}
			if holds := s.holds(t); holds != step.holds {
				t.Fatalf("after %s: %s, want %s", step.args, holds, step.holds)
			}
		}
	})
}

func TestOutboxAll(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, _ bool) {
		if got := s.run(t, "retry", "--all"); got.code != 0 || got.stdout != "2 dead letters put back, to be sent again\n" {
			t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		if holds := s.holds(t); holds != "3f2a 3f2b b81d 9c01 c77e | |" {
			t.Errorf("%s", holds)
		}
	})
}

// TestOutboxPages holds that a list longer than what goes over the socket at once is whole.
func TestOutboxPages(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, running bool) {
		if !running {
			s.open(t)
		}
		var more []record.Record
		for i := range 2*control.MaxPage + 7 {
			more = append(more, record.Record{Stream: record.Findings, UID: fmt.Sprintf("uid%05d", i), Kind: "scan.fast", Raised: time.Now(), Body: []byte("{}")})
		}
		s.commit(t, more...)
		if !running {
			s.shut(t)
		}
		for limit, want := range map[string]int{"0": len(more) + 3, "300": 300, "": 100} {
			args := []string{"list"}
			if limit != "" {
				args = append(args, "--limit", limit)
			}
			lines := strings.Split(s.run(t, args...).stdout, "\n")
			if n := len(lines) - len(strings.Split("head,,waiting,state,", ",")); n != want && n != want+1 {
				t.Errorf("--limit %s: %d lines, want %d", limit, n, want)
			}
		}
	})
}

func TestOutboxDir(t *testing.T) {
	var c config.Config
	for _, step := range []struct{ path, state, want string }{{"", "", ""}, {"", "/s", "/s/outbox"}, {"/p", "/s", "/p"}, {"/p", "", "/p"}} {
		c.Publish.Outbox.Path, c.State.Path = step.path, step.state
		if got := outboxDir(&c); got != step.want {
			t.Errorf("%+v: %s", step, got)
		}
	}
}
