package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Read has read take the body of the file at path, if the file is whole, of that format
// and not of a newer version; read learns which version it is. A file that does not exist
// is no error, and nothing is read. An error that wraps ErrDamaged, ErrForeign or ErrNewer
// says why the file cannot be used; read may have been given a part of it only if the body
// itself is what read refused, and then what it took is to be thrown away.
func Read(path, format string, version uint16, read func(io.Reader, uint16) error) error {
	info, err := os.Stat(path) // a pipe would wait in Open for somebody to write to it
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unread(path, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is no ordinary file: move it away", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return unread(path, err)
	}
	defer f.Close()
	if err := take(f, format, version, read); err != nil {
		if !unusable(err) {
			return unread(path, err)
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// unusable reports whether it is the content that is wrong, not the reading.
func unusable(err error) bool {
	return errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) || errors.Is(err, ErrNewer)
}

// take verifies f, and hands its body to read.
func take(f *os.File, format string, version uint16, read func(io.Reader, uint16) error) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	found, err := verify(f, info.Size(), format, version)
	if err != nil {
		return err
	}
	if _, err := f.Seek(headerSize, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(f, 1<<16)
	if err := read(r, found); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := r.ReadByte(); err == nil {
		return damaged("there is more in it than its format has")
	}
	return nil
}

func unread(path string, err error) error {
	return fmt.Errorf("%s: cannot be read: %w%s", path, err, remedy(filepath.Dir(path), err))
}

// kept is how many files that were set aside for one reason stay beside a path. The
// oldest goes: a sensor that restarts on a bad disk must not fill it.
const kept = 4

// SetAside says that a file could not be used and now has another name. Whoever gets it
// starts afresh.
type SetAside struct {
	Path string // where the file was
	To   string // where it is
	Err  error  // wraps ErrDamaged, ErrForeign or ErrNewer
}

// Error says what happened and what to do.
func (e *SetAside) Error() string {
	do := "if it happens again, look after the disk"
	switch {
	case errors.Is(e.Err, ErrNewer):
		do = "to use it, run the newer wormwatch again and give the file its name back"
	case errors.Is(e.Err, ErrForeign):
		do = "give each memory a file, and each sensor a directory of its own"
	}
	return fmt.Sprintf("%v; it is set aside as %s, and wormwatch starts without it: %s", e.Err, e.To, do)
}

// Unwrap returns why.
func (e *SetAside) Unwrap() error { return e.Err }

// Load does as Read, once at the start of whoever then saves to path. A file that cannot
// be used is set aside as path.damaged-N or path.newer-N, and the error is a *SetAside.
// What an interrupted Save left behind is removed.
func Load(path, format string, version uint16, read func(io.Reader, uint16) error) error {
	sweep(path)
	err := Read(path, format, version, read)
	if !unusable(err) {
		return err
	}
	word := ".damaged-"
	if errors.Is(err, ErrNewer) {
		word = ".newer-"
	}
	to, failed := setAside(path, word)
	if failed != nil {
		return fmt.Errorf("%w; it cannot be set aside: %w: move it away", err, failed)
	}
	return &SetAside{path, to, err}
}

// setAside renames path to the next name behind word, and removes the oldest of those
// names that are too many.
func setAside(path, word string) (string, error) {
	last := uint64(0)
	there := beside(path, filepath.Base(path)+word)
	for _, n := range there {
		last = max(last, number(n, word))
	}
	to := path + word + strconv.FormatUint(last+1, 10)
	if err := os.Rename(path, to); err != nil {
		return "", err
	}
	for _, n := range there {
		if i := number(n, word); i > 0 && i+kept <= last+1 {
			_ = os.Remove(n) // if it stays, it is tried again the next time
		}
	}
	return to, nil
}

// number returns N of a name that ends in word and N, 0 of any other.
func number(name, word string) uint64 {
	n, _ := strconv.ParseUint(name[strings.LastIndex(name, word)+len(word):], 10, 32)
	return n
}

// sweep removes the temporary files of a Save that never ended.
func sweep(path string) {
	for _, n := range beside(path, leftover(path)) {
		_ = os.Remove(n) // it takes room and is in nobody's way
	}
}

// beside returns the files in the directory of path whose names begin with prefix.
func beside(path, prefix string) (paths []string) {
	dir := filepath.Dir(path)
	entries, _ := os.ReadDir(dir) // a directory that cannot be read has nothing to tell
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}
