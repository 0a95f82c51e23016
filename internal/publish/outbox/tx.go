package outbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// ErrDamaged: the file is not what was written to it. Where a method returns it, the file
// has been set aside, and the method may be called again.
var ErrDamaged = errors.New("damaged")

// ErrClosed: the store is closed.
var ErrClosed = errors.New("the outbox is closed")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}

// guard runs step. bbolt believes its file: on a damaged one it panics, or reads behind the
// end of a truncated one and faults. Both become an ErrDamaged; after that nothing of the
// database may be touched, since its locks may be held for ever.
func guard(step func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged("%v", p)
		}
	}()
	return step()
}

// update does step in one transaction, and has it synced. Whoever calls it holds s.mu.
func (s *Store) update(step func(*work) error) error {
	return s.run(func() error { return s.transact(step) })
}

func (s *Store) transact(step func(*work) error) error {
	var w *work
	err := s.db.Update(func(tx *bbolt.Tx) (err error) {
		if w, err = newWork(tx, s.handed); err != nil {
			return err
		}
		if err := step(w); err != nil {
			return err
		}
		return w.end()
	})
	if err == nil {
		s.tell(w)
	}
	return err
}

// view does step in a transaction that only reads. Whoever calls it holds s.mu.
func (s *Store) view(step func(*work) error) error {
	return s.run(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			w, err := newWork(tx, s.handed)
			if err != nil {
				return err
			}
			return step(w)
		})
	})
}

// run does step with the database open and guarded, and sets a damaged file aside.
func (s *Store) run(step func() error) error {
	if s.closed {
		return ErrClosed
	}
	if s.db == nil {
		if aside, err := s.open(nil); err != nil {
			return err
		} else if aside != nil {
			return aside
		}
	}
	err := guard(step)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrDamaged):
		s.abandon()
		aside, again := s.open(err)
		if again != nil {
			return errors.Join(err, again)
		}
		if aside != nil {
			return aside
		}
		return err
	case errors.Is(err, bolterrors.ErrInvalidMapping), errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		s.abandon() // it could not be mapped anew; the file is as it was
	}
	return unusable(filepath.Dir(s.path), err)
}

// abandon leaves the database as it is: its locks may be held, so that it cannot be closed.
// What it has mapped stays so, and takes address space alone.
func (s *Store) abandon() {
	if s.file != nil {
		_ = s.file.Close() // it was read from; what it says cannot be of use
	}
	s.db, s.file = nil, nil
}

// open opens the file, or a new one where it cannot be used. why is nil, or why it is not
// to be used although it may look well.
func (s *Store) open(why error) (aside *Aside, err error) {
	why, err = s.judge(why)
	if why != nil && err == nil {
		aside, err = s.setAside(why)
	}
	if err == nil {
		s.db, s.file, err = openDB(s.path)
	}
	if err == nil {
		err = guard(func() error { return s.transact(func(*work) error { return nil }) })
	}
	if err != nil {
		s.abandon()
		return nil, unusable(filepath.Dir(s.path), err)
	}
	return aside, nil
}

// judge returns why the file cannot be used, nil if it can. It makes one if there is none,
// and a smaller one where hardly anything waits in a large one, as bbolt never does.
func (s *Store) judge(why error) (error, error) {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, _, err := rebuild(s.path, true, s.next); err != nil {
			return nil, err
		}
		return nil, install(s.path, "")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no ordinary file: move it away", s.path)
	case why != nil:
		return why, nil
	}
	in, err := look(s.path, func(_, _, _ []byte) error { return nil })
	if err != nil {
		if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer) {
			return err, nil
		}
		return nil, err
	}
	if info.Size() > spare && info.Size()/4 > int64(in.total.bytes+in.total.deadOctets) {
		if _, _, err := rebuild(s.path, false, s.next); err == nil { // else it stays as it is
			return nil, install(s.path, "")
		}
	}
	return nil, nil
}

// openDB opens the file at path.
func openDB(path string) (db *bbolt.DB, file *os.File, err error) {
	options := &bbolt.Options{
		Timeout: lockPatience, FreelistType: bbolt.FreelistMapType, PageSize: pageSize,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	}
	err = guard(func() error {
		if db, err = bbolt.Open(path, 0o600, options); err != nil {
			if errors.Is(err, bolterrors.ErrTimeout) { // by a tool: wormwatch has its own lock
				err = &Locked{Dir: filepath.Dir(path)}
			}
			return err
		}
		db.AllocSize = growth
		return nil
	})
	if err != nil && file != nil {
		_ = file.Close() // bbolt may have; what is wrong is known
	}
	return db, file, err
}

const (
	// pageSize is a compromise: a record of 3 KB leaves little of it empty, and a
	// transaction of one record writes few octets.
	pageSize = 16 << 10
	// growth is by how much the file grows at a time.
	growth = 1 << 20
	// spare is what a file may take without being looked at for what it needs.
	spare = 64 << 20
)

// tell brings the statistics up to date with w, which is done.
func (s *Store) tell(w *work) {
	s.next = w.total.next
	info, err := s.file.Stat() // not with statMu: who asks does not wait for the disk
	s.statMu.Lock()
	defer s.statMu.Unlock()
	s.stats.Records, s.stats.Bytes = w.total.records, w.total.bytes
	s.stats.Dead, s.stats.DeadBytes = w.total.dead, w.total.deadOctets
	s.stats.Oldest = w.oldest
	if err == nil { // else it stays as it was
		s.stats.FileBytes = uint64(info.Size())
	}
	for reason, n := range w.counted {
		s.stats.Lost[reason] += n
	}
}

// first returns when the first of what waits was raised.
func (w *work) first() (at time.Time, err error) {
	lowest := ^uint64(0)
	c := w.records.Cursor()
	for rank := byte(0); rank <= record.MaxRank; rank++ {
		k, v := c.Seek(waitingKey(rank, 0))
		if k == nil {
			break
		}
		if k[0] == rank && idOf(k) < lowest {
			lowest = idOf(k)
			if at, err = raised(v); err != nil {
				return at, err
			}
		}
	}
	return at, nil
}
