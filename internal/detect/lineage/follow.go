package lineage

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// portTFTP is where the worms of 2003 and later had their body fetched from (RFC 1350).
const portTFTP = 69

// Packet notes what follows a meeting: payload to the host, or a call back. For nearly every
// packet it looks at the ports and flags only.
func (b *Book) Packet(ev *packet.Event) {
	switch {
	case ev.Kind == packet.KindTCP && ev.TCPFlags&(packet.SYN|packet.ACK) == packet.SYN:
		if b.site.Ports.Group(packet.ProtoTCP, ev.DstPort) == flow.NoGroup {
			b.calledBack(ev)
		}
	case ev.Kind == packet.KindTCP && ev.Payload > 0:
		if b.site.Ports.Group(packet.ProtoTCP, ev.DstPort) != flow.NoGroup {
			b.payload(ev)
		}
	case ev.Kind == packet.KindUDP && ev.DstPort == portTFTP:
		b.calledBack(ev)
	}
}

func (b *Book) payload(ev *packet.Event) {
	if m := b.meeting(ev.Dst, ev.Src, ev, b.cfg.Memory); m != nil {
		b.proves(m, ev)
		m.Octets += min(uint32(ev.Payload), ^uint32(0)-m.Octets)
	}
}

func (b *Book) calledBack(ev *packet.Event) {
	if m := b.meeting(ev.Src, ev.Dst, ev, b.cfg.CallBack); m != nil && m.CalledBack == 0 {
		b.proves(m, ev)
		m.CalledBack, m.Proto = ev.DstPort, ev.Proto
	}
}

// proves notes that something came of a meeting, before that is entered.
func (b *Book) proves(m *Meeting, ev *packet.Event) {
	if !m.Proven() {
		b.some.add(b.hash(&host{m.Source, b.site.Realm(ev)}), ev.Time)
	}
}

// meeting returns that of a victim with a source if it is no older than within.
func (b *Book) meeting(victim, source packet.Addr, ev *packet.Event, within time.Duration) *Meeting {
	r := b.get(host{victim, b.site.Realm(ev)})
	if r == nil {
		return nil
	}
	m := r.find(source)
	if m == nil || ev.Time.Sub(m.Time) > within {
		return nil
	}
	return m
}
