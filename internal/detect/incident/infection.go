package incident

import (
	"fmt"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// infectedKept is how many victims of a host are remembered.
const infectedKept = 32

// infection is a meeting that ended badly, as one of the two has it.
type infection struct {
	other      packet.Addr // zero: none
	time       packet.Time // of contact
	delay      time.Duration
	octets     uint64
	port       uint16
	calledBack uint16
	udp        bool // the call
}

// surer: a call back says more than payload.
func (n *infection) surer(than *infection) bool { return n.calledBack != 0 && than.calledBack == 0 }

func (n *infection) alert() alert.Infection {
	a := alert.Infection{
		Host: n.other.Netip(), Time: n.time.UTC(), Delay: n.delay,
		Port: n.port, Bytes: n.octets, CalledBack: n.calledBack,
	}
	switch {
	case n.calledBack == 0:
	case n.udp:
		a.Protocol = "udp"
	default:
		a.Protocol = "tcp"
	}
	return a
}

// infector returns by whom a host was infected, nil if that is not known or too long ago.
func (b *Book) infector(h *host) *infection {
	if h.by.other.IsZero() || b.left(h.standing[infections].strong) == 0 {
		return nil
	}
	return &h.by
}

// Infected takes that victim, which sweeps itself by now, was infected by another host, and
// how; how.Host is not looked at. Who was established first stays, unless another one is
// surer. Nobody infects itself, or those from whom it has it.
func (b *Book) Infected(now packet.Time, victim, by packet.Addr, realm uint32, how alert.Infection, out []alert.Finding) []alert.Finding {
	out = b.Advance(now, out)
	if victim == by || by.IsZero() || !b.site.Home(victim) || b.descends(by, victim, realm) {
		return out
	}
	k := key{victim, realm}
	h := b.host(&k, strong)
	if h == nil {
		return out
	}
	n := infection{
		other: by, time: timeOf(how.Time), delay: how.Delay, octets: how.Bytes,
		port: how.Port, calledBack: how.CalledBack, udp: how.Protocol == "udp",
	}
	if old := b.infector(h); old != nil {
		if !n.surer(old) {
			return out
		}
		b.acquit(key{old.other, realm}, victim)
	}
	h.by = n
	ev := Evidence{
		Time: now, Began: n.time, Host: victim, Realm: realm, Kind: Infection, Strong: true, MAC: h.mac, Learning: h.learning,
		Event: "infection", Message: n.story(victim), Peer: by, Port: n.port, more: n.calledBack != 0,
	}
	b.enter(&k, h, &ev)
	out = b.weighed(&k, h, &ev, true, out)
	if i := b.open.Get(key{by, realm}); i != nil && i.infect(n.toward(victim)) {
		b.open.Touch(i, now, b.now)
		out = b.say(i, alert.Update, b.now, out)
	}
	return out
}

// toward is the same meeting as the one has it who infected.
func (n infection) toward(victim packet.Addr) infection {
	n.other = victim
	return n
}

// story says how victim was infected.
func (n *infection) story(victim packet.Addr) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s reached %s on port %d", n.other, victim, n.port)
	if n.octets > 0 {
		fmt.Fprintf(&s, " and sent %d octets", n.octets)
	}
	if n.calledBack != 0 {
		fmt.Fprintf(&s, ", which called back to port %d/%s", n.calledBack, n.alert().Protocol)
	}
	if n.delay > 0 {
		fmt.Fprintf(&s, "; %s later %s began to sweep", span(n.delay), victim)
	}
	return s.String()
}

// descends reports whether a host was infected by another, or by one that was, and so on.
func (b *Book) descends(a, from packet.Addr, realm uint32) bool {
	const generations = 64
	for range generations {
		k := key{a, realm}
		_, h := b.hosts.Get(b.hash(&k), k)
		if h == nil {
			return false
		}
		by := b.infector(h)
		if by == nil {
			return false
		}
		if by.other == from {
			return true
		}
		a = by.other
	}
	return false
}

// infect takes a victim in, in order of time, and reports whether it is news. When there is
// no room, the latest is only counted.
func (i *incident) infect(v infection) bool {
	i.acquit(v.other)
	at := int(i.nInfected)
	for at > 0 && i.infected[at-1].time > v.time {
		at--
	}
	if i.nInfected == infectedKept {
		i.infectedLost++
		if at == infectedKept {
			return false
		}
		i.nInfected--
	}
	copy(i.infected[at+1:], i.infected[at:i.nInfected])
	i.infected[at] = v
	i.nInfected++
	return true
}

// acquit takes a victim out.
func (i *incident) acquit(victim packet.Addr) {
	for at := range i.infected[:i.nInfected] {
		if i.infected[at].other == victim {
			copy(i.infected[at:], i.infected[at+1:i.nInfected])
			i.nInfected--
			return
		}
	}
}

// acquit takes back that a host infected another.
func (b *Book) acquit(k key, victim packet.Addr) {
	if i := b.open.Get(k); i != nil {
		i.acquit(victim)
	}
}

// victims finds those that a host infected before it had an incident: they say so.
func (b *Book) victims(i *incident) {
	for slot := range b.hosts.Cap() {
		k, h := b.hosts.At(slot)
		if h == nil || k.realm != i.key.realm {
			continue
		}
		if by := b.infector(h); by != nil && by.other == i.key.addr {
			i.infect(by.toward(k.addr))
		}
	}
}
