package lines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/size"
)

// begin opens PATH in a directory of its own.
func begin(t *testing.T, cfg Config) (*File, string) {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "findings.jsonl")
	}
	f, err := Open(cfg, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, cfg.Path
}

func say(t *testing.T, f *File, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if _, err := f.Write([]byte(l + "\n")); err != nil {
			t.Fatal(err)
		}
	}
}

// holds compares files with their lines.
func holds(t *testing.T, want map[string]string) {
	t.Helper()
	for path, lines := range want {
		b, err := os.ReadFile(path)
		if got := strings.Join(strings.Fields(string(b)), " "); err != nil || got != lines {
			t.Errorf("%s: %q, %v, want %q", path, got, err, lines)
		}
	}
}

func absent(t *testing.T, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if exists(p) {
			t.Errorf("%s is there", p)
		}
	}
}

func TestAppends(t *testing.T) {
	f, path := begin(t, named(filepath.Join(t.TempDir(), "f")))
	say(t, f, "one", "two")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f, _ = begin(t, named(path))
	say(t, f, "three")
	holds(t, map[string]string{path: "one two three"})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if f.Out() != f.file.f {
		t.Error("lines go elsewhere")
	}
}

func named(path string) Config {
	c := DefaultConfig()
	c.Path = path
	return c
}

// TestBeginsOnALineOfItsOwn behind what a full disk left at the end.
func TestBeginsOnALineOfItsOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "findings.jsonl")
	if err := os.WriteFile(path, []byte("one\ntw"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, _ := begin(t, named(path))
	say(t, f, "three", "four")
	b, err := os.ReadFile(path)
	if string(b) != "one\ntw\nthree\nfour\n" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestRotates: no file is larger than is asked for unless one line is, no line is parted,
// the order stays, and no more files are kept than are asked for.
func TestRotates(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(dir, "f")
		cfg := Config{Path: path, MaxSize: size.Size(rapid.IntRange(1, 60).Draw(rt, "max")), Keep: rapid.IntRange(0, 4).Draw(rt, "keep")}
		f, err := Open(cfg, nil, nil)
		if err != nil {
			rt.Fatal(err)
		}
		defer f.Close()
		var all strings.Builder
		for i := range rapid.IntRange(0, 40).Draw(rt, "lines") {
			line := fmt.Sprintf("%d%s\n", i, strings.Repeat("x", rapid.IntRange(0, 25).Draw(rt, "length")))
			all.WriteString(line)
			if n, err := f.Write([]byte(line)); err != nil || n != len(line) {
				rt.Fatal(n, err)
			}
		}
		var kept string
		for i := cfg.Keep + 1; i >= 0; i-- {
			b, err := os.ReadFile(f.file.name(i))
			if err != nil {
				continue
			}
			if i > cfg.Keep {
				rt.Fatalf("%s is kept", f.file.name(i))
			}
			if int64(len(b)) > int64(cfg.MaxSize) && strings.Count(string(b), "\n") > 1 {
				rt.Fatalf("%d octets: %q", len(b), b)
			}
			if len(b) > 0 && b[len(b)-1] != '\n' {
				rt.Fatalf("a line is parted: %q", b)
			}
			kept += string(b)
		}
		if !strings.HasSuffix(all.String(), kept) {
			rt.Fatalf("%q is not the end of %q", kept, all.String())
		}
		if s := f.Stats(); s.Rotated <= uint64(cfg.Keep) && kept != all.String() {
			rt.Fatalf("%+v, and %q is not %q", s, kept, all.String())
		}
	})
}

func TestFewerAreKept(t *testing.T) {
	f, path := begin(t, Config{MaxSize: 1, Keep: 4})
	say(t, f, "1", "2", "3", "4", "5", "6")
	holds(t, map[string]string{path: "6", path + ".1": "5", path + ".4": "2"})
	f, _ = begin(t, Config{Path: path, MaxSize: 1, Keep: 2})
	say(t, f, "7")
	holds(t, map[string]string{path: "7", path + ".1": "6", path + ".2": "5"})
	absent(t, path+".3", path+".4")
}

// TestInherits: whom the administrator lets read a file may read the next one too.
func TestInherits(t *testing.T) {
	f, path := begin(t, Config{MaxSize: 1, Keep: 1})
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 12, 34); err != nil {
			t.Fatal(err)
		}
	}
	say(t, f, "1", "2") // it was opened before: what counts is what it is now
	before, err := os.Stat(path + ".1")
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || after.Mode() != before.Mode() || owner(after) != owner(before) {
		t.Errorf("%v %s, before %v %s, %v", after.Mode(), owner(after), before.Mode(), owner(before), err)
	}
}

func TestMoved(t *testing.T) {
	for name, move := range map[string]func(path string) error{
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"removed": os.Remove,
		"replaced": func(path string) error {
			if err := os.Rename(path, path+".old"); err != nil {
				return err
			}
			return os.WriteFile(path, nil, 0o600)
		},
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		f, path := begin(t, named(filepath.Join(t.TempDir(), "f")))
		say(t, f, "one")
		if err := move(path); err != nil {
			t.Fatal(err)
		}
		say(t, f, "two", "three")
		holds(t, map[string]string{path: "two three"})
		if name == "moved" || name == "replaced" {
			holds(t, map[string]string{path + ".old": "one"})
		}
	}
}

// TestLinks: what is renamed is the file, and not a link to it.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	f, _ := begin(t, Config{Path: link, MaxSize: 1, Keep: 1})
	say(t, f, "1", "2")
	holds(t, map[string]string{link: "2", real: "2", real + ".1": "1"})
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

// TestOwnFilesAreNotRotated: a name of what the process has open is nobody's to rename.
func TestOwnFilesAreNotRotated(t *testing.T) {
	g, err := os.Create(filepath.Join(t.TempDir(), "redirected"))
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	f, path := begin(t, Config{Path: fmt.Sprintf("/proc/self/fd/%d", g.Fd()), MaxSize: 1, Keep: 1})
	say(t, f, "1", "2", "3")
	holds(t, map[string]string{g.Name(): "1 2 3"})
	absent(t, g.Name()+".1", path+".1")
}
