package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"github.com/wormwatch/wormwatch/internal/state"
)

// blocklistSite is a directory with two lists, a configuration, and what a sensor kept.
type blocklistSite struct{ dir, config, state, feed, other string }

func newBlocklistSite(t *testing.T) blocklistSite {
	t.Helper()
	dir := t.TempDir()
	s := blocklistSite{
		dir: dir, config: filepath.Join(dir, "wormwatch.yaml"), state: filepath.Join(dir, "state"),
		feed: filepath.Join(dir, "feed.txt"), other: filepath.Join(dir, "other.csv"),
	}
	for path, text := range map[string]string{
		s.feed:   "# a feed\n198.51.100.7\n203.0.113.0/24\n192.0.2.1-192.0.2.9\nwhat?\n",
		s.other:  "id;ip\n1;203.0.113.9\n",
		s.config: fmt.Sprintf("blocklists:\n  - {name: feed, path: %s, max_age: 24h}\n  - {name: other, path: %s, column: ip}\n", s.feed, s.other),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-3 * 24 * time.Hour)
	if err := os.Chtimes(s.feed, old, old); err != nil {
		t.Fatal(err)
	}
	return s
}

// sensed has a sensor see contacts of both lists, and keep them.
func (s *blocklistSite) sensed(t *testing.T) {
	t.Helper()
	set := blocklist.New([]blocklist.Config{{Name: "feed", Path: s.feed}, {Name: "other", Path: s.other, Column: "ip"}})
	set.Refresh(time.Date(2026, 5, 1, 6, 30, 0, 0, time.UTC))
	now := packettest.Start
	set.Watch(now)
	for i, ip := range []string{"203.0.113.9", "198.51.100.7", "203.0.113.8"} {
		for _, h := range set.Lookup(packet.AddrFrom(netip.MustParseAddr(ip)), nil) {
			if i == 2 {
				set.Knocked(h, now.Add(2*time.Hour))
			} else {
				set.Contacted(h, now.Add(time.Duration(i)*time.Hour))
			}
		}
	}
	set.Watch(now.Add(3 * time.Hour))
	if err := state.Save(filepath.Join(s.state, blocklistFile), blocklist.Format, blocklist.Version, set.Save); err != nil {
		t.Fatal(err)
	}
}

func (s *blocklistSite) stats(t *testing.T, args ...string) result {
	t.Helper()
	return command(t, nil, append([]string{"blocklist", "stats", "-c", s.config}, args...)...)
}

// squeezed is a text with its columns one blank apart.
func squeezed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

func TestBlocklistStats(t *testing.T) {
	s := newBlocklistSite(t)
	s.sensed(t)
	got := s.stats(t, "-s", "state.path="+s.state)
	stamp := func(path string) string {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime().UTC().Format("2006-01-02 15:04 UTC")
	}
	const loaded, counted = "2026-05-01 06:30 UTC", "2006-09-04 08:00 UTC 2006-09-04 11:00 UTC"
	want := strings.Join([]string{
		"list entries matched never garbage file of age loaded counted from to",
		"feed 3 2 1 1 " + stamp(s.feed) + " 3 days (old) " + loaded + " " + counted,
		"other 1 1 0 0 " + stamp(s.other) + " 0 minutes " + loaded + " " + counted,
		"",
		"list entry line contacts knocks first match last match",
		"feed 203.0.113.0/24 3 1 1 2006-09-04 08:00 UTC 2006-09-04 10:00 UTC",
		"feed 198.51.100.7 2 1 0 2006-09-04 09:00 UTC 2006-09-04 09:00 UTC",
		"other 203.0.113.9 2 1 0 2006-09-04 08:00 UTC 2006-09-04 08:00 UTC",
		"",
		"feed: 1 of 3 entries never matched; --all shows them",
		"",
	}, "\n")
	if got.code != 0 || squeezed(got.stdout) != want {
		t.Errorf("exit %d\n%s\nwant\n%s", got.code, got.stdout, want)
	}
	for _, says := range []string{s.feed + `:5: "what?" is no address, prefix or range`, s.feed + ": has not changed for 72h, its max_age is 24h"} {
		if !strings.Contains(got.stderr, says) {
			t.Errorf("%q does not say %q", got.stderr, says)
		}
	}
	all := s.stats(t, "-s", "state.path="+s.state, "--all")
	if !strings.Contains(squeezed(all.stdout), "\nfeed 192.0.2.1-192.0.2.9 4 0 0 - -\nother ") || strings.Contains(all.stdout, "--all") {
		t.Errorf("exit %d\n%s", all.code, all.stdout)
	}
}

