package bpf

import (
	"sync/atomic"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// streamOpen are the facts that nothing was heard of either side (enum stream_fact).
const streamOpen = 3 << 2

const streamShift = 52 // STREAM_SHIFT

// Follow says whether all segments of a connection, of both sides, are wanted from now on.
// It reports false if there is no room for one more: then only those segments come that
// look like IRC, and Counts.StreamsLost tells. A connection may be told of again.
func (k *Kernel) Follow(a, b packet.Addr, aPort, bPort uint16, on bool) bool {
	hashes := k.secrets()
	h := hashes.ends(&a, &b, aPort, bPort)
	set, tag := &k.mem.streams[h>>streamShift], uint32(h>>16)|1
	for i := range set.Ways {
		if s := &set.Ways[i]; atomic.LoadUint32(&s.Tag) == tag {
			s.follow(on)
			return true
		}
	}
	return !on || k.followNew(set, tag)
}

// follow says so of a connection that is there. One that is let go makes room, unless
// another one began between the same ends.
func (s *wormwatchStream) follow(on bool) {
	if on {
		s.Whole = 1
		return
	}
	s.Whole = 0
	if s.Facts&streamOpen == 0 {
		atomic.StoreUint32(&s.Tag, 0)
	}
}

// followNew enters a connection that is not there: it was met half-way, or displaced.
func (k *Kernel) followNew(set *wormwatchStreamSet, tag uint32) bool {
	victim := -1
	for i := range set.Ways {
		s := &set.Ways[i]
		if atomic.LoadUint32(&s.Tag) == 0 {
			victim = i
			break
		}
		if s.Whole == 0 && (victim < 0 || int16(s.Window-set.Ways[victim].Window) < 0) {
			victim = i
		}
	}
	if victim < 0 {
		k.streamsLost.Add(1)
		return false
	}
	s := &set.Ways[victim]
	if atomic.LoadUint32(&s.Tag) != 0 && s.Facts&streamOpen != 0 {
		k.streamsLost.Add(1)
	}
	atomic.StoreUint32(&s.Tag, 0) // the kernel leaves it alone while it changes
	s.Facts, s.Whole = 0, 1
	atomic.StoreUint32(&s.Tag, tag)
	return true
}

// Arm has the next event wake whoever polls the rings. Whoever does so looks once more into
// the rings before it waits.
func (k *Kernel) Arm() { atomic.StoreUint32(&k.mem.want.Armed, 1) }

// Disarm takes that back.
func (k *Kernel) Disarm() { atomic.StoreUint32(&k.mem.want.Armed, 0) }

// NextEra says that every source is to be seen again: it is called every 15 minutes.
func (k *Kernel) NextEra() {
	era := &k.mem.want.Era
	atomic.StoreUint32(era, 1+atomic.LoadUint32(era)%255)
}

var _ = [1]struct{}{}[unsafe.Sizeof(packet.Event{})-unsafe.Sizeof(wormwatchEvent{})] // the same size
