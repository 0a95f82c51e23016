package ring

import "github.com/wormwatch/wormwatch/internal/packet"

// arenaOctets bounds the payloads of one Read, which ends early for them. There is room
// for the largest that a record can have.
const arenaOctets = 1 << 20

// Payload returns the octets of TCP payload of ev that were captured; valid until the
// next Read.
func (m *Merger) Payload(ev *packet.Event) []byte {
	if end := uint64(ev.Data) + uint64(ev.Held); end <= uint64(len(m.arena)) {
		return m.arena[ev.Data:end:end]
	}
	return nil
}

// give makes dst of a record, as of a monotonic stamp, and tells whether it is an event.
// Where the arena has no room for its payload, it sets full and does nothing else.
func (m *Merger) give(rec *record, stamp uint64, dst *packet.Event) bool {
	from := rec.event()
	held := int(from.Held)
	if held > cap(m.arena)-len(m.arena) {
		m.full = true
		return false
	}
	*dst = *from
	dst.Data = uint32(len(m.arena))
	switch {
	case dst.Kind == kindPunt:
		if !m.parse(rec.octets(held), int(from.Data), dst) {
			return false
		}
	case held > 0:
		m.arena = append(m.arena, rec.octets(held)...)
	}
	dst.Time = m.clock.Time(stamp)
	if dst.Time < m.latest {
		dst.Time = m.latest
		m.stats.Reordered++
	}
	m.latest = dst.Time
	return true
}

// parse makes dst, which has an interface, of a frame that the kernel did not take apart.
func (m *Merger) parse(frame []byte, wireLen int, dst *packet.Event) bool {
	st := packet.Parse(packet.LinkEthernet, frame, wireLen, dst)
	m.stats.Punts.Count(st)
	if st != packet.OK {
		return false
	}
	payload := frame[:0]
	if dst.Held > 0 {
		payload = frame[dst.Data : int(dst.Data)+int(dst.Held)]
	}
	dst.Data = uint32(len(m.arena))
	m.arena = append(m.arena, payload...)
	return true
}
