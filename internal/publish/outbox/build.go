package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// buildSuffix is what the name of a file has while it is made. What is left of one that
// was not finished is overwritten by the next.
const buildSuffix = ".new"

// builder makes a file: whoever is killed leaves the old one or the new one.
type builder struct {
	path    string // while it is made
	db      *bbolt.DB
	file    *os.File
	pending []pair
	octets  int
	total   total
}

// pair is a value that waits for the next transaction.
type pair struct{ bucket, key, value []byte }

// newBuilder begins a file that will be at path.
func newBuilder(path string) (*builder, error) {
	b := &builder{path: path + buildSuffix}
	if err := os.Remove(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var err error
	if b.db, b.file, err = openDB(b.path); err != nil {
		return nil, err
	}
	b.db.NoSync = true // it counts for nothing until it is whole
	err = b.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keyVersion, encodeVersion(formatVersion))
	})
	if err != nil {
		b.discard()
		return nil, err
	}
	return b, nil
}

// put takes a value that is whole.
func (b *builder) put(bucket, key, value []byte) error {
	b.pending = append(b.pending, pair{bucket, bytes.Clone(key), bytes.Clone(value)})
	if b.octets += len(key) + len(value); b.octets < listed && len(b.pending) < chunk {
		return nil
	}
	return b.flush()
}

// flush writes what is pending. Of what comes twice, the first counts.
func (b *builder) flush() error {
	err := b.db.Update(func(tx *bbolt.Tx) error {
		for _, p := range b.pending {
			in := tx.Bucket(p.bucket)
			in.FillPercent = 1
			if in.Get(p.key) != nil {
				continue
			}
			b.count(&p)
			if err := in.Put(p.key, p.value); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keyTotal, b.total.value())
	})
	b.pending, b.octets = b.pending[:0], 0
	return err
}

func (b *builder) count(p *pair) {
	switch {
	case bytes.Equal(p.bucket, bucketRecords):
		b.total.records++
		b.total.bytes += cost(p.key, p.value)
	case bytes.Equal(p.bucket, bucketDead):
		b.total.dead++
		b.total.deadOctets += cost(p.key, p.value)
	default:
		b.total.losses++
		return
	}
	b.total.next = max(b.total.next, idOf(p.key))
}

// finish has the file brought to the disk; to give it its name is left to the caller.
func (b *builder) finish(next uint64) error {
	b.total.next = max(b.total.next, next)
	err := b.flush()
	if err == nil {
		err = b.db.Sync()
	}
	return errors.Join(err, b.db.Close())
}

// discard removes what was made.
func (b *builder) discard() {
	_ = b.db.Close() // it goes
	_ = os.Remove(b.path)
}

// rebuild makes a new file of what is whole in the one at path, nothing if that is of a
// newer version or is not there, and returns how many records it has and how many are
// known to be missing. No ID up to next is given again.
func rebuild(path string, nothing bool, next uint64) (salvaged, lost int, err error) {
	b, err := newBuilder(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		if err != nil {
			b.discard()
		}
	}()
	if !nothing {
		in, err := look(path, b.put)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return 0, 0, err
		}
		if err := b.flush(); err != nil {
			return 0, 0, err
		}
		salvaged, next = int(b.total.records+b.total.dead), max(next, in.total.next)
		if err != nil {
			lost = in.missing(salvaged)
		}
	}
	if lost > 0 {
		l := Loss{Reason: Damaged, Count: uint64(lost)}
		if err := b.put(bucketLost, l.key(), l.value(l.key())); err != nil {
			return 0, 0, err
		}
	}
	return salvaged, lost, b.finish(next)
}

// missing returns how many entries were lost, of a file that is damaged and in which as
// many were found as it says. Where the file cannot tell, or what was found beside the tree
// may have been taken out long ago, it is one at least: what is not known is not to pass
// for nothing.
func (in *inspection) missing(found int) int {
	if !in.known {
		return max(in.broken, 1)
	}
	all := int(min(in.total.records+in.total.dead, math.MaxInt32))
	least := 0
	if in.blind && in.walked < all {
		least = 1
	}
	return max(all-found, least)
}

// look inspects the file at path.
func look(path string, see sighting) (*inspection, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	im, first := readImage(f, info.Size())
	return inspect(im, first, see)
}

// install gives the file that was built at path its name, and the old one another, if it
// is to have one: it is not a moment without the one or the other.
func install(path, aside string) error {
	if aside != "" {
		if err := os.Link(path, aside); err != nil {
			if err := os.Rename(path, aside); err != nil { // a file system without links
				return fmt.Errorf("it cannot be set aside: %w: move it away", err)
			}
		}
	}
	if err := os.Rename(path+buildSuffix, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir has the new names brought to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
