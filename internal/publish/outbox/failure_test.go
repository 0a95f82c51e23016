package outbox

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// limited runs step while no file may grow beyond size octets: a write then fails as on a
// full disk, in the middle.
func limited(t *testing.T, size uint64, step func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}()
	step()
}

// tmpfs returns a directory on a file system of that many octets of its own. It is in
// memory: what asks for a thousand syncs is not to wait for the disk.
func tmpfs(t testing.TB, octets string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+octets); err != nil {
		t.Fatalf("mount (this test needs root): %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill adds records one by one until that fails, and returns how many are in and why.
func fill(s *Store, from, octets int) (n int, err error) {
	for i := from; i < from+10_000; i++ {
		if _, err = s.Commit([]record.Record{rec(i, alert.Create, alert.High, octets)}, nil, nil); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// recovers checks that a store that had no room has lost nothing, and goes on when there
// is room again.
func recovers(t *testing.T, s *Store, n int, err error) {
	t.Helper()
	if n == 0 || err == nil || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "make room for it in "+filepath.Dir(s.path)) {
		t.Fatalf("%d were added, then: %v", n, err)
	}
	if got := all(t, s, false); len(got) != n || s.Stats().Records != uint64(n) {
		t.Fatalf("%d entries of %d, %+v", len(got), n, s.Stats())
	}
}

func TestFullDisk(t *testing.T) {
	dir := tmpfs(t, "4m")
	s := reopened(t, dir, DefaultConfig())
	n, err := fill(s, 0, 3000)
	recovers(t, s, n, err)
	// It is full, not broken: what is acknowledged goes, and makes room.
	for round := range 30 {
		some, err := s.Next(0, 10, 1<<20)
		if err != nil || len(some) == 0 {
			t.Fatalf("round %d: %d entries, %v", round, len(some), err)
		}
		var done []uint64
		for _, e := range some {
			done = append(done, e.ID)
		}
		if _, err = s.Commit(nil, done, nil); err != nil {
			t.Fatalf("round %d: acknowledge: %v", round, err)
		}
		n -= len(done)
		if _, err = s.Commit([]record.Record{rec(20_000+round, alert.Create, alert.High, 3000)}, nil, nil); err != nil {
			t.Fatalf("round %d: add: %v", round, err)
		}
		n++
	}
	if got := all(t, s, false); len(got) != n {
		t.Errorf("%d entries of %d", len(got), n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := all(t, reopened(t, dir, DefaultConfig()), false); len(got) != n {
		t.Errorf("%d entries of %d after the start", len(got), n)
	}
}

// A file that may not grow fails otherwise than a full disk: when it is enlarged. The limit
// holds for the whole process, and is far above what else is written.
func TestFileLimit(t *testing.T) {
	s := reopened(t, tmpfs(t, "256m"), DefaultConfig())
	limited(t, 64<<20+5000, func() {
		n, err := fill(s, 0, 900_000)
		recovers(t, s, n, err)
		for range 3 {
			m, err := fill(s, n, 900_000)
			if m > 5 || err == nil {
				t.Fatalf("%d more: %v", m, err)
			}
			n += m
		}
	})
	if _, err := s.Commit([]record.Record{rec(90_000, alert.Create, alert.High, 900_000)}, nil, nil); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if _, err := look(s.path, func(_, _, _ []byte) error { return nil }); err != nil {
		t.Error(err)
	}
}

// A damaged file that there is no room to salvage stays where it is.
func TestNoRoomToSalvage(t *testing.T) {
	file, in := filled(t, 120, 3000)
	file[3*pageSize] ^= 1
	file[5*pageSize+20] ^= 0xff
	dir := tmpfs(t, strconv.Itoa(len(file)+100_000))
	path := filepath.Join(dir, fileName)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(dir, DefaultConfig())
	var aside *Aside
	if err == nil || errors.As(err, &aside) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("%v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(file) {
		t.Errorf("the file is not as it was: %v", err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := unix.Mount("tmpfs", dir, "", unix.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	survives(t, dir, file, in)
}

func TestReadOnly(t *testing.T) {
	dir := tmpfs(t, "4m")
	if err := unix.Mount("tmpfs", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Join(dir, "new")} {
		_, err := Open(d, DefaultConfig())
		if !errors.Is(err, unix.EROFS) || !strings.Contains(err.Error(), "let the user that wormwatch runs as read and write in "+d) {
			t.Error(err)
		}
	}
}

func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if os.Geteuid() == 0 {
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	if _, err := Open(dir, DefaultConfig()); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "let the user that wormwatch runs as") {
		t.Error(err)
	}
}

func TestNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, DefaultConfig()); err == nil || !strings.Contains(err.Error(), "publish.outbox.path has to be a directory") {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, DefaultConfig()); err == nil || !strings.Contains(err.Error(), "is no ordinary file: move it away") {
		t.Error(err)
	}
}

// A second sensor is told who the first is, and the first does not notice.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	s := reopened(t, dir, DefaultConfig())
	for _, by := range []string{"this process", "another"} {
		var err error
		if by == "another" {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), victim+"="+dir)
			out, _ := cmd.Output() // it ends with 1
			err = errors.New(string(out))
		} else {
			_, err = Open(dir, DefaultConfig())
			var locked *Locked
			if !errors.As(err, &locked) || locked.PID != os.Getpid() || locked.Dir != dir {
				t.Fatal(err)
			}
		}
		for _, says := range []string{"process " + strconv.Itoa(os.Getpid()), "stop that one", "publish.outbox.path"} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %q does not say %q", by, err, says)
			}
		}
	}
	must(t, s, rec(1, alert.Create, alert.High, 10))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s := reopened(t, dir, DefaultConfig()); s.Stats().Records != 1 {
		t.Errorf("%+v", s.Stats())
	}
}

// Some other program that has the file open, as bbolt's own, is not waited for.
func TestLockedByATool(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var locked *Locked
	if _, err := Open(dir, DefaultConfig()); !errors.As(err, &locked) || !strings.Contains(err.Error(), "another process uses it") {
		t.Error(err)
	}
}
