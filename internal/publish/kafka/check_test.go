package kafka

import (
	"slices"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// TestCheck: all is in order, and the test record is there, marked as one.
func TestCheck(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	r := *records(1, 1)[0]
	r.Test = true
	found := Check(t.Context(), cfg, "core-1", []record.Record{r})
	var lines []string
	for _, f := range found {
		if f.Err != nil && !f.Warning {
			t.Errorf("%+v", f)
		}
		lines = append(lines, f.What)
	}
	for _, want := range []string{"broker " + c.Bootstrap[0], "topic " + cfg.Topic, "topic " + cfg.HealthTopic, "test record uid-0 to topic " + cfg.Topic} {
		if !slices.Contains(lines, want) {
			t.Errorf("nothing about %q in %q", want, lines)
		}
	}
	arrived(t, c, cfg.Topic, []*record.Record{&r})
}

// TestCheckWarns: records go there, and yet something is to be said.
func TestCheckWarns(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	c.Topic(t, cfg.Topic, 1, 1, "max.message.bytes=20000", "cleanup.policy=compact")
	warns(t, Check(t.Context(), cfg, "core-1", nil), "topic "+cfg.Topic, "max.message.bytes is 20000", "max.message.bytes=")
	warns(t, Check(t.Context(), cfg, "core-1", nil), "topic "+cfg.Topic, "cleanup.policy is compact", "cleanup.policy=delete")
	warns(t, Check(t.Context(), cfg, "core-1", nil), "topic "+cfg.Topic, "1 replica", "three replicas")
	cfg.Brokers = []string{closedPort(t)}
	cfg.SASL = SASL{Mechanism: Plain, Username: "sensor", Password: "open sesame"}
	warns(t, Check(t.Context(), cfg, "core-1", nil), "password", "plain sends it", "tls.enabled")
}

func warns(t *testing.T, found []Finding, what, text, remedy string) {
	t.Helper()
	if !slices.ContainsFunc(found, func(f Finding) bool {
		return f.Warning && f.What == what && strings.Contains(f.Err.Error(), text) && strings.Contains(f.Remedy, remedy)
	}) {
		t.Errorf("no %q of %s in %+v", text, what, found)
	}
}

// TestCheckUser: who may only describe and write, as is advised, is told of no more than the
// tests need; who may not write hears which right is missing.
func TestCheckUser(t *testing.T) {
	c := real(t)
	cfg := secured(t, c, ScramSHA512)
	cfg.Topic, cfg.HealthTopic = "test.user", "test.user.health"
	c.Topic(t, cfg.Topic, 1, 1)
	c.Topic(t, cfg.HealthTopic, 1, 1)
	for _, f := range Check(t.Context(), cfg, "core-1", []record.Record{*records(1, 1)[0]}) {
		if f.Err != nil && !f.Warning {
			t.Errorf("%+v", f)
		}
	}
	c.ACL(t, "--add", "--allow-principal", "User:"+c.Nobody, "--operation", "Describe", "--topic", cfg.Topic)
	cfg.SASL.Username, cfg.SASL.PasswordFile = c.Nobody, write(t, "password", c.NobodyPassword)
	found := Check(t.Context(), cfg, "core-1", nil)
	if !slices.ContainsFunc(found, func(f Finding) bool {
		return f.What == "topic test.user" && f.Err != nil && !f.Warning && strings.Contains(f.Remedy, "--operation Write")
	}) {
		t.Errorf("check says %+v", found)
	}
}
