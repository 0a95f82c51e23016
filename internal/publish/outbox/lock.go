package outbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockPatience is how long it is waited for another process that ends.
const lockPatience = 200 * time.Millisecond

// Locked says that another process uses the outbox.
type Locked struct {
	Dir string
	PID int // 0 if it is not known
}

// Error says who, and what to do.
func (e *Locked) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("outbox %s: %s uses it: stop that one, or give each sensor a directory of its own (publish.outbox.path)", e.Dir, who)
}

// takeLock keeps other processes from the outbox in dir until the file is closed. The lock
// is on a file of its own, as the database is replaced when it is damaged.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable(dir, err)
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(lockPatience / 10) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Now().After(end) {
			break
		}
	}
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		err = &Locked{dir, readPID(f)}
	case err != nil:
		err = unusable(dir, fmt.Errorf("it cannot be locked: %w", err))
	default:
		writePID(f)
		return f, nil
	}
	_ = f.Close() // nothing was written to it
	return nil, err
}

func readPID(f *os.File) int {
	text, _ := io.ReadAll(io.LimitReader(f, 20)) // without it the message says less
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return max(pid, 0)
}

// writePID is for the message of whoever finds it locked, and for nothing else: on a full
// disk there is none.
func writePID(f *os.File) {
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
}
