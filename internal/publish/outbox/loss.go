package outbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// The reasons for which records are lost.
const (
	Full      = "full"       // no room in the outbox
	Age       = "age"        // it waited longer than max_age
	QueueFull = "queue_full" // no room in memory, before it came here
	DeadFull  = "dead_full"  // no room among the dead letters
	TooLarge  = "too_large"  // it alone is larger than the outbox, or than 16 MiB
	Damaged   = "damaged"    // it was in a damaged file and could not be read any more
)

// Loss is how many records of one sort were lost for one reason.
type Loss struct {
	Reason      string
	Kind        string // "" where it is not known, or where too many kinds were
	Activity    alert.Activity
	Severity    alert.Severity
	Count       uint64
	First, Last time.Time // when the first and the last of them were raised
}

// lostOf returns the loss of one record.
func lostOf(reason string, r *record.Record) Loss {
	return Loss{reason, r.Kind, r.Activity, r.Severity, 1, r.Raised, r.Raised}
}

// maxLosses bounds how many sorts are told apart: kinds are few, unless something is wrong.
const maxLosses = 256

// lossSize is the length of the value of a loss: count, first and last.
const lossSize = 24

// key is where the loss is kept. Neither a reason nor a kind has a control character.
func (l *Loss) key() []byte {
	b := append([]byte(l.Reason), 0)
	b = append(append(b, l.Kind...), 0)
	return append(b, byte(l.Activity), byte(l.Severity))
}

// merge adds other, which is of the same sort, to l.
func (l *Loss) merge(other *Loss) {
	l.Count += other.Count
	if l.First.IsZero() || other.First.Before(l.First) {
		l.First = other.First
	}
	if other.Last.After(l.Last) {
		l.Last = other.Last
	}
}

func (l *Loss) value(key []byte) []byte {
	b := make([]byte, sumSize, sumSize+lossSize)
	b = binary.BigEndian.AppendUint64(b, l.Count)
	b = binary.BigEndian.AppendUint64(b, uint64(l.First.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(l.Last.UnixMilli()))
	binary.BigEndian.PutUint32(b, sum(key, b[sumSize:]))
	return b
}

func decodeLoss(key, value []byte) (Loss, error) {
	reason, rest, ok := bytes.Cut(key, []byte{0})
	end := len(rest) - 3
	if !ok || end < 0 || rest[end] != 0 || len(value) != sumSize+lossSize ||
		binary.BigEndian.Uint32(value) != sum(key, value[sumSize:]) {
		return Loss{}, fmt.Errorf("%w: it is of the account of losses", errEntry)
	}
	n := value[sumSize:]
	at := func(b []byte) time.Time { return time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC() }
	return Loss{
		string(reason), string(rest[:end]), alert.Activity(rest[end+1]), alert.Severity(rest[end+2]),
		binary.BigEndian.Uint64(n), at(n[8:]), at(n[16:]),
	}, nil
}

// charge adds losses to the account.
func (w *work) charge(losses []Loss) error {
	for _, l := range losses {
		if l.Count == 0 {
			continue
		}
		w.count(l.Reason, l.Count)
		key := l.key()
		old := w.lost.Get(key)
		if old == nil && w.total.losses >= maxLosses {
			l.Kind = ""
			key = l.key()
			old = w.lost.Get(key)
		}
		if old == nil {
			w.total.losses++
		} else {
			before, err := decodeLoss(key, old)
			if err != nil {
				return damaged("%w", err)
			}
			l.merge(&before)
		}
		if err := w.lost.Put(key, l.value(key)); err != nil {
			return err
		}
	}
	return nil
}

// account reads what was lost and is not yet reported.
func account(lost *bbolt.Bucket) (losses []Loss, err error) {
	err = lost.ForEach(func(k, v []byte) error {
		l, err := decodeLoss(k, v)
		if err != nil {
			return damaged("%w", err)
		}
		losses = append(losses, l)
		return nil
	})
	return losses, err
}
