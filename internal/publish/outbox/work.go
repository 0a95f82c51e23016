package outbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// The buckets of the file.
var (
	bucketMeta    = []byte("meta")    // format, version and total
	bucketRecords = []byte("records") // what waits
	bucketDead    = []byte("dead")
	bucketLost    = []byte("lost")
	buckets       = [][]byte{bucketMeta, bucketRecords, bucketDead, bucketLost}

	keyVersion = []byte("version")
	keyTotal   = []byte("total")
)

// formatVersion is that of the buckets and of what is in them.
const formatVersion = 1

// total is how much there is; it is kept in the file and changes with what it counts.
type total struct {
	next                             uint64 // the ID that comes next
	records, bytes, dead, deadOctets uint64
	losses                           uint64 // sorts in the account
}

const totalSize = 6 * 8

func (t *total) fields() [6]*uint64 {
	return [6]*uint64{&t.next, &t.records, &t.bytes, &t.dead, &t.deadOctets, &t.losses}
}

func (t *total) value() []byte {
	b := make([]byte, sumSize, sumSize+totalSize)
	for _, f := range t.fields() {
		b = binary.BigEndian.AppendUint64(b, *f)
	}
	binary.BigEndian.PutUint32(b, sum(keyTotal, b[sumSize:]))
	return b
}

func decodeTotal(b []byte) (t total, err error) {
	if len(b) != sumSize+totalSize || binary.BigEndian.Uint32(b) != sum(keyTotal, b[sumSize:]) {
		return t, fmt.Errorf("%w: it is the total", errEntry)
	}
	for i, f := range t.fields() {
		*f = binary.BigEndian.Uint64(b[sumSize+8*i:])
	}
	return t, nil
}

// work is one transaction: its buckets, and what the store becomes if it succeeds.
type work struct {
	meta, records, dead, lost *bbolt.Bucket
	total                     total
	counted                   map[string]uint64 // lost, by reason
	oldest                    time.Time         // when the first of what waits was raised
	handed                    map[uint64]byte   // of the store: not to be changed
}

func newWork(tx *bbolt.Tx, handed map[uint64]byte) (*work, error) {
	w := &work{
		meta: tx.Bucket(bucketMeta), records: tx.Bucket(bucketRecords), dead: tx.Bucket(bucketDead),
		lost: tx.Bucket(bucketLost), handed: handed,
	}
	if w.meta == nil || w.records == nil || w.dead == nil || w.lost == nil {
		return nil, damaged("a bucket is missing")
	}
	// Keys arrive in ascending order in each rank, so that full pages stay full.
	w.records.FillPercent, w.dead.FillPercent = 1, 1
	var err error
	if w.total, err = decodeTotal(w.meta.Get(keyTotal)); err != nil {
		return nil, damaged("%w", err)
	}
	return w, nil
}

// end is the last step of each transaction that writes.
func (w *work) end() (err error) {
	if w.oldest, err = w.first(); err != nil {
		return err
	}
	return w.meta.Put(keyTotal, w.total.value())
}

func (w *work) count(reason string, n uint64) {
	if w.counted == nil {
		w.counted = map[string]uint64{}
	}
	w.counted[reason] += n
}

// add appends r to what waits, under a new ID. What is larger than bound octets is given
// up at once, rather than everything else for it; its ID is 0.
func (w *work) add(r *record.Record, bound uint64) (uint64, error) {
	e := Entry{ID: w.total.next + 1, Record: *r}
	key := waitingKey(e.Rank(), e.ID)
	value := e.append(nil, key)
	if cost(key, value) > min(bound, maxEntry) {
		return 0, w.charge([]Loss{lostOf(TooLarge, r)})
	}
	w.total.next++
	w.total.records++
	w.total.bytes += cost(key, value)
	return e.ID, w.records.Put(key, value)
}

// remove takes the entry under key out of what waits, if it is there.
func (w *work) remove(key []byte) (bool, error) {
	value := w.records.Get(key)
	if value == nil {
		return false, nil
	}
	w.total.records--
	w.total.bytes -= cost(key, value)
	return true, w.records.Delete(key)
}

