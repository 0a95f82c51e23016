package stream

import (
	"math/bits"

	"github.com/wormwatch/wormwatch/internal/irc"
)

// windowSize is the octets of a side that are held at most.
const windowSize = irc.Window

// window holds the octets of one side of a connection from the first that was not used
// on: have of them in a row, and behind a gap those that the bits of there stand for.
// The first copy of an octet counts.
type window struct {
	next    uint32 // sequence number of the first octet not used
	first   uint32 // of the first octet of the side
	end     uint32 // of the first octet that there will not be, if ended
	far     uint32 // where the latest segment ends that was beyond the window, if ahead
	used    uint16 // octets that showed nothing, no more than windowSize
	have    uint16
	pending uint16 // octets behind a gap
	based   bool   // next is known
	ended   bool
	ahead   bool
	midline bool // the octets up to the next line end are of no use
	there   [windowSize / 64]uint64
	octets  [windowSize]byte
}

// reset empties the window; the octets need not be cleared.
func (w *window) reset() {
	w.next, w.first, w.end, w.far, w.used, w.have, w.pending = 0, 0, 0, 0, 0, 0, 0
	w.based, w.ended, w.ahead, w.midline = false, false, false, false
	clear(w.there[:])
}

// base says where the stream starts, if that is not known.
func (w *window) base(seq uint32) {
	if !w.based {
		w.next, w.first, w.based = seq, seq, true
	}
}

// offset returns how far seq is behind the first octet that was not used; negative if it
// was (RFC 9293, 3.4: sequence numbers are compared modulo 2^32).
func (w *window) offset(seq uint32) int { return int(int32(seq - w.next)) }

// ready returns the octets in a row.
func (w *window) ready() []byte { return w.octets[:w.have] }

// reached reports whether all octets before seq were seen.
func (w *window) reached(seq uint32) bool { return w.offset(seq) <= int(w.have) }

// complete reports whether the side has ended and all of it was seen.
func (w *window) complete() bool { return w.ended && w.reached(w.end) }

// lacks reports whether octets are missing before others.
func (w *window) lacks() bool { return w.pending > 0 || w.ahead }

// put keeps what fits of data, which starts off octets behind the first not used. It
// returns how much fits, and how many of its octets are there with another value.
func (w *window) put(off int, data []byte) (n, disagree int) {
	n = min(len(data), windowSize-off)
	if off == int(w.have) && w.pending == 0 {
		w.have += uint16(copy(w.octets[off:], data[:n]))
		w.ahead = false
		return n, 0
	}
	for i, b := range data[:n] {
		at := off + i
		bit := uint64(1) << (at % 64)
		switch {
		case at < int(w.have) || w.there[at/64]&bit != 0:
			if w.octets[at] != b {
				disagree++
			}
		default:
			w.octets[at] = b
			w.there[at/64] |= bit
			w.pending++
		}
	}
	if off <= int(w.have) {
		w.ahead = false
	}
	w.join()
	return n, disagree
}

// join adds to the octets in a row those that are not behind a gap any more.
func (w *window) join() {
	for w.pending > 0 && w.have < windowSize {
		at, bit := w.have/64, uint64(1)<<(w.have%64)
		if w.there[at]&bit == 0 {
			return
		}
		w.there[at] &^= bit
		w.pending--
		w.have++
	}
}

// slide drops the first n octets; there may be fewer.
func (w *window) slide(n int) {
	w.next += uint32(n)
	if n >= windowSize {
		w.have, w.pending = 0, 0
		clear(w.there[:])
		return
	}
	held := int(w.have)
	if w.pending > 0 {
		held = windowSize
		w.shift(n)
	}
	copy(w.octets[:], w.octets[min(n, held):held])
	w.have -= min(uint16(n), w.have)
	w.join()
}

// shift moves the bits of there n places down.
func (w *window) shift(n int) {
	words, rest := n/64, n%64
	left := 0
	for i := range w.there {
		var v uint64
		if i+words < len(w.there) {
			v = w.there[i+words] >> rest
		}
		if rest > 0 && i+words+1 < len(w.there) {
			v |= w.there[i+words+1] << (64 - rest)
		}
		w.there[i] = v
		left += bits.OnesCount64(v)
	}
	w.pending = uint16(left)
}

// resume returns how far behind the first octet not used the octets go on behind the gap;
// false if there is nothing behind it.
func (w *window) resume() (n int, ok bool) {
	for i, v := range w.there {
		if v != 0 {
			return i*64 + bits.TrailingZeros64(v), true
		}
	}
	return 0, false
}
