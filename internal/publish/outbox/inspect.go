package outbox

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// sighting is what an inspection is for: one value that is whole, and the bucket that it is
// of; it points into a buffer that is used again.
type sighting func(bucket, key, value []byte) error

// inspection walks through an image and knows what is wrong with it.
type inspection struct {
	*image
	see     sighting
	seen    bitset // pages of the tree
	covered bitset // these, and those that they run over
	version uint32
	total   total // as it is written
	counted total // as it is found
	known   bool  // total could be read
	broken  int   // values whose checksums do not agree
	walked  int   // records and dead letters that the tree led to
	blind   bool  // what was taken out before cannot be told from what is missing
	wrong   error // the first that is wrong
	refused error // an error of see
}

// inspect reads the whole of im and shows see what is whole. The error says what is wrong
// first; it wraps ErrDamaged or ErrNewer, else it is of see.
func inspect(im *image, first error, see sighting) (*inspection, error) {
	in := &inspection{image: im, see: see, seen: newBitset(im.high), covered: newBitset(im.high), wrong: first}
	free, err := im.free()
	in.note(err)
	in.roots()
	for id := range im.high {
		if in.covered.has(id) && (free.has(id) || id == im.freelist) {
			in.note(damaged("page %d is free and is not", id))
		}
	}
	in.compare()
	in.walked = int(in.counted.records + in.counted.dead)
	if in.refused == nil && in.version > formatVersion {
		return in, fmt.Errorf("%w: version %d of the format, this wormwatch reads up to %d", ErrNewer, in.version, formatVersion)
	}
	if in.wrong != nil && in.refused == nil {
		if first != nil {
			free = nil // who knows of which transaction that list is
		}
		in.blind = free == nil
		in.search(free)
	}
	if in.refused != nil {
		return in, in.refused
	}
	return in, in.wrong
}

func (in *inspection) note(err error) {
	if in.wrong == nil {
		in.wrong = err
	}
}

// compare looks whether all that was written was found.
func (in *inspection) compare() {
	switch {
	case in.version == 0 || !in.known:
		in.note(damaged("it is no outbox, or its total cannot be read"))
	case in.counted.records != in.total.records || in.counted.bytes != in.total.bytes ||
		in.counted.dead != in.total.dead || in.counted.deadOctets != in.total.deadOctets ||
		in.counted.losses != in.total.losses || in.counted.next > in.total.next:
		in.note(damaged("it had %d records and %d dead letters, %d and %d are found",
			in.total.records, in.total.dead, in.counted.records, in.counted.dead))
	}
}

// roots walks through the buckets.
func (in *inspection) roots() {
	in.tree(in.root, nil, nil, 0, func(e *element) {
		name := bytes.Clone(e.key)
		if e.flags != flagBucket || len(e.value) < bucketSize {
			in.note(damaged("%q is no bucket", name))
			return
		}
		inBucket := func(e *element) { in.value(name, e) }
		if root := order.Uint64(e.value); root != 0 {
			in.tree(root, nil, nil, 0, inBucket)
			return
		}
		if len(e.value) < bucketSize+pageHeader {
			in.note(damaged("bucket %q is cut", name))
			return
		}
		found, leaf, err := elements(e.value[bucketSize:])
		if err == nil && !leaf {
			err = damaged("bucket %q has a branch in it", name)
		}
		in.note(err)
		in.leaf(found, nil, nil, inBucket)
	})
}

// deepest bounds a tree: bbolt's have four levels at most with what an outbox holds.
const deepest = 32

// tree walks through the tree at page id, whose keys have to be from low on and below
// high (nil: no such bound), and shows take its leaves' elements.
func (in *inspection) tree(id uint64, low, high []byte, depth int, take func(*element)) {
	if in.refused != nil {
		return
	}
	b, err := in.page(id)
	if err == nil && (in.seen.has(id) || depth > deepest) {
		err = damaged("page %d is in the tree twice", id)
	}
	if err != nil {
		in.note(err)
		return
	}
	in.seen.add(id)
	for i := range uint64(len(b) / in.pageSize) {
		if in.covered.has(id + i) {
			in.note(damaged("page %d is in the tree twice", id+i))
		}
		in.covered.add(id + i)
	}
	found, leaf, err := elements(b)
	in.note(err)
	if leaf {
		in.leaf(found, low, high, take)
		return
	}
	in.ordered(found, low, high)
	for i, e := range found {
		below := high
		if i+1 < len(found) {
			below = found[i+1].key
		}
		in.tree(e.page, e.key, below, depth+1, take)
	}
}

