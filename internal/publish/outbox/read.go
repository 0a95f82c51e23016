package outbox

import (
	"errors"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Next returns copies of what waits, from the first ID above after on: no more than most,
// and no more than octets in all, but at least one if there is one. What it hands out is
// not given up for lack of room or for its age, until it is acknowledged or Release is
// called.
func (s *Store) Next(after uint64, most, octets int) (out []Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.view(func(w *work) error {
		return w.ascending(after, upTo(&out, most, octets))
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		s.handed[out[i].ID] = out[i].Rank()
	}
	return out, nil
}

// Release forgets what Next handed out, but for some that are as good as acknowledged.
func (s *Store) Release(but []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := make(map[uint64]byte, len(but))
	for _, id := range but {
		if rank, out := s.handed[id]; out {
			kept[id] = rank
		}
	}
	s.handed = kept
}

// ascending shows see what waits in the order of IDs above after, until see says false.
// Each rank is in that order: the next is the lowest of the heads.
func (w *work) ascending(after uint64, see func(key, value []byte) (bool, error)) error {
	type head struct {
		c        *bbolt.Cursor
		key, val []byte
	}
	var heads []head
	for rank := byte(0); rank <= record.MaxRank; rank++ {
		c := w.records.Cursor()
		if k, v := c.Seek(waitingKey(rank, after+1)); k != nil && k[0] == rank {
			heads = append(heads, head{c, k, v})
		}
	}
	for len(heads) > 0 {
		low := 0
		for i := range heads {
			if idOf(heads[i].key) < idOf(heads[low].key) {
				low = i
			}
		}
		h := &heads[low]
		if more, err := see(h.key, h.val); err != nil || !more {
			return err
		}
		rank := h.key[0]
		if h.key, h.val = h.c.Next(); h.key == nil || h.key[0] != rank {
			heads = append(heads[:low], heads[low+1:]...)
		}
	}
	return nil
}

// listed bounds what List returns, in octets: bodies may be large.
const listed = 4 << 20

// List returns some entries with IDs above after, in that order: dead letters, or what
// waits. They have their bodies; they are no more than most, fewer if they are large, and
// none only if there are none. It hands nothing out.
func (s *Store) List(dead bool, after uint64, most int) (out []Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.view(func(w *work) error {
		if dead {
			return w.buried(after, upTo(&out, most, listed))
		}
		return w.ascending(after, upTo(&out, most, listed))
	})
	return out, err
}

// upTo returns a function that appends entries to out: no more than most, and no more than
// octets in all, but at least one.
func upTo(out *[]Entry, most, octets int) func(key, value []byte) (bool, error) {
	return func(key, value []byte) (bool, error) {
		octets -= int(cost(key, value))
		if len(*out) > 0 && (octets < 0 || len(*out) >= most) {
			return false, nil
		}
		e, err := decode(key, value)
		if err != nil {
			return false, damaged("%w", err)
		}
		*out = append(*out, e)
		return true, nil
	}
}

// buried shows see the dead letters with IDs above after, until see says false.
func (w *work) buried(after uint64, see func(key, value []byte) (bool, error)) error {
	c := w.dead.Cursor()
	for k, v := c.Seek(deadKey(after + 1)); k != nil; k, v = c.Next() {
		if more, err := see(k, v); err != nil || !more {
			return err
		}
	}
	return nil
}

// What Find can fail with, and shortest is what it needs at least of an identity.
var (
	ErrUnknown   = errors.New("the outbox has no such record")
	ErrAmbiguous = errors.New("more than one record begins so: write more of it")
)

const shortest = 4

// Find returns the entry of that identity, or the only one whose identity begins so, and
// whether it is a dead letter.
func (s *Store) Find(uid string) (found Entry, dead bool, err error) {
	several := false
	for _, among := range []bool{false, true} {
		exact := false
		err = s.each(among, func(e *Entry) bool {
			switch {
			case e.UID == uid:
				found, dead, exact = *e, among, true
			case len(uid) < shortest || !strings.HasPrefix(e.UID, uid):
			case found.UID == "":
				found, dead = *e, among
			default:
				several = several || found.UID != e.UID
			}
			return !exact
		})
		if err != nil || exact {
			return found, dead, err
		}
	}
	switch {
	case several:
		return Entry{}, false, ErrAmbiguous
	case found.UID == "":
		return Entry{}, false, ErrUnknown
	}
	return found, dead, nil
}

// each shows see the entries one after the other until it says false, a chunk a
// transaction: others have their turn in between.
func (s *Store) each(dead bool, see func(*Entry) bool) error {
	for after := uint64(0); ; {
		some, err := s.List(dead, after, chunk)
		if err != nil || len(some) == 0 {
			return err
		}
		for i := range some {
			if !see(&some[i]) {
				return nil
			}
		}
		after = some[len(some)-1].ID
	}
}

// newest returns the highest ID there was.
func (s *Store) newest() (id uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.view(func(w *work) error {
		id = w.total.next
		return nil
	})
	return id, err
}
