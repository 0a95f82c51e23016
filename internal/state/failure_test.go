package state

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// survives checks that a Save that failed left the old file, and nothing else.
func survives(t *testing.T, path string, err error, says ...string) {
	t.Helper()
	for _, s := range append(says, path) {
		if err == nil || !strings.Contains(err.Error(), s) {
			t.Errorf("%v does not say %q", err, s)
		}
	}
	var got string
	var version uint16
	if err := Load(path, "memory", 2, into(&got, &version)); err != nil || got != body {
		t.Errorf("what was saved before: %q, %v", got, err)
	}
	if got := names(t, path); !slices.Equal(got, []string{"memory"}) {
		t.Errorf("files %q", got)
	}
}

func TestFailingWriterLeavesTheOldFile(t *testing.T) {
	path := saved(t)
	err := Save(path, "memory", 2, func(w io.Writer) error {
		_, _ = w.Write(make([]byte, 1<<20))
		return errors.New("no more")
	})
	survives(t, path, err, "no more", "what was saved before stays")
}

// A limit of the file's size fails a write as a full disk does: in the middle.
func TestFullDiskLeavesTheOldFile(t *testing.T) {
	path := saved(t)
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := func(r unix.Rlimit) {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &r); err != nil {
			t.Fatal(err)
		}
	}
	limit(unix.Rlimit{Cur: 1 << 16, Max: old.Max})
	err := Save(path, "memory", 2, says(strings.Repeat("x", 1<<18)))
	limit(old)
	survives(t, path, err, "make room for it in "+filepath.Dir(path))
}

// asNobody runs step as a user without rights of its own.
func asNobody(t *testing.T, step func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if os.Geteuid() != 0 {
		step() // nobody in particular already
		return
	}
	if err := unix.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer unix.Setfsuid(0)
	step()
}

func TestNoPermission(t *testing.T) {
	path := saved(t)
	dir := filepath.Dir(path)
	mode := func(m os.FileMode) {
		if err := os.Chmod(dir, m); err != nil {
			t.Fatal(err)
		}
	}
	mode(0)
	asNobody(t, func() {
		for _, err := range []error{
			Save(path, "memory", 2, says("new")),
			Load(path, "memory", 2, never(t)),
		} {
			if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "let the user that wormwatch runs as read and write in "+dir) {
				t.Error(err)
			}
		}
	})
	mode(0o700)
	survives(t, path, errors.New(path))
}

// A file that cannot be set aside is no file to start afresh beside: it would be
// overwritten.
func TestCannotBeSetAside(t *testing.T) {
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "memory")
	if err := os.WriteFile(path, []byte("?"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	asNobody(t, func() {
		err := Load(path, "memory", 2, never(t))
		var aside *SetAside
		if errors.As(err, &aside) || !errors.Is(err, ErrDamaged) || !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
	})
}

func TestNoFile(t *testing.T) {
	path := saved(t)
	pipe, below := filepath.Join(filepath.Dir(path), "pipe"), filepath.Join(path, "memory")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, says string
		err        error
	}{
		{pipe, "is no ordinary file: move it away", Load(pipe, "memory", 2, never(t))},
		{filepath.Dir(path), "is no ordinary file", Load(filepath.Dir(path), "memory", 2, never(t))},
		{below, "has to be a directory", Load(below, "memory", 2, never(t))},
		{below, "has to be a directory", Save(below, "memory", 2, says("new"))},
		{path, "a name has 1 to 14 octets", Save(path, "a name too long", 2, says("new"))},
		{path, "a name has 1 to 14 octets", Save(path, "", 2, says("new"))},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.path, c.err, c.says)
		}
	}
}

// What a Save left that was killed goes at the next start, and nothing else does.
func TestLeftoversGo(t *testing.T) {
	path := saved(t)
	dir := filepath.Dir(path)
	for _, n := range []string{".memory.tmp-123", ".memories.tmp-1", "memory.tmp-1"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	var version uint16
	if err := Load(path, "memory", 2, into(&got, &version)); err != nil || got != body {
		t.Errorf("%q, %v", got, err)
	}
	if got := names(t, path); !slices.Equal(got, []string{".memories.tmp-1", "memory", "memory.tmp-1"}) {
		t.Errorf("files %q", got)
	}
}
