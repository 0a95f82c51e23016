package afpacket

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDrained: an interface that went away is not let go of while the kernel holds frames
// of it, in a block that it did not hand over yet.
func TestDrained(t *testing.T) {
	r := &ring{mem: make([]byte, 2*blockSize), used: make([]int32, 2)}
	l := &link{rings: []*ring{r}}
	if !l.drained() {
		t.Error("nothing came, and it is waited for")
	}
	b := r.block(0)
	b.Num_pkts = 1
	if l.drained() {
		t.Error("a frame is in the kernel's block")
	}
	atomic.StoreUint32(&b.Block_status, unix.TP_STATUS_USER)
	if l.drained() {
		t.Error("a frame can be read")
	}
	r.frame()
	r.giveBack()
	if !l.drained() {
		t.Error("all was read")
	}
}
