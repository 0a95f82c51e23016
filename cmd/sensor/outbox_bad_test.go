package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/control"
)

func TestOutboxUsage(t *testing.T) {
	for args, says := range map[string]string{
		"":                         "no command is named",
		"nosuch":                   `unknown command "nosuch"`,
		"list":                     "no outbox is configured: write its directory into publish.outbox.path",
		"list x":                   "wormwatch outbox list takes no arguments",
		"list --limit -1":          "invalid argument",
		"dead -c none.yaml":        "none.yaml: no such file",
		"list --path=":             "--path: is empty",
		"show":                     "wormwatch outbox show needs the id of one record",
		"show a b":                 "wormwatch outbox show needs the id of one record",
		"retry":                    "wormwatch outbox retry needs the ids of records, or --all",
		"drop":                     "wormwatch outbox drop needs the ids of records, or --all",
		"drop --dead":              "wormwatch outbox drop needs the ids of records, or --all",
		"drop a --all":             "wormwatch outbox drop takes ids or --all, and not both",
		"retry -s a.b=c --all":     "--set a.b: unknown key",
		"drop --all --path x -s y": "--set",
	} {
		got := command(t, nil, append([]string{"outbox"}, strings.Fields(args)...)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, says) {
			t.Errorf("%q: exit %d\n%s%s", args, got.code, got.stdout, got.stderr)
		}
	}
}

// TestOutboxIsNotMade holds that who looks at an outbox that is not there makes none.
func TestOutboxIsNotMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	for _, there := range []bool{false, true} {
		if there {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		got := command(t, nil, "outbox", "list", "--path", dir)
		if got.code != 1 || !strings.HasPrefix(got.stderr, dir+": there is no outbox (outbox.db)") {
			t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		files, err := os.ReadDir(dir)
		if len(files) > 0 || there && err != nil || !there && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v, %v", files, err)
		}
	}
}

func TestOutboxUnknownID(t *testing.T) {
	both(t, func(t *testing.T, s *outboxSite, _ bool) {
		long := strings.Repeat("u", 5000)
		for id, says := range map[string]string{
			"none":   "none: the outbox has no such record",
			"3f2":    "3f2: the outbox has no such record", // shorter than four
			"\x1b[J": `\u001b[J: the outbox has no such record`,
			long:     "u: ",
		} {
			if got := s.run(t, "show", id); got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, says) {
				t.Errorf("%.20q: exit %d\n%.200s%.200s", id, got.code, got.stdout, got.stderr)
			}
		}
	})
}

func TestOutboxAmbiguousID(t *testing.T) {
	s := newOutboxSite(t)
	s.open(t)
	r := s.twin(t)
	s.shut(t)
	got := s.run(t, "drop", scanUID[:4])
	if got.code != 1 || !strings.Contains(got.stderr, "3f2a: more than one record begins so") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if got := s.run(t, "drop", r); got.code != 0 {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// twin adds a record whose identity begins as that of another, and returns it.
func (s *outboxSite) twin(t *testing.T) string {
	t.Helper()
	entries, err := s.store.List(false, 0, 1)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	r := entries[0].Record
	r.UID = scanUID[:10] + strings.Repeat("0", 22)
	s.commit(t, r)
	return r.UID
}

// TestOutboxInUse holds that where somebody has the outbox and does not answer, that is
// what is said, and who it is.
func TestOutboxInUse(t *testing.T) {
	s := newOutboxSite(t)
	s.open(t)
	got := s.run(t, "list")
	if got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, s.dir) || !strings.Contains(got.stderr, "nobody answers on "+control.Socket) {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// TestOutboxWaitsForOther holds that a command waits for one that has just begun or ends.
func TestOutboxWaitsForOther(t *testing.T) {
	s := newOutboxSite(t)
	s.open(t)
	listed := make(chan result)
	go func() { listed <- s.run(t, "list") }()
	time.Sleep(500 * time.Millisecond) // for it to find the outbox in use, several times
	s.shut(t)
	if got := <-listed; got.code != 0 {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// TestOutboxDamaged holds that a damaged outbox is said to be one, and what is whole of it
// is shown.
func TestOutboxDamaged(t *testing.T) {
	s := newOutboxSite(t)
	path := filepath.Join(s.dir, outboxFile)
	if err := os.WriteFile(path, []byte(strings.Repeat("no outbox\n", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	got := s.run(t, "list")
	if got.code != 0 || !strings.HasPrefix(got.stdout, "nothing waits") || !strings.Contains(got.stderr, path+".damaged-1") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// TestOutboxOfAnotherUser holds that root leaves nothing of its own in the directory of a
// sensor that runs as another user: that sensor could not start any more.
func TestOutboxOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("needs root, to make files of another user")
		}
		t.Skip("needs root, to make files of another user")
	}
	s := newOutboxSite(t)
	const nobody = 65534
	top := filepath.Dir(s.dir)
	for _, dir := range []string{s.dir, top, filepath.Dir(top)} { // the test's own
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	names, err := filepath.Glob(filepath.Join(s.dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range append(names, s.dir) {
		if err := os.Chown(name, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	// A damaged file is set aside and begun anew: that makes files.
	if err := os.Truncate(filepath.Join(s.dir, outboxFile), 5000); err != nil {
		t.Fatal(err)
	}
	cmd := process(t, "outbox", "list", "--path", s.dir)
	said, err := cmd.CombinedOutput()
	if code(t, err) != 0 || !strings.Contains(string(said), ".damaged-1") {
		t.Errorf("%v\n%s", err, said)
	}
	names, _ = filepath.Glob(filepath.Join(s.dir, "*"))
	if len(names) < 3 {
		t.Errorf("%q", names)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || ownerOf(info) != nobody {
			t.Errorf("%s: of user %d, %v", name, ownerOf(info), err)
		}
	}
}

func ownerOf(info fs.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Uid }
