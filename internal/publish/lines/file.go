package lines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// fresh are the permissions of a new file, less the umask: whom a sensor suspects is not
// for everybody. A file that is begun anew has those of the one before.
const fresh = 0o640

// file is appended to and rotated. It is not lumberjack's (gopkg.in/natefinch/lumberjack.v2)
// since that one keeps a goroutine for ever, empties a file that somebody put in its place,
// writes on into one that was moved, names two files of a millisecond alike, loses lines
// while it cannot rename, and knows sizes of whole MiB only.
type file struct {
	path    string
	max     int64
	keep    int
	f       *os.File
	info    os.FileInfo // of f: which file it is, and its permissions
	out     whole
	rotated uint64
	hasty   bool // no write waits for long
}

func openFile(cfg *Config, hasty bool) (*file, error) {
	f := &file{path: cfg.Path, max: int64(cfg.MaxSize), keep: cfg.Keep, hasty: hasty}
	if real, err := filepath.EvalSymlinks(f.path); err == nil && !ofProcess(f.path) {
		f.path = real // else what is renamed is the link, and the new file is where it was
	}
	if err := f.open(0); err != nil {
		return nil, err
	}
	return f, nil
}

// open opens the path for appending in place of what was open.
func (f *file) open(flags int) error {
	perm := os.FileMode(fresh)
	if f.info != nil {
		perm = f.info.Mode().Perm()
	}
	_, absent := os.Stat(f.path)
	g, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|flags, perm)
	if err != nil {
		return err
	}
	if absent != nil && f.info != nil {
		inherit(g, f.info)
	}
	info, err := g.Stat()
	if err != nil {
		g.Close()
		return err
	}
	if f.f != nil {
		f.f.Close() // all was written: an error here has nothing to lose
	}
	f.f, f.info, f.out = g, info, whole{g, cutOff(f.path, info)}
	if f.hasty && blocks(g) && g.SetWriteDeadline(time.Time{}) == nil {
		f.out.w = &patient{f: g}
	}
	return nil
}

// inherit gives a file the owner and the permissions of the one before it, as far as that
// is allowed.
func inherit(f *os.File, before os.FileInfo) {
	if s, ok := before.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(s.Uid), int(s.Gid))
	}
	_ = f.Chmod(before.Mode().Perm()) // the umask held it back
}

// cutOff reports whether a file ends within a line, as a disk that was full left it. A file
// that cannot be read is taken for whole.
func cutOff(path string, info os.FileInfo) bool {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// append writes line. trouble is what keeps it from the file where it belongs, although it
// is written; err is why it is not.
func (f *file) append(line []byte) (n int, trouble, err error) {
	size, trouble, err := f.follow()
	if err != nil {
		return 0, nil, err
	}
	if trouble == nil && f.turns() && size > 0 && size+int64(len(line)) > f.max {
		if err := f.rotate(); err != nil {
			trouble = fmt.Errorf("%s cannot be rotated and grows beyond max_size: %w", f.path, err)
		}
	}
	n, err = f.out.Write(line)
	return n, trouble, err
}

// follow opens the path anew if somebody moved or removed the file, and returns its size.
// As long as that cannot be, lines go on into a file that was moved; one that was removed
// is lost with all that is in it.
func (f *file) follow() (size int64, trouble, err error) {
	now, err := os.Stat(f.path)
	if err == nil && os.SameFile(now, f.info) {
		f.info = now // permissions too, for the file after this one
		return now.Size(), nil, nil
	}
	// A pipe without a reader would hold up the sensor.
	if err := f.open(syscall.O_NONBLOCK); err != nil {
		old, e := f.f.Stat()
		if e != nil || links(old) == 0 {
			return 0, nil, err
		}
		return 0, fmt.Errorf("lines go on into the file that was moved away: %w", err), nil
	}
	return f.info.Size(), nil, nil
}

func links(info os.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}

// turns reports whether the file is one to rotate: no pipe or device, also under a name as
// /dev/stdout.
func (f *file) turns() bool { return f.info.Mode().IsRegular() && !ofProcess(f.path) }

// ofProcess reports whether path may name something that the process has open already.
func ofProcess(path string) bool {
	return strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
}

// rotate renames PATH to PATH.1, what has that name to PATH.2 and so on, up to the first
// that is absent or the last that is kept, and begins PATH anew.
func (f *file) rotate() error {
	last := max(1, f.keep)
	free := 1
	for free < last && exists(f.name(free)) {
		free++
	}
	for i := free; i > 0; i-- {
		if err := os.Rename(f.name(i-1), f.name(i)); err != nil {
			return err
		}
	}
	f.rotated++
	if err := f.open(syscall.O_NONBLOCK); err != nil {
		return err
	}
	for i := f.keep + 1; os.Remove(f.name(i)) == nil; i++ { // more were kept before, or none are to be
	}
	return nil
}

// name is that of the file with a number; 0 is the one that is written.
func (f *file) name(i int) string {
	if i == 0 {
		return f.path
	}
	return fmt.Sprintf("%s.%d", f.path, i)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
