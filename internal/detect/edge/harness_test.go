package edge

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

const start = packet.Time(1_790_000_000 * 1e9)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// inside and outside return the i-th home and outside address.
func inside(i int) packet.Addr {
	return packet.AddrFrom4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func outside(i int) packet.Addr {
	return packet.AddrFrom4([]byte{198, byte(i >> 16), byte(i >> 8), byte(i)})
}

var host, stranger = inside(5), addr("203.0.113.9")

// lab runs events through the real tracker into a judge.
type lab struct {
	*Judge
	t        *testing.T
	tracker  *flow.Tracker
	now      packet.Time
	ev       packet.Event // template: VLAN
	contacts []flow.Contact
	found    []alert.Finding
}

// newLab returns one whose networks.home is not only the default.
func newLab(t *testing.T, tune ...func(*Config, *flow.Config, *Site)) *lab {
	cfg, fc := DefaultConfig(), flow.DefaultConfig()
	fc.Memory.HalfOpen, fc.Memory.Pairs, fc.Memory.Addresses = 1<<10, 1<<12, 1<<12
	site := Site{Sensor: "test", Services: fc.Services, Interface: func(uint16) string { return "span0" }}
	for _, f := range tune {
		f(&cfg, &fc, &site)
	}
	for _, p := range append(cfg.Validate(), cfg.ValidateServices(fc.Services)...) {
		t.Fatalf("configuration: %s: %s", p.Key, p.Text)
	}
	site.Services, site.Territory = fc.Services, flow.NewTerritory(&fc.Networks)
	l := &lab{t: t, now: start, tracker: flow.New(fc, 1), Judge: New(cfg, site, 1)}
	t.Cleanup(func() {
		for i := range l.found {
			alerttest.Validate(t, alert.AppendOCSF(nil, &l.found[i], "test"))
		}
	})
	return l
}

func (l *lab) event(ev packet.Event) {
	ev.Time, ev.VLAN = l.now, l.ev.VLAN
	l.contacts = l.tracker.Observe(&ev, l.contacts[:0])
	l.judge()
	l.Packet(&ev)
}

func (l *lab) judge() {
	for i := range l.contacts {
		l.found = l.Observe(&l.contacts[i], l.found)
	}
}

// wait lets time pass.
func (l *lab) wait(d time.Duration) {
	l.now = l.now.Add(d)
	l.contacts = l.tracker.Advance(l.now, l.contacts[:0])
	l.judge()
	l.found = l.Advance(l.now, l.found)
}

func tcp(src, dst packet.Addr, sport, dport uint16, flags uint8, octets uint16) packet.Event {
	return packet.Event{
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, Src: src, Dst: dst,
		SrcPort: sport, DstPort: dport, TCPFlags: flags, Payload: octets, SrcMAC: [6]byte{2, 0, 0, 0, 0, src[15]},
	}
}

func udp(src, dst packet.Addr, sport, dport uint16, octets uint16) packet.Event {
	return packet.Event{
		Kind: packet.KindUDP, Proto: packet.ProtoUDP, Src: src, Dst: dst, SrcPort: sport, DstPort: dport, Payload: octets,
	}
}

func (l *lab) syn(src, dst packet.Addr) { l.event(tcp(src, dst, 40000, 445, packet.SYN, 0)) }

func (l *lab) answer(src, dst packet.Addr) {
	l.event(tcp(dst, src, 445, 40000, packet.SYN|packet.ACK, 0))
}

// meet is a connection that is answered.
func (l *lab) meet(src, dst packet.Addr) {
	l.syn(src, dst)
	l.answer(src, dst)
	l.wait(time.Second)
}

// ask is a look-up of a name, as Windows does it.
func (l *lab) ask(src, dst packet.Addr) {
	l.event(udp(src, dst, 137, 137, 50))
	l.wait(time.Second)
}

// take returns what was found since the last time.
func (l *lab) take() []alert.Finding {
	fs := l.found
	l.found = nil
	for i := range fs {
		alerttest.Validate(l.t, alert.AppendOCSF(nil, &fs[i], "test"))
	}
	return fs
}

// one returns the only finding since the last time.
func (l *lab) one(k alert.Kind, a alert.Activity, s alert.Severity) *alert.Finding {
	l.t.Helper()
	fs := l.take()
	if len(fs) != 1 {
		l.t.Fatalf("want one finding, got %d: %+v", len(fs), summary(fs))
	}
	if f := &fs[0]; f.Kind != k || f.Activity != a || f.Severity != s {
		l.t.Fatalf("want %s %s of severity %d, got %v", k, a, s, summary(fs))
	}
	return &fs[0]
}

func (l *lab) none() {
	l.t.Helper()
	if fs := l.take(); len(fs) > 0 {
		l.t.Fatalf("want nothing, got %v", summary(fs))
	}
}

func summary(fs []alert.Finding) (lines []string) {
	for i := range fs {
		lines = append(lines, string(fs[i].Kind)+" "+fs[i].Activity.String()+" "+fs[i].Message)
	}
	return lines
}

func atDefault(_ *Config, _ *flow.Config, s *Site) { s.HomeDefault = true }
