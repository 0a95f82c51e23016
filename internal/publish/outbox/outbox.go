// Package outbox keeps records on disk until somebody has taken them: in one file, each
// transaction synced, bounded in octets and age. What is given up is what is worth least,
// and it is counted in an account that is on disk too. A file that is damaged is set aside,
// and what can still be read of it goes on.
package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// The files in the directory of an outbox.
const (
	fileName = "outbox.db"
	lockName = "outbox.pid"
)

// Store is an outbox. Its methods may be called from any goroutine; one transaction runs
// at a time.
type Store struct {
	path string
	cfg  Config
	lock *os.File
	keep bool // a newer file is left where it is

	mu     sync.Mutex
	db     *bbolt.DB // nil when it has to be opened again
	file   *os.File  // what db uses
	closed bool
	next   uint64          // the highest ID there was, should the file forget it
	handed map[uint64]byte // what Next handed out and nobody acknowledged, with its rank

	statMu sync.Mutex // apart from mu: who asks does not wait for the disk
	stats  Stats
}

// Stats says how much there is, and what became of what is no longer there.
type Stats struct {
	Records   uint64            // waiting
	Bytes     uint64            // what they take, of max_size
	Dead      uint64            // dead letters
	DeadBytes uint64            // what they take
	Oldest    time.Time         // when the first of what waits was raised; zero if nothing does
	FileBytes uint64            // size of the file
	Lost      map[string]uint64 // by reason, since the start
	Dropped   uint64            // removed by a person's order, since the start
	Damaged   bool              // a file was set aside since the start
}

// Open opens the outbox in dir, and makes it if there is none; dir and what is in it are
// for the user alone. A *Locked says that another process has it. An *Aside comes together
// with a Store that can be used: a damaged or newer file was set aside, and the error says
// what became of what was in it. Any other error says what to do.
func Open(dir string, cfg Config) (*Store, error) { return open(dir, cfg, false) }

// OpenKnown is Open for those who only look after the outbox of a sensor. The bounds are
// that one's business: nothing is given up for them. A newer file stays where it is, and
// the error wraps ErrNewer.
func OpenKnown(dir string) (*Store, error) {
	return open(dir, Config{MaxSize: 1 << 40, MaxAge: 3650 * 24 * time.Hour}, true)
}

func open(dir string, cfg Config, keep bool) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(dir, err)
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: filepath.Join(dir, fileName), cfg: cfg, lock: lock, keep: keep,
		handed: map[uint64]byte{}, stats: Stats{Lost: map[string]uint64{}},
	}
	aside, err := s.start()
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if aside != nil {
		return s, aside
	}
	return s, nil
}

// start opens the file for the first time.
func (s *Store) start() (aside *Aside, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if aside, err = s.open(nil); err != nil {
		return nil, err
	}
	// A bound that was lowered is kept to before anything new comes.
	for more := true; more && err == nil; {
		err = s.update(func(w *work) error {
			ids, err := w.shed(s.maxBytes(), chunk)
			more = len(ids) > 0
			return errors.Join(err, w.shedDead(s.maxDead()))
		})
	}
	if err != nil {
		_ = s.shut() // the error of the transaction is what tells
		return nil, err
	}
	return aside, nil
}

// chunk bounds what one transaction does that nobody waits for.
const chunk = 1000

// maxBytes is what all that waits may take, in octets.
func (s *Store) maxBytes() uint64 { return uint64(s.cfg.MaxSize) }

// maxDead is what the dead letters may take, in octets.
func (s *Store) maxDead() uint64 { return uint64(s.cfg.MaxSize) / 10 }

// Close ends the use of the store. What waits, waits for the next start.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.shut(), s.lock.Close())
}

// shut closes the file.
func (s *Store) shut() error {
	db := s.db
	s.db, s.file = nil, nil
	if db == nil {
		return nil
	}
	return guard(db.Close)
}

// Stats returns what was so after the last transaction; it does not touch the disk.
func (s *Store) Stats() Stats {
	s.statMu.Lock()
	defer s.statMu.Unlock()
	out := s.stats
	out.Lost = make(map[string]uint64, len(s.stats.Lost))
	for reason, n := range s.stats.Lost {
		out.Lost[reason] = n
	}
	return out
}

// unusable is why the outbox in dir cannot be used, and what to do.
func unusable(dir string, err error) error {
	var locked *Locked
	if errors.As(err, &locked) {
		return err
	}
	return fmt.Errorf("outbox %s: %w%s", dir, err, remedy(dir, err))
}
