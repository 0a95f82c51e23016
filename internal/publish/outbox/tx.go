package outbox

import (
	"encoding/binary"
	"errors"
	"fmt"
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
	var w *work
	err := s.run(func() error {
		return s.db.Update(func(tx *bbolt.Tx) (err error) {
			if w, err = newWork(tx, s.handed); err != nil {
				return err
			}
			if err := step(w); err != nil {
				return err
			}
			return w.end()
		})
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
		if aside, err := s.open(); err != nil {
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
		aside, again := s.setAside(err)
		if again != nil {
			return errors.Join(err, again)
		}
		return aside
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

// open opens the file, or a new one where it cannot be used.
func (s *Store) open() (*Aside, error) {
	db, file, err := openDB(s.path)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer) {
		return s.setAside(err)
	}
	if err != nil {
		return nil, unusable(filepath.Dir(s.path), err)
	}
	s.db, s.file = db, file
	return nil, s.update(func(*work) error { return nil })
}

// openDB opens the file at path, which nobody else has open, and makes what is missing.
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
			return err
		}
		db.AllocSize = growth
		return found(db)
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
)

// found makes the buckets of a new file, and looks whether those of an old one are
// understood.
func found(db *bbolt.DB) error {
	var version []byte
	err := db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketMeta); b != nil {
			version = append(version, b.Get(keyVersion)...)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(version) == 4:
		if v := binary.BigEndian.Uint32(version); v > formatVersion {
			return fmt.Errorf("%w: version %d of the format, this wormwatch reads up to %d", ErrNewer, v, formatVersion)
		}
		return nil
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return damaged("%w", err)
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(
			meta.Put(keyVersion, binary.BigEndian.AppendUint32(nil, formatVersion)),
			meta.Put(keyTotal, (&total{}).value()))
	})
}

// tell brings the statistics up to date with w, which is done.
func (s *Store) tell(w *work) {
	s.statMu.Lock()
	defer s.statMu.Unlock()
	s.stats.Records, s.stats.Bytes = w.total.records, w.total.bytes
	s.stats.Dead, s.stats.DeadBytes = w.total.dead, w.total.deadOctets
	s.stats.Oldest = w.oldest
	if info, err := s.file.Stat(); err == nil { // else it stays as it was
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
