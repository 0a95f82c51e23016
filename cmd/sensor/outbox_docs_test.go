package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

// TestOutboxDocs does what docs/outbox.md shows, command by command, and holds that it is
// written so: all but times, what the records take on disk, and what is behind a line of
// three dots.
func TestOutboxDocs(t *testing.T) {
	docs, err := os.ReadFile("../../docs/outbox.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newOutboxSite(t)
	s.open(t)
	s.plain(t)
	s.shut(t)
	s.sensed(t)
	blocks := regexp.MustCompile("(?s)```\n\\$ wormwatch (outbox [^\n]*)\n(.*?)```").FindAllStringSubmatch(string(docs), -1)
	if len(blocks) < 5 {
		t.Fatalf("%d examples", len(blocks))
	}
	stamp := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`)
	same := func(text string) string {
		return outboxSizes.ReplaceAllString(stamp.ReplaceAllString(text, "TIME"), "(SIZE)")
	}
	for _, b := range blocks {
		args := strings.Fields(strings.Replace(b[1], "wormwatch.yaml", s.config, 1))
		got := command(t, nil, args...)
		shown, _, cut := strings.Cut(same(b[2]), "...\n")
		text := same(got.stdout)
		if cut {
			text = text[:min(len(text), len(shown))]
		}
		if got.code != 0 || text != shown {
			t.Errorf("%s: exit %d, %s\n%s\nthe documentation shows\n%s", b[1], got.code, got.stderr, text, shown)
		}
	}
}

// plain makes the dead letters anew with a reason that is no attack on a terminal.
func (s *outboxSite) plain(t *testing.T) {
	t.Helper()
	dead, err := s.store.List(true, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Drop(nil, true, true); err != nil {
		t.Fatal(err)
	}
	for _, e := range dead {
		ids := s.commit(t, e.Record)
		if err := s.store.Bury(ids, strings.TrimSuffix(e.Reason, "\x1b[2J"), e.Died); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOutboxReasons holds that the documentation has all reasons for which records are lost.
func TestOutboxReasons(t *testing.T) {
	docs, err := os.ReadFile("../../docs/health.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{outbox.Full, outbox.Age, outbox.QueueFull, outbox.DeadFull, outbox.Damaged} {
		if !strings.Contains(string(docs), "`"+reason+"`") {
			t.Errorf("docs/health.md does not say what %s is", reason)
		}
	}
}
