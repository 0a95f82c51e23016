package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-seeds one", "-seeds one"},
		{"-networks windy", "-networks windy"},
		{"-disturb outage", "-disturb outage"},
		{"-disturb weather=2", "weather"},
		{"-trace nobody", "-trace"},
		{"-s detect.slow.scores=1", "detect.slow.scores"},
		{"-workstations 3 -short", "workstations"},
	} {
		if _, err := run(context.Background(), strings.Fields(c.args), &strings.Builder{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error about %q, got %v", c.args, c.want, err)
		}
	}
}

// Flags count on top of -short, wherever it stands, and reach the run.
func TestFlags(t *testing.T) {
	c, err := parse(strings.Fields("-trials 3 -disturb dark=10 -short -churn 0.5 -s detect.slow.score=30 -seeds 4,5 -alive 0.33"))
	if err != nil {
		t.Fatal(err)
	}
	p := c.params
	if p.Workstations != 5000 || p.Trials != 3 || p.Churn != 0.5 || p.DarkRate != 0.2 {
		t.Errorf("parameters %+v", p)
	}
	if c.opt.Detect.Slow.Score != 30 || len(c.seeds) != 2 || c.seeds[1] != 5 || c.networks[0].Alive != 0.33 {
		t.Errorf("score %g, seeds %v, networks %v", c.opt.Detect.Slow.Score, c.seeds, c.networks)
	}
}

// A small report holds all its tables, and says so when a goal is missed.
func TestReport(t *testing.T) {
	var out strings.Builder
	args := "-short -networks sparse -workstations 2500 -days 9 -trials 2 -markdown -s detect.slow.score=1000 -s detect.slow.watch=900"
	met, err := run(context.Background(), strings.Fields(args), &out)
	if err != nil {
		t.Fatal(err)
	}
	if met {
		t.Error("all goals met by a sensor whose slow rule is out of reach")
	}
	for _, want := range []string{"## sparse network", "### Hosts alerted", "### Scanners found", "### Beside older methods", "### Goals, sparse", "### Cold start", "| FAIL |", "2 runs, seeds [1]"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

func TestSweep(t *testing.T) {
	var out strings.Builder
	doc := filepath.Join(t.TempDir(), "doc.md")
	before := "head\n<!-- disturbances -->\nold\n<!-- /disturbances -->\ntail\n"
	if err := os.WriteFile(doc, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	args := "-short -networks dense -days 1 -trials 2 -sweep -into " + doc
	if _, err := run(context.Background(), strings.Fields(args), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"none", "outage x2", "link x10", "stale x10", "churn x2", "dark x10"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks a row for %q", want)
		}
	}
	after, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := "head\n<!-- disturbances -->\n" + strings.TrimSpace(out.String()) + "\n\n<!-- /disturbances -->\ntail\n"
	if string(after) != want {
		t.Errorf("document:\n%s\nwant:\n%s", after, want)
	}
	if err := section(doc, "report", nil); err == nil {
		t.Error("a document without the marks is taken")
	}
}
