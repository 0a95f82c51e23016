package outbox

import "slices"

// Retry has dead letters wait once more, behind all others and with their identities
// unchanged: those of uids, or all. It returns how many those were.
func (s *Store) Retry(uids []string, all bool) (int, error) {
	return s.order(true, uids, all, func(w *work, some []Entry) (n int, err error) {
		for i := range some {
			there, err := w.exhume(deadKey(some[i].ID))
			if err == nil && there {
				n++
				_, err = w.add(&some[i].Record, s.maxBytes())
			}
			if err != nil {
				return n, err
			}
		}
		_, err = w.shed(s.maxBytes(), int(w.total.records))
		return n, err
	})
}

// Drop removes dead letters, or what waits: those of uids, or all. It returns how many
// those were. What a person drops is counted, and is in no account of losses.
func (s *Store) Drop(uids []string, all, dead bool) (int, error) {
	n, err := s.order(dead, uids, all, func(w *work, some []Entry) (n int, err error) {
		for i := range some {
			var there bool
			if dead {
				there, err = w.exhume(deadKey(some[i].ID))
			} else if key := w.keyOf(some[i].ID); key != nil {
				there, err = w.remove(key)
			}
			if err != nil {
				return n, err
			}
			if there {
				n++
			}
		}
		return n, nil
	})
	s.statMu.Lock()
	s.stats.Dropped += uint64(n)
	s.statMu.Unlock()
	return n, err
}

// order does what it is told to the entries of uids, or to all, that there are when it
// begins, a chunk a transaction, and returns to how many it did it.
func (s *Store) order(dead bool, uids []string, all bool, do func(*work, []Entry) (int, error)) (int, error) {
	last, err := s.newest()
	n := 0
	for after := uint64(0); err == nil && after < last; {
		var some []Entry
		if some, err = s.List(dead, after, chunk); err != nil || len(some) == 0 {
			break
		}
		after = some[len(some)-1].ID
		some = slices.DeleteFunc(some, func(e Entry) bool {
			return e.ID > last || !all && !slices.Contains(uids, e.UID)
		})
		if len(some) == 0 {
			continue
		}
		var did int
		s.mu.Lock()
		err = s.update(func(w *work) (err error) {
			did, err = do(w, some)
			return err
		})
		s.mu.Unlock()
		if err == nil {
			n += did
		}
	}
	return n, err
}
