package ring

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// paper is a ring without a kernel behind it: a file in memory of the same layout, in
// which a test writes what the kernel never would.
type paper struct {
	fd, octets int
	memory     []byte // consumer page, producer page, the data twice
	end        uint64
}

func newPaper(tb testing.TB, octets int) *paper {
	tb.Helper()
	fd, err := unix.MemfdCreate("ring", unix.MFD_CLOEXEC)
	if err != nil {
		tb.Fatal(err)
	}
	size := 2*os.Getpagesize() + 2*octets
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		tb.Fatal(err)
	}
	p := &paper{fd: fd, octets: octets}
	if p.memory, err = unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = unix.Munmap(p.memory)
		_ = unix.Close(fd)
	})
	return p
}

func (p *paper) open(tb testing.TB) *Reader {
	tb.Helper()
	r, err := Open(p.fd, p.octets)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

// write puts octets at a position, in both copies of the data.
func (p *paper) write(at uint64, b []byte) {
	data := p.memory[2*os.Getpagesize():]
	for i, v := range b {
		j := (at + uint64(i)) % uint64(p.octets)
		data[j], data[j+uint64(p.octets)] = v, v
	}
}

// header writes that of a record and tells where it is.
func (p *paper) header(at uint64, header uint32) {
	p.write(at, binary.LittleEndian.AppendUint32(nil, header))
}

// put adds a record, with some of the bits of its header set, and returns its position.
func (p *paper) put(content []byte, bits uint32) (at uint64) {
	at = p.end
	p.header(at, uint32(len(content))|bits)
	p.write(at+headerSize, content)
	p.end += (uint64(len(content)) + headerSize + recordAlign - 1) &^ (recordAlign - 1)
	p.produce(p.end)
	return at
}

// produce says that the kernel has written up to end.
func (p *paper) produce(end uint64) { p.store(os.Getpagesize(), end) }

// consume says that user space has read up to pos.
func (p *paper) consume(pos uint64) { p.store(0, pos) }

func (p *paper) store(page int, v uint64) {
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&p.memory[page])), v)
}

// consumed returns up to where user space has read.
func (p *paper) consumed() uint64 {
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&p.memory[0])))
}
