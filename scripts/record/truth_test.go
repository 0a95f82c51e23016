package record

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTruthIsOfExpectation fails when expect.csv was changed and truth not run again.
func TestTruthIsOfExpectation(t *testing.T) {
	key := func(rows []row) []string {
		var keys []string
		for _, r := range rows {
			keys = append(keys, strings.Join([]string{
				r["file"], r["source"], r["kind"], r["service"], r["note"], r["severity"], r["server"], r["infected_by"],
			}, " | "))
		}
		slices.Sort(keys)
		return keys
	}
	got, want := key(truth(t)), key(table(t, "expect.csv"))
	if !slices.Equal(got, want) {
		t.Errorf("TRUTH.csv has\n%s\nexpect.csv has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTruthIsPlausible(t *testing.T) {
	number := func(r row, name string) int {
		n, err := strconv.Atoi(r[name])
		if err != nil {
			t.Fatalf("%s: %s: %v", r["file"], name, err)
		}
		return n
	}
	for _, r := range truth(t) {
		low, high := number(r, "targets_min"), number(r, "targets_max")
		if low > high || number(r, "answered") > high {
			t.Errorf("%s: %d to %d targets, %s answered", r["file"], low, high, r["answered"])
		}
		scan := r["kind"] == "scan.fast" || r["kind"] == "scan.slow"
		if scan && (low < 20 || 2*number(r, "answered") > low) {
			t.Errorf("%s: no plain sweep: %d targets, %s answered", r["file"], low, r["answered"])
		}
		if !slices.Contains([]string{"none", "scan.fast", "scan.slow", "irc.c2", "netbios.egress", "netbios.ingress", "host.compromised"}, r["kind"]) {
			t.Errorf("%s: kind %q", r["file"], r["kind"])
		}
	}
}

// TestTruthOfIRC: a row about IRC says with which server, and how grave it is.
func TestTruthOfIRC(t *testing.T) {
	seen := map[string]int{}
	for _, r := range truth(t) {
		if r["service"] != "irc" {
			continue
		}
		if r["kind"] == "irc.c2" {
			seen[r["severity"]]++
		}
		if _, err := netip.ParseAddrPort(r["server"]); err != nil {
			t.Errorf("%s: %s: %v", r["file"], r["source"], err)
		}
		if (r["kind"] == "irc.c2") != (r["severity"] == "low" || r["severity"] == "high") {
			t.Errorf("%s: %s: %s of severity %q", r["file"], r["source"], r["kind"], r["severity"])
		}
		if r["severity"] == "high" && r["nick"] == "" {
			t.Errorf("%s: the bot %s has no nick", r["file"], r["source"])
		}
	}
	if seen["low"] == 0 || seen["high"] == 0 {
		t.Errorf("rows by severity: %v, want people and bots", seen)
	}
}

// TestTruthOfInfections: who infected whom had swept before, and there are two kinds of
// evidence about every compromised host.
func TestTruthOfInfections(t *testing.T) {
	kinds := map[string][]string{} // by file and source
	for _, r := range truth(t) {
		kinds[r["file"]+" "+r["source"]] = append(kinds[r["file"]+" "+r["source"]], r["kind"])
	}
	infections := 0
	for _, r := range truth(t) {
		if r["kind"] != "host.compromised" {
			continue
		}
		if got := kinds[r["file"]+" "+r["source"]]; len(got) < 3 {
			t.Errorf("%s: %s: no two kinds of evidence: %v", r["file"], r["source"], got)
		}
		if r["infected_by"] == "" {
			continue
		}
		infections++
		if !slices.Contains(kinds[r["file"]+" "+r["infected_by"]], "scan.fast") {
			t.Errorf("%s: %s did not sweep", r["file"], r["infected_by"])
		}
		if delay, err := strconv.ParseFloat(r["delay"], 64); err != nil || delay <= 0 || r["contact_time"] == "" {
			t.Errorf("%s: %s: contact at %q, delay %q", r["file"], r["source"], r["contact_time"], r["delay"])
		}
	}
	if infections != 1 {
		t.Errorf("%d infections, want that of the story", infections)
	}
}
