package alert_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestTitles(t *testing.T) {
	for want, f := range map[string]alert.Finding{
		"Fast smb sweep by a home host": fastHome(),
		"Slow smb sweep by a home host": slowHome(),
		"Slow smb sweep from outside":   slowOutside(),
		"Fast arp sweep by a home host": arpHome(),

		"IRC bot on a home host":                           ircBot(),
		"IRC session of a home host with a server outside": ircPerson(),
		"NetBIOS or SMB from home to outside":              egress(),
		"NetBIOS or SMB from outside to home":              ingress(),
		"Name look-ups by NetBIOS across the edge":         lookups(),
		"Compromised home host":                            incident(),
		"Never seen before at this site":                   firstSeen(),
		"Test of the way to here":                          aTest(),
	} {
		if got := f.Title(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if d := f.Description(); !strings.HasSuffix(d, ".") {
			t.Errorf("%q is no sentence", d)
		}
	}
}

// TestNobodyIsSuspectedByATest: a test is no alert and no kind that anybody allows or counts.
func TestNobodyIsSuspectedByATest(t *testing.T) {
	f := aTest()
	line := string(alert.AppendOCSF(nil, &f, version))
	for _, want := range []string{`"event_code":"test"`, `"is_alert":false`, `"severity_id":1`, `nobody is suspected`, `"ip":"192.0.2.1"`, `"attacks":[]`} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
	if slices.Contains(alert.Kinds, alert.Test) {
		t.Error("a test is among the kinds that something is found by")
	}
}

// TestUnknownKind: a finding that nobody foresaw is still one line, and does not lie.
func TestUnknownKind(t *testing.T) {
	f := fastHome()
	f.Kind, f.Scan = "dns.tunnel\n", nil
	line := string(alert.AppendOCSF(nil, &f, version))
	for _, want := range []string{`"event_code":"dns.tunnel\\n"`, `"title":"dns.tunnel\\n"`, `"type_id":0,"type":"Unknown"`, `"evidences":[{"name":"unknown","src_endpoint":{`} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
	if strings.Contains(line, `"data"`) || strings.Contains(line, `"count"`) {
		t.Errorf("evidence from nowhere in %s", line)
	}
}
