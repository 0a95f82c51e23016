package bpf

import (
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// tap reads a ring to its end: what internal/capture/ring does for real.
type tap struct {
	consumer, producer *uint64
	data               []byte
	mask               uint64
}

// record is an event as it came up, with the octets behind it.
type record struct {
	packet.Event
	octets []byte
}

func newTap(tb testing.TB, ring *ebpf.Map) *tap {
	tb.Helper()
	page, size := unix.Getpagesize(), int(ring.MaxEntries())
	c, err := unix.Mmap(ring.FD(), 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		tb.Fatal(err)
	}
	d, err := unix.Mmap(ring.FD(), int64(page), page+2*size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _, _ = unix.Munmap(c), unix.Munmap(d) })
	return &tap{
		consumer: (*uint64)(unsafe.Pointer(&c[0])), producer: (*uint64)(unsafe.Pointer(&d[0])),
		data: d[page:], mask: uint64(size - 1),
	}
}

// drain returns what is in the ring, which is empty then.
func (t *tap) drain() (out []record) {
	const header, busy, discarded = 8, 1 << 31, 1 << 30
	at, end := atomic.LoadUint64(t.consumer), atomic.LoadUint64(t.producer)
	for at < end {
		b := t.data[at&t.mask:]
		n := *(*uint32)(unsafe.Pointer(&b[0]))
		if n&busy != 0 {
			break
		}
		size := int(n &^ discarded)
		r := record{Event: *(*packet.Event)(unsafe.Pointer(&b[header]))}
		r.octets = append(r.octets, b[header+int(unsafe.Sizeof(r.Event)):header+size]...)
		out = append(out, r)
		at += uint64((header + size + 7) &^ 7)
	}
	atomic.StoreUint64(t.consumer, at)
	return out
}

// skip empties the ring.
func (t *tap) skip() { atomic.StoreUint64(t.consumer, atomic.LoadUint64(t.producer)) }
