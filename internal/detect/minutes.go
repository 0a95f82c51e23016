package detect

import "github.com/wormwatch/wormwatch/internal/packet"

// minutes counts two things, in this minute and the one before.
type minutes struct {
	minute uint32
	a, b   [2]uint32
}

// turn moves on to now; old says that nothing of what was counted is left.
func (m *minutes) turn(now packet.Time) (old bool) {
	minute := minuteOf(now)
	switch minute - m.minute {
	case 0:
		return false
	case 1:
		m.a, m.b = [2]uint32{0, m.a[0]}, [2]uint32{0, m.b[0]}
	default:
		m.a, m.b, old = [2]uint32{}, [2]uint32{}, true
	}
	m.minute = minute
	return old
}

// sums returns the counts of both minutes.
func (m *minutes) sums() (a, b uint64) {
	return uint64(m.a[0]) + uint64(m.a[1]), uint64(m.b[0]) + uint64(m.b[1])
}