func TestBlocklistStatsAsJSON(t *testing.T) {
	s := newBlocklistSite(t)
	s.sensed(t)
	got := s.stats(t, "-s", "state.path="+s.state, "--all", "--json")
	var r blocklistReport
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != 0 {
		t.Fatalf("exit %d: %v\n%s", got.code, err, got.stdout)
	}
	if r.State != s.state || len(r.Lists) != 2 {
		t.Fatalf("%+v", r)
	}
	f := r.Lists[0]
	var entries []string
	for _, e := range f.Entries {
		entries = append(entries, e.Entry)
	}
	if f.Name != "feed" || f.Size != 3 || f.Matched != 2 || f.Never != 1 || f.Garbage != 1 || !f.Old || f.MaxAge != 86400 ||
		f.Age < 3*86400 || f.Error != "" || f.Loaded == nil || f.From == nil || !f.Until.Equal(packettest.Start.Add(3*time.Hour).UTC()) ||
		!slices.Equal(entries, []string{"203.0.113.0/24", "198.51.100.7", "192.0.2.1-192.0.2.9"}) || f.Entries[2].Last != nil {
		t.Errorf("%+v", f)
	}
}

// Whoever only looks moves nothing, not even what it cannot read.
func TestBlocklistStatsWithoutState(t *testing.T) {
	s := newBlocklistSite(t)
	got := s.stats(t)
	if got.code != 0 || !strings.Contains(got.stdout, "\nno state directory is configured (state.path)") || !strings.Contains(squeezed(got.stdout), "feed 3 - - 1 ") {
		t.Errorf("exit %d\n%s", got.code, got.stdout)
	}
	got = s.stats(t, "-s", "state.path="+s.state)
	if got.code != 0 || !strings.Contains(got.stdout, s.state+": no sensor with blocklists has kept anything there yet\n") {
		t.Errorf("exit %d\n%s", got.code, got.stdout)
	}
	if _, err := os.Stat(s.state); err == nil {
		t.Error("the state directory was created")
	}
	s.sensed(t)
	file := filepath.Join(s.state, blocklistFile)
	if err := os.Truncate(file, 40); err != nil {
		t.Fatal(err)
	}
	got = s.stats(t, "-s", "state.path="+s.state)
	if got.code != 1 || !strings.Contains(got.stderr, file+": damaged: ") || !strings.Contains(squeezed(got.stdout), "feed 3 - - 1 ") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if entries, err := os.ReadDir(s.state); err != nil || len(entries) != 1 || entries[0].Name() != blocklistFile {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestBlocklistStatsOfMissingLists(t *testing.T) {
	if got := command(t, nil, "blocklist", "stats"); got.code != 0 || got.stdout != "no blocklists are configured: name their files under blocklists\n" {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if got := command(t, nil, "blocklist", "stats", "--json"); got.code != 0 || got.stdout != "{\n  \"state\": \"\",\n  \"lists\": []\n}\n" {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	s := newBlocklistSite(t)
	if err := os.Remove(s.feed); err != nil {
		t.Fatal(err)
	}
	got := s.stats(t)
	if got.code != 1 || !strings.Contains(got.stderr, s.feed+": no such file or directory: fetch the list") || !strings.Contains(squeezed(got.stdout), "\nother 1 - - 0 ") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestBlocklistUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "no command is named"},
		{[]string{"stat"}, `unknown command "stat" for "wormwatch blocklist"`},
		{[]string{"stats", "x"}, `wormwatch blocklist stats takes no arguments: ["x"]`},
		{[]string{"stats", "-c", "none.yaml"}, "none.yaml: no such file or directory"},
		{[]string{"stats", "-s", "blocklists=[{name: a}]"}, "[0].path: is missing: name the file of the list"},
	} {
		got := command(t, nil, append([]string{"blocklist"}, c.args...)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%q: exit %d\n%s%s", c.args, got.code, got.stdout, got.stderr)
		}
	}
	if got := command(t, nil, "blocklist", "stats", "--help"); got.code != 0 || !strings.Contains(got.stdout, "--json") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
}

func TestAgeText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0 minutes", 119 * time.Minute: "119 minutes", 2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours", 49 * time.Hour: "2 days",
	} {
		if got := ageText(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
