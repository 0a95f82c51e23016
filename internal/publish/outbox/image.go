package outbox

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/bits"
)

// A bbolt file, as it is on the disk and in the octet order of the machine, is read here
// without bbolt: that one believes what it reads, and checks it in goroutines whose panics
// nobody can catch.
//
// It consists of pages of one size. A page has a header (its number, 8 octets; flags, 2;
// count of its elements, 2; how many more pages it runs over, 4), the elements and what
// they point to. Pages 0 and 1 hold the two latest metas.
const (
	pageHeader  = 16
	elementSize = 16
	metaSize    = 64
	metaSummed  = metaSize - 8
	bucketSize  = 16 // root page and sequence

	flagBranch = 1
	flagLeaf   = 2
	flagMeta   = 4
	flagFree   = 16
	flagBucket = 1 // of an element of a leaf

	boltMagic   = 0xed0cdaed
	boltVersion = 2
	noFreelist  = 1<<64 - 1
)

var order = binary.NativeEndian

// meta is where the tree of one transaction begins.
type meta struct {
	pageSize                   int
	root, freelist, high, txid uint64 // high: number of the first page behind all others
}

// parseMeta reads the meta in the page b.
func parseMeta(b []byte) (meta, error) {
	if len(b) < pageHeader+metaSize {
		return meta{}, damaged("no room for a meta page")
	}
	m := b[pageHeader:]
	h := fnv.New64a()
	h.Write(m[:metaSummed])
	switch {
	case order.Uint16(b[8:]) != flagMeta, order.Uint32(m) != boltMagic, order.Uint32(m[4:]) != boltVersion:
		return meta{}, damaged("no meta page where one has to be")
	case h.Sum64() != order.Uint64(m[metaSummed:]):
		return meta{}, damaged("the checksum of a meta page does not agree")
	}
	size := int(order.Uint32(m[8:]))
	if size < 1<<10 || size > 1<<16 || bits.OnesCount(uint(size)) != 1 {
		return meta{}, damaged("pages of %d octets", size)
	}
	return meta{size, order.Uint64(m[16:]), order.Uint64(m[32:]), order.Uint64(m[40:]), order.Uint64(m[48:])}, nil
}

// image is a file of size octets that is looked at.
type image struct {
	r    io.ReaderAt
	size int64
	read uint64 // pages
	meta
}

// readImage reads the metas. With an error there is an image all the same, of what is
// most likely.
func readImage(r io.ReaderAt, size int64) (*image, error) {
	im := &image{r: r, size: size, meta: meta{pageSize: pageSize}}
	b := make([]byte, pageHeader+metaSize)
	var metas []meta
	var first error
	for _, at := range []int64{0, -1} {
		if at < 0 {
			at = int64(im.pageSize) // of meta 0, if that one is whole
		}
		_, err := r.ReadAt(b, at)
		m, bad := parseMeta(b)
		switch {
		case err != nil:
			bad = damaged("it ends, or cannot be read, in a meta page: %v", err)
		case bad == nil && len(metas) == 1 && m.pageSize != metas[0].pageSize:
			bad = damaged("the meta pages do not agree")
		}
		if bad != nil {
			if first == nil {
				first = bad
			}
			continue
		}
		metas = append(metas, m)
		if m.txid >= im.txid {
			im.meta = m
		}
	}
	if first == nil && im.high > uint64(size/int64(im.pageSize)) {
		first = damaged("it has %d octets, and had %d pages of %d", size, im.high, im.pageSize)
	}
	im.high = min(im.high, uint64(size/int64(im.pageSize)))
	if len(metas) == 0 {
		im.high = uint64(size / int64(im.pageSize))
	}
	return im, first
}