// keyOf returns the key of what waits under id, nil if nothing does.
func (w *work) keyOf(id uint64) []byte {
	if rank, known := w.handed[id]; known {
		if key := waitingKey(rank, id); w.records.Get(key) != nil {
			return key
		}
	}
	for rank := byte(0); rank <= record.MaxRank; rank++ {
		if key := waitingKey(rank, id); w.records.Get(key) != nil {
			return key
		}
	}
	return nil
}

// done takes out what was acknowledged.
func (w *work) done(ids []uint64) error {
	for _, id := range ids {
		if key := w.keyOf(id); key != nil {
			if _, err := w.remove(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// giveUp removes what waits under keys, and charges it.
func (w *work) giveUp(reason string, keys [][]byte) error {
	for _, key := range keys {
		e, err := decode(key, w.records.Get(key))
		if err != nil {
			return damaged("%w", err)
		}
		_, err = w.remove(key)
		if err := errors.Join(err, w.charge([]Loss{lostOf(reason, &e.Record)})); err != nil {
			return err
		}
	}
	return nil
}

// shed gives up what is worth least until what waits takes no more than bound octets, or
// as many as most are given up, and returns their IDs. What was handed out stays.
func (w *work) shed(bound uint64, most int) (map[uint64]bool, error) {
	if w.total.bytes <= bound {
		return nil, nil
	}
	var keys [][]byte
	ids := map[uint64]bool{}
	over := w.total.bytes - bound
	c := w.records.Cursor()
	for k, v := c.First(); k != nil && over > 0 && len(keys) < most; k, v = c.Next() {
		if _, out := w.handed[idOf(k)]; out {
			continue
		}
		keys = append(keys, append([]byte(nil), k...))
		ids[idOf(k)] = true
		over -= min(over, cost(k, v))
	}
	return ids, w.giveUp(Full, keys)
}

// expired returns keys of what was raised before then, at most as many as most.
func (w *work) expired(then time.Time, most int) (keys [][]byte, err error) {
	c := w.records.Cursor()
	for rank := byte(0); rank <= record.MaxRank; rank++ {
		// Within a rank the oldest come first, but for steps of the system's clock.
		for k, v := c.Seek(waitingKey(rank, 0)); k != nil && k[0] == rank && len(keys) < most; k, v = c.Next() {
			if _, out := w.handed[idOf(k)]; out {
				continue
			}
			at, err := raised(v)
			if err != nil {
				return nil, err
			}
			if !at.Before(then) {
				break
			}
			keys = append(keys, append([]byte(nil), k...))
		}
	}
	return keys, nil
}

// raised reads nothing but when an entry was raised.
func raised(value []byte) (time.Time, error) {
	if len(value) < fixedSize {
		return time.Time{}, damaged("an entry of %d octets", len(value))
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(value[9:]))).UTC(), nil
}

// bury moves the entry under key to the dead letters, as the latest of them.
func (w *work) bury(key []byte, reason string, now time.Time) error {
	e, err := decode(key, w.records.Get(key))
	if err != nil {
		return damaged("%w", err)
	}
	w.total.next++
	e.ID, e.Reason, e.Died = w.total.next, reason, now
	_, err = w.remove(key)
	return errors.Join(err, w.putDead(&e))
}

func (w *work) putDead(e *Entry) error {
	key := deadKey(e.ID)
	value := e.append(nil, key)
	w.total.dead++
	w.total.deadOctets += cost(key, value)
	return w.dead.Put(key, value)
}

// exhume takes a dead letter out, if it is there.
func (w *work) exhume(key []byte) (bool, error) {
	value := w.dead.Get(key)
	if value == nil {
		return false, nil
	}
	w.total.dead--
	w.total.deadOctets -= cost(key, value)
	return true, w.dead.Delete(key)
}

// shedDead gives up the oldest dead letters beyond bound octets.
func (w *work) shedDead(bound uint64) error {
	for w.total.deadOctets > bound {
		k, v := w.dead.Cursor().First()
		if k == nil {
			return damaged("the dead letters are fewer than was counted")
		}
		key := append([]byte(nil), k...)
		e, err := decode(key, v)
		if err != nil {
			return damaged("%w", err)
		}
		_, err = w.exhume(key)
		if err := errors.Join(err, w.charge([]Loss{lostOf(DeadFull, &e.Record)})); err != nil {
			return err
		}
	}
	return nil
}
