package outbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrNewer: a newer version of wormwatch wrote the file.
var ErrNewer = errors.New("newer")

// kept is how many files that were set aside for one reason stay. The oldest goes: a
// sensor that restarts on a bad disk must not fill it.
const kept = 4

// Aside says that a file could not be used and now has another name. The store goes on
// with a new one.
type Aside struct {
	Path     string // where the file was
	To       string // where it is
	Salvaged int    // records that were still whole, and are in the new file
	Lost     int    // records that are known to have been in it and are not
	Err      error  // wraps ErrDamaged or ErrNewer
}

// Error says what happened and what to do.
func (e *Aside) Error() string {
	if errors.Is(e.Err, ErrNewer) {
		return fmt.Sprintf("outbox %s: %v; it is set aside as %s, and wormwatch starts with an empty one: to send what is in it, run the newer wormwatch again and give the file its name back",
			e.Path, e.Err, e.To)
	}
	return fmt.Sprintf("outbox %s: %v; it is set aside as %s, and wormwatch goes on with a new one that has the %d records that were whole (%d were not): if it happens again, look after the disk",
		e.Path, e.Err, e.To, e.Salvaged, e.Lost)
}

// Unwrap returns why.
func (e *Aside) Unwrap() error { return e.Err }

// setAside makes a new file of what is whole in the old one, and gives the old one another
// name, because of why.
func (s *Store) setAside(why error) (*Aside, error) {
	newer := errors.Is(why, ErrNewer)
	if newer && s.keep {
		return nil, fmt.Errorf("%w: use the wormwatch that wrote it", why)
	}
	word := ".damaged-"
	if newer {
		word = ".newer-"
	}
	aside := &Aside{Path: s.path, Err: why}
	var err error
	if aside.Salvaged, aside.Lost, err = rebuild(s.path, newer, s.next); err != nil {
		return nil, fmt.Errorf("%w, and no new file can be made: %w", why, err)
	}
	to, old := asideName(s.path, word)
	if err := install(s.path, to); err != nil {
		return nil, fmt.Errorf("%w: %w", why, err)
	}
	for _, name := range old {
		_ = os.Remove(name) // if it stays, it is tried again the next time
	}
	aside.To = to
	s.statMu.Lock()
	s.stats.Damaged = true
	s.stats.Lost[Damaged] += uint64(aside.Lost)
	s.statMu.Unlock()
	return aside, nil
}

// asideName returns the next name behind word, and those that are then too many.
func asideName(path, word string) (to string, old []string) {
	there, last := map[uint64]string{}, uint64(0)
	dir, base := filepath.Split(path + word)
	entries, _ := os.ReadDir(dir) // a directory that cannot be read has nothing to tell
	for _, e := range entries {
		digits, found := strings.CutPrefix(e.Name(), base)
		if n, err := strconv.ParseUint(digits, 10, 32); found && err == nil {
			there[n], last = filepath.Join(dir, e.Name()), max(last, n)
		}
	}
	for n, name := range there {
		if n+kept <= last+1 {
			old = append(old, name)
		}
	}
	return path + word + strconv.FormatUint(last+1, 10), old
}

// remedy says what to do about an error of the system, "" where that is not known.
func remedy(dir string, err error) string {
	says := func(e error) bool { // bbolt wraps some and prints others
		return errors.Is(err, e) || strings.Contains(err.Error(), e.Error())
	}
	switch {
	case says(syscall.ENOSPC), says(syscall.EDQUOT), says(syscall.EFBIG):
		return ": make room for it in " + dir
	case errors.Is(err, fs.ErrPermission), says(syscall.EROFS), says(syscall.EACCES):
		return ": let the user that wormwatch runs as read and write in " + dir
	case says(syscall.ENOTDIR), says(syscall.EISDIR):
		return ": publish.outbox.path has to be a directory, and the files in it files"
	}
	return ""
}
