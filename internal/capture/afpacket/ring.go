package afpacket

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sizes of a ring. A block holds the longest frame that there can be (segments that the
// card joined) and is what the kernel hands over at once.
const (
	blockSize  = 256 << 10
	leastSize  = 8 * blockSize
	perEvent   = 256 // octets of ring for each of capture.ring_events: headers and a short frame
	frameSize  = 2048
	retireTime = 10 // milliseconds until a block that is not full is handed over
	reserve    = 4  // in front of a frame: the VLAN tag
)

// ringSize returns the octets of a ring that so many events fit in.
func ringSize(events int) int { return max(leastSize, events*perEvent) }

// ring is a socket and the memory that it shares with the kernel (TPACKET_V3; packet(7)).
type ring struct {
	fd    int
	link  *link
	mem   []byte
	base  uint32 // of mem in Event.Data
	first int    // oldest block that was not given back
	held  int    // blocks read and not given back, the one at hand among them
	left  uint32 // packets of the block at hand that were not read
	next  int    // where the next of them is
	stats *ringStats

	// Where several rings are merged:
	head    head
	used    []int32 // events of each block that are held, or were given by the latest Read
	waiting int     // such events
}

// ringStats outlive the ring: its interface may go and come back.
type ringStats struct{ events, lost uint64 }

// captured is a frame in a ring.
type captured struct {
	at        int // its place in the ring's memory
	len, wire int // octets that are there, and that it had
	sec, nsec uint32
}

func (r *ring) blocks() int { return len(r.mem) / blockSize }

func (r *ring) block(i int) *unix.TpacketHdrV1 {
	desc := (*unix.TpacketBlockDesc)(unsafe.Pointer(&r.mem[i*blockSize]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&desc.Hdr))
}

// ready reports whether there is a frame to read.
func (r *ring) ready() bool {
	for r.left == 0 {
		if r.held == r.blocks() {
			return false
		}
		i := (r.first + r.held) % r.blocks()
		b := r.block(i)
		if atomic.LoadUint32(&b.Block_status)&unix.TP_STATUS_USER == 0 {
			return false
		}
		r.held++
		r.left = b.Num_pkts
		r.next = i*blockSize + int(b.Offset_to_first_pkt)
	}
	return true
}

// frame returns the next frame; there must be one.
func (r *ring) frame() captured {
	h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.mem[r.next]))
	c := captured{at: r.next + int(h.Mac), len: int(h.Snaplen), wire: int(h.Len), sec: h.Sec, nsec: h.Nsec}
	r.next += int(h.Next_offset)
	r.left--
	if h.Status&unix.TP_STATUS_VLAN_VALID != 0 && c.len >= 2*6 {
		r.tag(&c, h)
	}
	return c
}

// tag puts the VLAN tag back that the kernel took off: between addresses and EtherType.
func (r *ring) tag(c *captured, h *unix.Tpacket3Hdr) {
	const addresses, size = 2 * 6, reserve
	tpid := uint16(unix.ETH_P_8021Q)
	if h.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		tpid = h.Hv1.Vlan_tpid
	}
	c.at, c.len, c.wire = c.at-size, c.len+size, c.wire+size
	f := r.mem[c.at:]
	copy(f[:addresses], f[size:])
	binary.BigEndian.PutUint16(f[addresses:], tpid)
	binary.BigEndian.PutUint16(f[addresses+2:], uint16(h.Hv1.Vlan_tci))
}

// latest is the block at hand.
func (r *ring) latest() int { return (r.first + r.held - 1) % r.blocks() }

// giveBack returns the blocks to the kernel that were read to their end and are not used.
func (r *ring) giveBack() {
	for ; (r.held > 1 || r.held == 1 && r.left == 0) && r.used[r.first] == 0; r.held-- {
		b := r.block(r.first)
		b.Num_pkts = 0 // see coming
		atomic.StoreUint32(&b.Block_status, unix.TP_STATUS_KERNEL)
		r.first = (r.first + 1) % r.blocks()
	}
}

// coming returns the stamp of the first frame in the block that the kernel fills, if there
// is one. There must be no frame to read. The kernel counts a frame before it writes the
// stamp: then this is one from before, as good.
func (r *ring) coming() (sec, nsec uint32, some bool) {
	i := (r.first + r.held) % r.blocks()
	b := r.block(i)
	if r.held == r.blocks() || atomic.LoadUint32(&b.Num_pkts) == 0 {
		return 0, 0, false
	}
	at := i*blockSize + int(b.Offset_to_first_pkt)
	if at+int(unsafe.Sizeof(unix.Tpacket3Hdr{})) > len(r.mem) {
		return 0, 0, false
	}
	h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.mem[at]))
	return h.Sec, h.Nsec, true
}

// count adds what the kernel counted since it was last asked.
func (r *ring) count() {
	if n, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		r.stats.lost += uint64(n.Drops)
	}
}

// close leaves the interface.
func (r *ring) close() error {
	r.count()
	err := unix.Munmap(r.mem)
	if e := unix.Close(r.fd); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%s: close: %w", r.link.name, err)
	}
	return nil
}
