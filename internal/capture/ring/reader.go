// Package ring takes events out of the rings that the kernel fills, one a CPU, and merges
// them into one stream in order of time, so that what judges them need not know how many
// CPUs receive.
package ring

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A record starts with 8 octets of which the first 4 are its length and two bits
// (struct bpf_ringbuf_hdr in kernel/bpf/ringbuf.c); the next one starts at a multiple of 8.
const (
	busyBit     = 1 << 31 // reserved, not written yet
	discardBit  = 1 << 30 // given up by its writer
	headerSize  = 8
	recordAlign = 8
)

// Reader maps one BPF ring buffer. Records are read where they lie; their room is given
// back to the kernel by release, for all that were read at once.
//
// The mapping keeps the ring: the descriptor it was made of may be closed before the
// Reader.
type Reader struct {
	control []byte // consumer position, writable
	shared  []byte // producer position, then the data, twice in a row: no record wraps
	data    unsafe.Pointer
	mask    uint64 // octets of the ring, less one
	pos     uint64 // the next record to take; positions only grow
	end     uint64 // up to where the kernel had written when it was last asked
	freed   uint64 // consumer position as the kernel knows it
}

// Open maps the BPF ring buffer behind the descriptor fd, which holds so many octets: the
// max_entries of the map.
func Open(fd, octets int) (*Reader, error) {
	page := os.Getpagesize()
	if octets < page || bits.OnesCount(uint(octets)) != 1 {
		return nil, fmt.Errorf("a ring of %d octets: a power of two, %d or more, is needed", octets, page)
	}
	control, err := unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the consumer page of a ring: %w", err)
	}
	shared, err := unix.Mmap(fd, int64(page), page+2*octets, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("map the %d octets of a ring: %w", octets, err), unix.Munmap(control))
	}
	r := &Reader{
		control: control,
		shared:  shared,
		data:    unsafe.Pointer(&shared[page]),
		mask:    uint64(octets - 1),
	}
	r.freed = atomic.LoadUint64(r.consumer())
	r.pos = r.freed &^ (recordAlign - 1)
	r.end = r.pos
	return r, nil
}

// Close unmaps the ring. Nothing of it may be used any more; what was not read stays in
// the ring.
func (r *Reader) Close() error {
	if r.shared == nil {
		return nil
	}
	err := errors.Join(unix.Munmap(r.shared), unix.Munmap(r.control))
	r.control, r.shared, r.data = nil, nil, nil
	r.end = r.pos
	return err
}

func (r *Reader) consumer() *uint64 { return (*uint64)(unsafe.Pointer(&r.control[0])) }

func (r *Reader) producer() *uint64 { return (*uint64)(unsafe.Pointer(&r.shared[0])) }

// refresh asks how far the kernel has written.
func (r *Reader) refresh() {
	if r.shared != nil {
		r.end = atomic.LoadUint64(r.producer()) &^ (recordAlign - 1)
	}
}

// release gives the room of all records before pos back to the kernel.
func (r *Reader) release() {
	if r.freed != r.pos && r.shared != nil {
		atomic.StoreUint64(r.consumer(), r.pos)
		r.freed = r.pos
	}
}

// pending returns how many octets wait in the ring.
func (r *Reader) pending() int {
	if r.shared == nil {
		return 0
	}
	return int(min(atomic.LoadUint64(r.producer())-r.freed, r.mask+1))
}

// record is one that lies in the ring, from its first octet behind the header.
type record struct {
	at   unsafe.Pointer // nil: there is none yet
	size uint32         // octets
	next uint64         // position of the record behind it
}

// find returns the first record from pos on, stepping over those discarded, and its
// position. There is none at the end of what was written, and while its writer is not
// done. Anything that cannot be, such as a record that reaches behind the end, is broken:
// what follows it cannot be found, and all that was written is to be skipped.
func (r *Reader) find(pos uint64) (rec record, at uint64, broken bool) {
	left := r.end - pos
	if left > r.mask+1 {
		return record{}, pos, true
	}
	for left > 0 {
		p := unsafe.Add(r.data, pos&r.mask)
		// The load orders what follows after the kernel's exchange that clears busyBit.
		header := atomic.LoadUint32((*uint32)(p))
		if header&busyBit != 0 {
			return record{}, pos, false
		}
		size := header &^ (busyBit | discardBit)
		whole := (uint64(size) + headerSize + recordAlign - 1) &^ (recordAlign - 1)
		if whole > left {
			return record{}, pos, true
		}
		if header&discardBit == 0 {
			return record{unsafe.Add(p, headerSize), size, pos + whole}, pos, false
		}
		pos += whole
		left -= whole
	}
	return record{}, pos, false
}
