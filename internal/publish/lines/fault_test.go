package lines

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func owner(info os.FileInfo) string {
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprint(s.Uid, ":", s.Gid)
}

// root skips a test that needs its rights; CI has them.
func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("needs root")
	}
	t.Skip("needs root")
}

// alone runs step on a thread that nobody uses afterwards, so that it may change what a
// thread sees and may do.
func alone(step func()) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		defer close(done)
		step()
	}()
	<-done
}

// tiny mounts a disk of 64 KiB at dir, for this thread only.
func tiny(t *testing.T, dir string) bool {
	t.Helper()
	err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS)
	if err == nil {
		err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	if err == nil {
		err = unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k")
	}
	if err != nil {
		t.Errorf("a disk of its own: %v", err)
	}
	return err == nil
}

// TestFullDisk: a full disk loses lines and nothing else, is told of once, and once there
// is room lines are whole again.
func TestFullDisk(t *testing.T) {
	root(t)
	dir := t.TempDir()
	alone(func() {
		if !tiny(t, dir) {
			return
		}
		path, ballast := filepath.Join(dir, "f"), filepath.Join(dir, "ballast")
		var told []Change
		f, err := Open(Config{Path: path, MaxSize: 1 << 20, Keep: 1}, nil, func(c Change) { told = append(told, c) })
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		f.settle = 0
		if err := os.WriteFile(ballast, make([]byte, 48<<10), 0o600); err != nil {
			t.Error(err)
		}
		line := []byte(strings.Repeat("x", 999) + "\n")
		lost := 0
		for range 30 {
			if _, err := f.Write(line); err != nil {
				lost++
				if !errors.Is(err, syscall.ENOSPC) || Remedy(err) != "Make room on the disk of publish.lines.path." {
					t.Errorf("%v", err)
				}
			}
		}
		if lost < 10 || len(told) != 1 || !told[0].Losing {
			t.Errorf("%d lost, told %+v", lost, told)
		}
		if err := os.Remove(ballast); err != nil {
			t.Error(err)
		}
		for range 10 {
			if _, err := f.Write(line); err != nil {
				t.Error(err)
			}
		}
		if len(told) != 2 || told[1].Err != nil || told[1].Lost != uint64(lost) {
			t.Errorf("%d lost, told %+v", lost, told)
		}
		b, err := os.ReadFile(path)
		whole, parts := strings.Count(string(b), string(line)), 0
		for l := range strings.Lines(string(b)) {
			if l != string(line) {
				parts++
			}
		}
		if s := f.Stats(); err != nil || uint64(whole) != s.Written || s.Lost != uint64(lost) || whole+lost != 40 || parts > 1 {
			t.Errorf("%d whole lines and %d parts of one, %+v, %v", whole, parts, s, err)
		}
	})
}

// powerless runs step without the rights to pass over permissions.
func powerless(t *testing.T, step func()) {
	t.Helper()
	alone(func() {
		if os.Geteuid() == 0 {
			if err := unix.Setfsuid(65534); err != nil {
				t.Error(err)
				return
			}
		}
		step()
	})
}

// locked makes a directory in which nobody may make or rename anything, with a file that
// everybody may write.
func locked(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "f")
	for p := dir; p != os.TempDir() && p != "/"; p = filepath.Dir(p) {
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	return dir, path
}

// TestCannotRotate: a file that cannot be renamed grows on, and that is told.
func TestCannotRotate(t *testing.T) {
	_, path := locked(t)
	powerless(t, func() {
		var told []Change
		f, err := Open(Config{Path: path, MaxSize: 1, Keep: 1}, nil, func(c Change) { told = append(told, c) })
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		for _, l := range []string{"1\n", "2\n", "3\n"} {
			if _, err := f.Write([]byte(l)); err != nil {
				t.Error(err)
			}
		}
		holds(t, map[string]string{path: "1 2 3"})
		if len(told) != 1 || told[0].Losing || !strings.Contains(told[0].Err.Error(), "grows beyond max_size") ||
			!strings.HasPrefix(Remedy(told[0].Err), "Let the user") {
			t.Errorf("%+v", told)
		}
	})
}

// TestMovedForGood: as long as no new file can be made, what is written goes into the one
// that was moved; if that one was removed, it is lost.
func TestMovedForGood(t *testing.T) {
	dir, path := locked(t)
	step := func(do func() error) {
		if err := errors.Join(os.Chmod(dir, 0o755), do(), os.Chmod(dir, 0o555)); err != nil {
			t.Error(err)
		}
	}
	var told []Change
	f, err := Open(Config{Path: path, MaxSize: 1 << 20, Keep: 1}, nil, func(c Change) { told = append(told, c) })
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.settle = 0
	write := func(line string) (err error) {
		powerless(t, func() { _, err = f.Write([]byte(line + "\n")) })
		return err
	}
	step(func() error { return os.Rename(path, path+".old") })
	if err := write("one"); err != nil || len(told) != 1 || told[0].Losing || !strings.Contains(told[0].Err.Error(), "moved away") {
		t.Errorf("%v, %+v", err, told)
	}
	holds(t, map[string]string{path + ".old": "one"})
	step(func() error { return os.Remove(path + ".old") })
	if err := write("two"); !errors.Is(err, os.ErrPermission) || len(told) != 2 || !told[1].Losing {
		t.Errorf("%v, %+v", err, told)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Error(err)
	}
	if err := write("three"); err != nil || len(told) != 3 || told[2].Err != nil || told[2].Lost != 1 {
		t.Errorf("%v, %+v", err, told)
	}
	holds(t, map[string]string{path: "three"})
}

// TestPipes: one whose reader went away loses lines, and has them again with the next
// reader; one without a reader does not hold the sensor up.
func TestPipes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	mkfifo := func() {
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mkfifo()
	reader := func() *os.File {
		r, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := reader()
	f, _ := begin(t, Config{Path: path, MaxSize: 1, Keep: 1})
	reads := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		if n, err := r.Read(b); string(b[:max(0, n)]) != want {
			t.Errorf("%q, %v", b, err)
		}
	}
	say(t, f, "one")
	reads("one\n")
	r.Close()
	if _, err := f.Write([]byte("two\n")); !errors.Is(err, syscall.EPIPE) {
		t.Error(err)
	}
	r = reader()
	defer r.Close()
	say(t, f, "three")
	reads("three\n")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	mkfifo()
	if _, err := f.Write([]byte("four\n")); !errors.Is(err, syscall.ENXIO) {
		t.Error(err)
	}
	absent(t, path+".1")
}

func TestCannotOpen(t *testing.T) {
	for path, want := range map[string]error{
		filepath.Join(t.TempDir(), "none", "f"): os.ErrNotExist,
		t.TempDir():                             syscall.EISDIR,
	} {
		if _, err := Open(named(path), nil, nil); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v", err)
		}
	}
}
