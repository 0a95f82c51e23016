package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/publish/control"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

var outboxSizes = regexp.MustCompile(`\([0-9.]+ [KM]?i?B\)`)

func TestOutboxTables(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, running bool) {
		state := "no sensor runs with this outbox: what waits is sent when one starts"
		if running {
			state = "degraded: connecting to 127.0.0.1:9092: connection refused: start the broker, or correct the port in publish.kafka.brokers: nothing listens there"
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
