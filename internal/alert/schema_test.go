package alert_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
)

// verdict takes Fatalf's place, so that a test can see that Validate fails.
type verdict struct{ said string }

func (v *verdict) Helper() {}

func (v *verdict) Fatalf(format string, args ...any) {
	v.said = fmt.Sprintf(format, args...)
	panic(v)
}

// rejection returns what Validate says against line, empty if nothing.
func rejection(line []byte) (said string) {
	v := &verdict{}
	defer func() {
		if r := recover(); r != nil && r != any(v) {
			panic(r)
		}
		said = v.said
	}()
	alerttest.Validate(v, line)
	return ""
}

// object is a decoded JSON object; the last element of a path is set in it.
type object = map[string]any

func find(t *testing.T, doc object, path string) (object, string) {
	t.Helper()
	keys := strings.Split(path, ".")
	for _, k := range keys[:len(keys)-1] {
		switch next := doc[k].(type) {
		case object:
			doc = next
		case []any:
			doc = next[0].(object)
		default:
			t.Fatalf("no %s on the way of %s", k, path)
		}
	}
	return doc, keys[len(keys)-1]
}

// change sets one thing in a valid finding; nil removes it.
type change struct {
	path  string
	value any
}

const data = "evidences.data."

// refuses fails the test unless f passes the schema, and no longer does after any change.
func refuses(t *testing.T, f alert.Finding, changes []change) {
	t.Helper()
	line := alert.AppendOCSF(nil, &f, version)
	if said := rejection(line); said != "" {
		t.Fatal(said)
	}
	for _, c := range changes {
		var doc object
		if err := json.Unmarshal(line, &doc); err != nil {
			t.Fatal(err)
		}
		parent, key := find(t, doc, c.path)
		parent[key] = c.value
		if c.value == nil {
			delete(parent, key)
		}
		changed, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if said := rejection(changed); !strings.Contains(said, "breaks the schema") && !strings.Contains(said, "unprintable") {
			t.Errorf("%s: %s = %v passes (%q)", f.Kind, c.path, c.value, said)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	refuses(t, fastHome(), []change{
		{"foreign", 1},
		{"metadata.foreign", 1},
		{"evidences.foreign", 1},
		{data + "foreign", 1},
		{data + "samples.foreign", 1},
		{data + "score_parts.foreign", 1},
		{"finding_info.attacks.foreign", 1},
		{"time", "2026-09-21T12:00:00Z"},
		{"time", 1.5},
		{"severity_id", 5},
		{"severity", "Low"},
		{"activity_id", 2},
		{"type_uid", 200402},
		{"class_uid", 2001},
		{"is_alert", false},
		{"status_id", 4},
		{"confidence_score", 101},
		{"confidence_id", 1},
		{"message", ""},
		{"message", "a\u202eb"},
		{"message", nil},
		{"count", nil},
		{"remediation", nil},
		{"observables.type_id", 3},
		{"resources.role_id", 1},
		{"metadata.version", "1.7.0"},
		{"metadata.event_code", "scan.medium"},
		{"metadata.event_code", "scan.slow"},
		{"metadata.sequence", 2},
		{"metadata.uid", ""},
		{"metadata.reporter", nil},
		{"finding_info.attacks", []any{}},
		{"finding_info.attacks.technique", object{"uid": "T9999"}},
		{"finding_info.created_time", nil},
		{"finding_info.modified_time", 1},
		{"evidences.src_endpoint.ip", "10.20.3"},
		{"evidences.src_endpoint.mac", "001b.4411.3ab7"},
		{"evidences.src_endpoint.zone", "outside"},
		{"severity_id", 5}, // nothing raises it
		{"evidences.name", "incident"},
		{"evidences.dst_endpoint", object{"ip": "10.20.3.90", "port": 445}},
		{data + "knock", object{}},
		{data + "listed", []any{}},
		{"evidences.data", nil},
		{data + "dark", nil},
		{data + "dark", -1},
		{data + "targets", 0},
		{data + "visibility", "good"},
		{data + "samples", nil},
		{data + "samples", make([]any, 17)},
		{data + "answered_samples.port", 65536},
		{data + "interface", "a\nb"},
		{data + "vlan", 4096},
		{data + "ports", []any{445, 445}},
	})
	counted := fastHome()
	counted.Scan.Counted = &alert.Counted{Openings: 9000, Held: 1}
	refuses(t, counted, []change{
		{data + "counted.held", nil},
		{data + "counted.openings", -1},
		{data + "counted.foreign", 1},
	})
}

func TestSchemaRefusesOtherKinds(t *testing.T) {
	refuses(t, slowOutside(), []change{{"severity_id", 4}, {"evidences.src_endpoint.zone", "home"}})
	refuses(t, knocked(), []change{
		{data + "knock.telling", []any{}}, // nothing raises it
		{"severity_id", 5},
		{data + "knock.foreign", 1},
		{data + "knock.pipes", nil},
		{data + "knock.hosts", -1},
		{data + "listed.entry", nil},
		{data + "listed.list", ""},
		{data + "listed.foreign", 1},
	})
	refuses(t, ircBot(), []change{
		{"severity_id", 2},
		{"severity_id", 5},
		{"count", 1},
		{"resources", nil},
		{"metadata.event_code", "irc.c3"},
		{"metadata.event_code", "netbios.egress"},
		{"finding_info.attacks", []any{}},
		{"finding_info.types", []any{"irc"}},
		{"finding_info.analytic.type_id", 3},
		{"evidences.name", "scan_source"},
		{"evidences.src_endpoint.zone", "outside"},
		{"evidences.dst_endpoint", nil},
		{"evidences.dst_endpoint.foreign", 1},
		{"evidences.dst_endpoint.port", 65536},
		{data + "foreign", 1},
		{data + "server", "irc.example.net"},
		{data + "nick", nil},
		{data + "nick", "\x1b[2J"},
		{data + "bot", false},
		{data + "channels", "#scan"},
		{data + "lines", []any{"NICK x"}},
		{data + "score_parts", object{"nick shape": 1}},
		{data + "score_parts", object{"nick_shape": "1"}},
		{data + "explanation.why", nil},
		{data + "explanation.foreign", 1},
		{data + "threshold", -1},
		{data + "visibility", "good"},
		{data + "listed", nil},
	})
	refuses(t, ircPerson(), []change{{"severity_id", 4}, {"severity_id", 1}, {data + "bot", true}})
	refuses(t, egress(), []change{
		{"severity_id", 5},
		{"count", nil},
		{"resources", nil},
		{"evidences.src_endpoint.zone", "outside"},
		{"severity_id", 4},
		{data + "knock", nil}, // nothing raises it
		{"finding_info.types", []any{"policy_violation", "netbios_ingress"}},
		{data + "peers", 0},
		{data + "answered", 0},
		{data + "bytes", -1},
		{data + "services", []any{}},
		{data + "ports", []any{445, 445}},
		{data + "samples", make([]any, 17)},
		{data + "home_default", nil},
		{data + "foreign", 1},
	})
	refuses(t, lookups(), []change{{"severity_id", 2}, {data + "home_default", false}, {data + "lookups", false}})
	refuses(t, ingress(), []change{{"severity_id", 2}, {"severity_id", 4}, {"evidences.src_endpoint.zone", "home"}, {"metadata.event_code", "netbios.egress"}})
	refuses(t, incident(), []change{
		{"severity_id", 4},
		{"resources", nil},
		{"resources.role_id", 3},
		{"evidences.src_endpoint.zone", "outside"},
		{data + "timeline", []any{}},
		{data + "timeline.kind", "rumour"},
		{data + "timeline.message", ""},
		{data + "timeline.finding_uid", nil},
		{data + "timeline.foreign", 1},
		{data + "kinds", []any{"irc"}},
		{data + "kinds", []any{"irc", "irc"}},
		{data + "kinds", []any{"irc", "rumour"}},
		{data + "infected_by", nil},
		{data + "infected_by", "10.20.3.44"},
		{data + "infected_by.delay_ms", nil},
		{data + "infected_by.called_back", true},
		{data + "infected_by.protocol", "icmp"},
		{data + "infected.foreign", 1},
		{data + "infected", nil},
		{data + "omitted", -1},
	})
	refuses(t, firstSeen(), []change{
		{"severity_id", 3},
		{"count", nil},
		{"evidences.src_endpoint.zone", "outside"},
		{data + "items", []any{}},
		{data + "items.what", "rumour"},
		{data + "items.time", nil},
		{data + "items.foreign", 1},
		{data + "count", 0},
	})
	refuses(t, aTest(), []change{
		{"activity_id", 2},
		{"severity_id", 2},
		{"confidence_score", 1},
		{"is_alert", true},
		{"count", 1},
		{"resources", []any{}},
		{"metadata.event_code", "scan.fast"},
		{"finding_info.types", []any{"worm_scan"}},
		{"finding_info.analytic.type_id", 1},
		{"evidences.name", "scan_source"},
		{"evidences.src_endpoint.ip", "10.20.3.44"},
		{"evidences.src_endpoint.zone", "home"},
		{data + "test", false},
		{data + "foreign", 1},
	})
}

func TestValidateRefusesWhatIsNoLine(t *testing.T) {
	f := fastHome()
	line := alert.AppendOCSF(nil, &f, version)
	for name, bad := range map[string][]byte{
		"empty":        {},
		"cut":          line[:len(line)-1],
		"two":          append(bytes.Clone(line), line...),
		"laid out":     indented(t, line),
		"not UTF-8":    bytes.Replace(line, []byte("core-1"), []byte("core\xff"), 1),
		"raw controls": bytes.Replace(line, []byte("core-1"), []byte("core\u009b"), 1),
	} {
		if rejection(bad) == "" {
			t.Errorf("%s passes", name)
		}
	}
}

func TestSchemaIsACopy(t *testing.T) {
	s := alert.Schema()
	clear(s)
	if bytes.Equal(s, alert.Schema()) {
		t.Error("a caller can change the schema")
	}
}
