package alert_test

import (
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestAttackTable(t *testing.T) {
	for id, want := range map[string]string{
		"T1046":     `"tactic":{"uid":"TA0007","name":"Discovery"},"technique":{"uid":"T1046","name":"Network Service Discovery"}}`,
		"T1018":     `"tactic":{"uid":"TA0007","name":"Discovery"},"technique":{"uid":"T1018","name":"Remote System Discovery"}}`,
		"T1595.001": `"tactic":{"uid":"TA0043","name":"Reconnaissance"},"technique":{"uid":"T1595","name":"Active Scanning"},"sub_technique":{"uid":"T1595.001","name":"Scanning IP Blocks"}}`,
		"T1071":     `"tactic":{"uid":"TA0011","name":"Command and Control"},"technique":{"uid":"T1071","name":"Application Layer Protocol"}}`,
		"T1571":     `"tactic":{"uid":"TA0011","name":"Command and Control"},"technique":{"uid":"T1571","name":"Non-Standard Port"}}`,
		"T1021.002": `"tactic":{"uid":"TA0008","name":"Lateral Movement"},"technique":{"uid":"T1021","name":"Remote Services"},"sub_technique":{"uid":"T1021.002","name":"SMB/Windows Admin Shares"}}`,
		"T\n1":      `"technique":{"uid":"T\\n1"}}`,
	} {
		f := fastHome()
		f.Techniques = []string{id}
		if line := string(alert.AppendOCSF(nil, &f, version)); !strings.Contains(line, `"attacks":[{"version":"18.1",`+want) {
			t.Errorf("%s: no %s in %s", id, want, line)
		}
	}
}

func TestTitles(t *testing.T) {
	for want, f := range map[string]alert.Finding{
		"Fast smb sweep by a home host": fastHome(),
		"Slow smb sweep by a home host": slowHome(),
		"Slow smb sweep from outside":   slowOutside(),
		"Fast arp sweep by a home host": arpHome(),
	} {
		if got := f.Title(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if d := f.Description(); !strings.HasSuffix(d, ".") {
			t.Errorf("%q is no sentence", d)
		}
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		alert.Informational.String(): "Informational", alert.Low.String(): "Low", alert.Medium.String(): "Medium",
		alert.High.String(): "High", alert.Critical.String(): "Critical", alert.Severity(6).String(): "Unknown",
		alert.Create.String(): "Create", alert.Update.String(): "Update", alert.Close.String(): "Close",
		alert.Activity(4).String(): "Unknown",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
