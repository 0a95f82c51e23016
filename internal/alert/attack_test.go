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
		"T1105":     `"tactic":{"uid":"TA0011","name":"Command and Control"},"technique":{"uid":"T1105","name":"Ingress Tool Transfer"}}`,
		"T1110":     `"tactic":{"uid":"TA0006","name":"Credential Access"},"technique":{"uid":"T1110","name":"Brute Force"}}`,
		"T1210":     `"tactic":{"uid":"TA0008","name":"Lateral Movement"},"technique":{"uid":"T1210","name":"Exploitation of Remote Services"}}`,
		"T1570":     `"tactic":{"uid":"TA0008","name":"Lateral Movement"},"technique":{"uid":"T1570","name":"Lateral Tool Transfer"}}`,
		"T\n1":      `"technique":{"uid":"T\\n1"}}`,
	} {
		f := fastHome()
		f.Techniques = []string{id}
		if line := string(alert.AppendOCSF(nil, &f, version)); !strings.Contains(line, `"attacks":[{"version":"18.1",`+want) {
			t.Errorf("%s: no %s in %s", id, want, line)
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
