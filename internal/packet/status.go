package packet

import "fmt"

// Status says what Parse made of a frame; all but OK are counted by the source.
type Status uint8

const (
	// OK: ev is filled in.
	OK Status = iota
	// NotIP: neither IP nor ARP for IPv4 (LLDP, spanning tree, LCP ...).
	NotIP
	// Cut: the capture ends before the addresses.
	Cut
	// Malformed: a header contradicts itself or the frame.
	Malformed
	// TooDeep: more tunnels, VLAN tags, labels or extension headers than the bound.
	TooDeep
	// Unsupported: a link type or an encapsulation that is not taken apart.
	Unsupported
	// Statuses is how many there are.
	Statuses
)

var statusNames = [Statuses]string{"ok", "not-ip", "cut", "malformed", "too-deep", "unsupported"}

// String returns the name of s as counters and metrics show it.
func (s Status) String() string {
	if s < Statuses {
		return statusNames[s]
	}
	return fmt.Sprintf("status-%d", uint8(s))
}

// Stats counts frames by what Parse made of them. The zero value is ready; it is not
// safe for concurrent use.
type Stats [Statuses]uint64

// Count adds one frame. A value that is no Status is not counted.
func (s *Stats) Count(st Status) {
	if st < Statuses {
		s[st]++
	}
}

// Add adds the counts of t, such as those of another reader.
func (s *Stats) Add(t *Stats) {
	for i := range s {
		s[i] += t[i]
	}
}

// Total returns how many frames were counted.
func (s *Stats) Total() uint64 {
	var n uint64
	for _, c := range s {
		n += c
	}
	return n
}

// Failed returns how many frames gave no event.
func (s *Stats) Failed() uint64 { return s.Total() - s[OK] }
