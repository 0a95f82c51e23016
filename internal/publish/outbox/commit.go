package outbox

import (
	"errors"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Commit does all of it or nothing, in one transaction that is on the disk when it returns:
// it takes out what is done (an ID that is not there is no error), appends add in order,
// and adds losses to the account. Then it gives up what is worth least, until what waits
// takes no more than max_size. It returns the IDs of what was added, 0 for what was given
// up at once. After an error the same may be committed again: what is then there twice, as
// it was on the disk already, has the same UID.
func (s *Store) Commit(add []record.Record, done []uint64, losses []Loss) ([]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []uint64
	err := s.update(func(w *work) error {
		ids = make([]uint64, len(add))
		if err := errors.Join(w.done(done), w.charge(losses)); err != nil {
			return err
		}
		for i := range add {
			var err error
			if ids[i], err = w.add(&add[i], s.maxBytes()); err != nil {
				return err
			}
		}
		shed, err := w.shed(s.maxBytes(), int(w.total.records))
		for i, id := range ids {
			if shed[id] {
				ids[i] = 0
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range done {
		delete(s.handed, id)
	}
	return ids, nil
}

// Bury moves what the sink refused to the dead letters. These are bounded too: the oldest
// of them go, and are charged.
func (s *Store) Bury(ids []uint64, reason string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.update(func(w *work) error {
		for _, id := range ids {
			if key := w.keyOf(id); key != nil {
				if err := w.bury(key, reason, now.UTC()); err != nil {
					return err
				}
			}
		}
		return w.shedDead(s.maxDead())
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		delete(s.handed, id)
	}
	return nil
}

// Expire gives up what was raised longer than max_age before now, and returns how many
// those were. What was handed out stays. Of each rank it goes from the first that came to
// the first that is young enough; what is older but came behind that one, as after Retry,
// stays as long as it does.
func (s *Store) Expire(now time.Time) (n int, err error) {
	for more := true; more; {
		gone := 0
		s.mu.Lock()
		err = s.update(func(w *work) error {
			keys, err := w.expired(now.Add(-s.cfg.MaxAge), chunk)
			if err != nil {
				return err
			}
			gone = len(keys)
			return w.giveUp(Age, keys)
		})
		s.mu.Unlock()
		if err != nil {
			return n, err
		}
		n, more = n+gone, gone == chunk
	}
	return n, nil
}

// Losses returns the account of what was lost and is not yet reported.
func (s *Store) Losses() (losses []Loss, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.view(func(w *work) (err error) {
		losses, err = account(w.lost)
		return err
	})
	return losses, err
}

// Report empties the account and appends the record that made makes of it, both or
// neither; it returns false if there is nothing to report. made must not use the store.
func (s *Store) Report(made func([]Loss) record.Record) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var losses []Loss
	err := s.view(func(w *work) (err error) {
		losses, err = account(w.lost)
		return err
	})
	if err != nil || len(losses) == 0 {
		return false, err
	}
	r := made(losses)
	err = s.update(func(w *work) error {
		for _, l := range losses {
			if err := w.lost.Delete(l.key()); err != nil {
				return err
			}
		}
		w.total.losses = 0
		if _, err := w.add(&r, s.maxBytes()); err != nil {
			return err
		}
		_, err := w.shed(s.maxBytes(), int(w.total.records))
		return err
	})
	return err == nil, err
}