// page reads page id and those that it runs over.
func (im *image) page(id uint64) ([]byte, error) {
	if id < 2 || id >= im.high {
		return nil, damaged("page %d of %d", id, im.high)
	}
	b := make([]byte, im.pageSize)
	at := int64(id) * int64(im.pageSize)
	if _, err := im.r.ReadAt(b, at); err != nil {
		return nil, damaged("page %d: %v", id, err)
	}
	more := uint64(order.Uint32(b[12:]))
	if order.Uint64(b) != id || more >= im.high-id || more > im.longest() {
		return nil, damaged("page %d says that it is page %d of %d", id, order.Uint64(b), more+1)
	}
	// Runs that overlap could make of a small file a long work.
	if im.read += more + 1; im.read > 4*(im.high+im.longest()) {
		return nil, damaged("its pages overlap")
	}
	if more > 0 {
		b = append(b, make([]byte, more*uint64(im.pageSize))...)
		if _, err := im.r.ReadAt(b, at); err != nil {
			return nil, damaged("page %d: %v", id, err)
		}
	}
	return b, nil
}

// longest is over how many pages one may run: a leaf of as many of the largest entries as
// bbolt leaves together, or the list of free pages.
func (im *image) longest() uint64 {
	size := uint64(im.pageSize)
	return 6*maxEntry/size + 2 + im.high*8/size
}

// element is one of a leaf (flags, key and value) or of a branch (key and page).
type element struct {
	flags      uint32
	page       uint64
	key, value []byte
}

// elements reads those of a leaf or a branch. Those behind one that cannot be read are not
// looked for.
func elements(b []byte) (out []element, leaf bool, err error) {
	flags, count := order.Uint16(b[8:]), int(order.Uint16(b[10:]))
	if flags != flagLeaf && flags != flagBranch {
		return nil, false, damaged("page %d is of kind %#x", order.Uint64(b), flags)
	}
	leaf = flags == flagLeaf
	body := pageHeader + count*elementSize
	if body > len(b) || !leaf && count == 0 {
		return nil, leaf, damaged("page %d has no room for %d elements", order.Uint64(b), count)
	}
	for i := range count {
		at := pageHeader + i*elementSize
		e := b[at:]
		var el element
		var pos, klen, vlen uint64
		if leaf {
			el.flags = order.Uint32(e)
			pos, klen, vlen = uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		} else {
			pos, klen, el.page = uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])), order.Uint64(e[8:])
		}
		start := uint64(at) + pos
		if start < uint64(body) || klen == 0 || start+klen+vlen > uint64(len(b)) {
			return out, leaf, damaged("page %d: element %d is outside of it", order.Uint64(b), i)
		}
		el.key, el.value = b[start:start+klen], b[start+klen:start+klen+vlen]
		out = append(out, el)
	}
	return out, leaf, nil
}

// free reads the numbers of the pages that hold nothing.
func (im *image) free() (bitset, error) {
	if im.freelist == noFreelist {
		return nil, damaged("no list of free pages")
	}
	b, err := im.page(im.freelist)
	if err != nil {
		return nil, err
	}
	count, at := uint64(order.Uint16(b[10:])), pageHeader
	if count == 0xffff {
		count, at = order.Uint64(b[at:]), at+8
	}
	if order.Uint16(b[8:]) != flagFree || count > uint64(len(b)-at)/8 {
		return nil, damaged("page %d is no list of free pages", im.freelist)
	}
	ids := newBitset(im.high)
	for ; count > 0; count, at = count-1, at+8 {
		id := order.Uint64(b[at:])
		if id < 2 || id >= im.high || ids.has(id) {
			return nil, damaged("page %d is free, or twice, of %d", id, im.high)
		}
		ids.add(id)
	}
	return ids, nil
}

// bitset is a set of page numbers; a nil one is empty.
type bitset []uint64

func newBitset(n uint64) bitset     { return make(bitset, n/64+1) }
func (b bitset) has(id uint64) bool { return b != nil && b[id/64]>>(id%64)&1 != 0 }
func (b bitset) add(id uint64)      { b[id/64] |= 1 << (id % 64) }
