package outbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Entry is a record in the outbox.
type Entry struct {
	ID uint64 // ascending in the order of arrival, never used again
	record.Record
	Reason string    // why the sink refused it, of dead letters
	Died   time.Time // when, of dead letters
}

// An entry is kept as a value that is believed only if its checksum agrees:
//
//	octets 0-3   CRC-32C of the key and of octets 4 to the end, big-endian as all that follows
//	       4     version of this encoding
//	       5-8   stream, activity, severity, flags
//	       9-16  raised, milliseconds since 1970
//	      17-24  died, milliseconds since 1970, 0 of what waits
//
// and then UID, key, kind, episode, sensor, reason and body, each behind its length as a
// varint. The sum covers the key, so that a value under a wrong one is found as well.
const (
	entryVersion = 1
	sumSize      = 4
	fixedSize    = 25
	flagTest     = 1
	maxEntry     = 16 << 20 // what the largest record may take
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errEntry = errors.New("an entry cannot be read")

// texts are the strings of an entry, in the order in which they are kept.
func (e *Entry) texts() [6]*string {
	return [6]*string{&e.UID, &e.Key, &e.Kind, &e.Episode, &e.Sensor, &e.Reason}
}

// append appends e as it is kept under key.
func (e *Entry) append(b, key []byte) []byte {
	start := len(b)
	flags := byte(0)
	if e.Test {
		flags = flagTest
	}
	b = append(b, 0, 0, 0, 0, entryVersion, byte(e.Stream), byte(e.Activity), byte(e.Severity), flags)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Raised.UnixMilli()))
	died := int64(0)
	if !e.Died.IsZero() {
		died = e.Died.UnixMilli()
	}
	b = binary.BigEndian.AppendUint64(b, uint64(died))
	for _, t := range e.texts() {
		b = append(binary.AppendUvarint(b, uint64(len(*t))), *t...)
	}
	b = append(binary.AppendUvarint(b, uint64(len(e.Body))), e.Body...)
	binary.BigEndian.PutUint32(b[start:], sum(key, b[start+sumSize:]))
	return b
}

func sum(key, rest []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, rest)
}

// whole reports whether the value is what was once put under key.
func whole(key, value []byte) bool {
	return len(value) >= fixedSize && binary.BigEndian.Uint32(value) == sum(key, value[sumSize:])
}

// decode reads what append wrote under key. Nothing in the entry points into value.
func decode(key, value []byte) (Entry, error) {
	if !whole(key, value) {
		return Entry{}, fmt.Errorf("%w: its checksum does not agree", errEntry)
	}
	if value[4] != entryVersion {
		return Entry{}, fmt.Errorf("%w: version %d", errEntry, value[4])
	}
	if value[5] > byte(record.Health) {
		return Entry{}, fmt.Errorf("%w: stream %d", errEntry, value[5])
	}
	e := Entry{ID: idOf(key)}
	e.Stream, e.Activity, e.Severity = record.Stream(value[5]), alert.Activity(value[6]), alert.Severity(value[7])
	e.Test = value[8]&flagTest != 0
	e.Raised = time.UnixMilli(int64(binary.BigEndian.Uint64(value[9:]))).UTC()
	if died := int64(binary.BigEndian.Uint64(value[17:])); died != 0 {
		e.Died = time.UnixMilli(died).UTC()
	}
	rest := value[fixedSize:]
	for _, t := range e.texts() {
		text, behind, ok := cut(rest)
		if !ok {
			return Entry{}, fmt.Errorf("%w: a text is longer than it", errEntry)
		}
		*t, rest = string(text), behind
	}
	body, behind, ok := cut(rest)
	if !ok || len(behind) != 0 {
		return Entry{}, fmt.Errorf("%w: its body does not end where it does", errEntry)
	}
	e.Body = append(make([]byte, 0, len(body)), body...)
	return e, nil
}

// cut takes one length and as many octets off b.
func cut(b []byte) (text, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}

// keySize is the length of a key of what waits: its rank, and its ID big-endian. What is
// given up together so lies together, and pages empty as a whole.
const (
	keySize  = 9
	deadSize = 8 // of a key of a dead letter: its ID
)

func waitingKey(rank byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{rank}, id)
}

func deadKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// idOf returns the ID in a key of either kind.
func idOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-deadSize:]) }

// overhead is what bbolt adds to a key and a value: the element of the leaf, and its share
// of the pages above.
const overhead = 32

// cost is what an entry takes in the file, in octets.
func cost(key, value []byte) uint64 { return uint64(len(key) + len(value) + overhead) }