func (in *inspection) leaf(found []element, low, high []byte, take func(*element)) {
	in.ordered(found, low, high)
	for i := range found {
		if in.refused == nil {
			take(&found[i])
		}
	}
}

// ordered looks whether keys ascend.
func (in *inspection) ordered(found []element, low, high []byte) {
	for i, e := range found {
		if i > 0 && bytes.Compare(found[i-1].key, e.key) >= 0 || bytes.Compare(e.key, low) < 0 ||
			high != nil && bytes.Compare(e.key, high) >= 0 {
			in.note(damaged("key %x is out of order", e.key))
		}
	}
}

// value shows see one value of a bucket, if it is whole.
func (in *inspection) value(bucket []byte, e *element) {
	if e.flags != 0 {
		in.note(damaged("a bucket within bucket %q", bucket))
		return
	}
	if bytes.Equal(bucket, bucketMeta) {
		in.about(e)
		return
	}
	if in.refused == nil && in.entry(bucket, e) {
		in.refused = in.see(bucket, e.key, e.value)
	}
}

// about reads a value of the bucket meta.
func (in *inspection) about(e *element) {
	var err error
	switch {
	case bytes.Equal(e.key, keyVersion):
		in.version, err = decodeVersion(e.value)
	case bytes.Equal(e.key, keyTotal):
		in.total, err = decodeTotal(e.value)
		in.known = err == nil
	}
	if err != nil {
		in.note(damaged("%w", err))
	}
}

// entry counts a value, and reports whether it is whole and of that bucket.
func (in *inspection) entry(bucket []byte, e *element) bool {
	var err error
	switch {
	case bytes.Equal(bucket, bucketLost):
		if _, err = decodeLoss(e.key, e.value); err == nil {
			in.counted.losses++
		}
	case bytes.Equal(bucket, bucketRecords) && (len(e.key) != keySize || e.key[0] > record.MaxRank),
		bytes.Equal(bucket, bucketDead) && len(e.key) != deadSize:
		err = fmt.Errorf("%w: its key is %x", errEntry, e.key)
	default:
		if _, err = decode(e.key, e.value); err == nil {
			in.counted.next = max(in.counted.next, idOf(e.key))
			in.tally(bucket, e)
		}
	}
	if err != nil {
		in.broken++
		in.note(damaged("%w", err))
	}
	return err == nil
}

func (in *inspection) tally(bucket []byte, e *element) {
	if bytes.Equal(bucket, bucketRecords) {
		in.counted.records++
		in.counted.bytes += cost(e.key, e.value)
		return
	}
	in.counted.dead++
	in.counted.deadOctets += cost(e.key, e.value)
}

// search looks at the pages that the tree did not lead to and that are not free, for what
// can be told from its key and its checksum alone.
func (in *inspection) search(free bitset) {
	for id := uint64(2); id < in.high && in.refused == nil; id++ {
		if in.seen.has(id) || free.has(id) {
			continue
		}
		b, err := in.page(id)
		if err != nil {
			continue // it is none, or is counted: the tree led to it
		}
		found, leaf, _ := elements(b) // those before the one that is wrong
		for i := range found {
			if leaf && found[i].flags == 0 {
				in.stray(&found[i])
			}
		}
	}
}

// stray shows see a value of which only its key says where it belongs.
func (in *inspection) stray(e *element) {
	bucket := bucketRecords
	if len(e.key) == deadSize {
		bucket = bucketDead
	} else if len(e.key) != keySize {
		return
	}
	if whole(e.key, e.value) && in.entry(bucket, e) {
		in.refused = in.see(bucket, e.key, e.value)
	}
}

// decodeVersion reads the version of the format. Its encoding is that of all versions.
func decodeVersion(b []byte) (uint32, error) {
	if len(b) != sumSize+4 || binary.BigEndian.Uint32(b) != sum(keyVersion, b[sumSize:]) {
		return 0, fmt.Errorf("%w: it is the version", errEntry)
	}
	return binary.BigEndian.Uint32(b[sumSize:]), nil
}

func encodeVersion(v uint32) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, sumSize), v)
	binary.BigEndian.PutUint32(b, sum(keyVersion, b[sumSize:]))
	return b
}
