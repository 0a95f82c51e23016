package lineage

import (
	"math/bits"
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

const start = packet.Time(1_790_000_000 * 1e9)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

var worm, victim = addr("10.1.0.5"), addr("10.1.0.9")

// lab is a book with a clock.
type lab struct {
	*Book
	now    packet.Time
	ev     packet.Event // the latest
	scores map[packet.Addr]float64
	sweeps map[packet.Addr]packet.Time
}

func newLab(tune ...func(*Config)) *lab {
	cfg, fc := DefaultConfig(), flow.DefaultConfig()
	for _, f := range tune {
		f(&cfg)
	}
	l := &lab{now: start, scores: map[packet.Addr]float64{}, sweeps: map[packet.Addr]packet.Time{worm: start}}
	l.Book = New(cfg, Site{
		Ports: flow.NewPorts(&fc),
		Realm: func(ev *packet.Event) uint32 { return uint32(ev.VLAN) },
		Score: func(a packet.Addr, _ uint32, _ uint8) float64 { return l.scores[a] },
	}, 1)
	return l
}

func (l *lab) wait(d time.Duration) { l.now = l.now.Add(d) }

func (l *lab) met(source, target packet.Addr) {
	l.Met(&flow.Contact{
		Time: l.now, Source: source, Target: target, Port: 445,
		Outcome: flow.Answered, Facts: flow.First | flow.TargetHome,
	})
}

func (l *lab) tcp(src, dst packet.Addr, port uint16, flags uint8, payload uint16) {
	l.ev = packet.Event{
		Time: l.now, Kind: packet.KindTCP, Proto: packet.ProtoTCP, Src: src, Dst: dst,
		DstPort: port, TCPFlags: flags, Payload: payload,
	}
	l.Packet(&l.ev)
}

func (l *lab) cause() (Meeting, bool) {
	return l.Cause(victim, 0, l.now, func(a packet.Addr, _ uint32) (packet.Time, bool) {
		t, ok := l.sweeps[a]
		return t, ok
	})
}

func TestCause(t *testing.T) {
	for name, tc := range map[string]struct {
		story  func(*lab)
		caused bool
		want   Meeting // of what is looked at
	}{
		"reached, and no more": {func(l *lab) { l.met(worm, victim) }, false, Meeting{}},
		"payload": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(worm, victim, 445, packet.ACK|packet.PSH, 1400)
			l.tcp(worm, victim, 445, packet.ACK, 600)
		}, true, Meeting{Octets: 2000}},
		"what the victim says is no payload": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(victim, worm, 1025, packet.ACK, 600)
		}, false, Meeting{}},
		"payload on a port that is not watched": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(worm, victim, 80, packet.ACK, 600)
		}, false, Meeting{}},
		"called back for HTTP": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(victim, worm, 8080, packet.SYN, 0)
		}, true, Meeting{CalledBack: 8080, Proto: packet.ProtoTCP}},
		"called back for TFTP": {func(l *lab) {
			l.met(worm, victim)
			l.Packet(&packet.Event{Time: l.now, Kind: packet.KindUDP, Proto: packet.ProtoUDP, Src: victim, Dst: worm, DstPort: 69})
		}, true, Meeting{CalledBack: 69, Proto: packet.ProtoUDP}},
		"called back long after": {func(l *lab) {
			l.met(worm, victim)
			l.wait(time.Hour)
			l.tcp(victim, worm, 8080, packet.SYN, 0)
		}, false, Meeting{}},
		"the victim's own sweep is no call back": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(victim, worm, 445, packet.SYN, 0)
		}, false, Meeting{}},
		"reached by one that does not sweep": {func(l *lab) {
			delete(l.sweeps, worm)
			l.met(worm, victim)
			l.tcp(worm, victim, 445, packet.ACK, 600)
		}, false, Meeting{}},
		"reached long before the other swept": {func(l *lab) {
			l.sweeps[worm] = start.Add(time.Hour)
			l.met(worm, victim)
			l.tcp(worm, victim, 445, packet.ACK, 600)
			l.wait(2 * time.Hour)
		}, false, Meeting{}},
		"in another realm": {func(l *lab) {
			l.met(worm, victim)
			l.Packet(&packet.Event{Time: l.now, VLAN: 7, Kind: packet.KindTCP, Src: worm, Dst: victim, DstPort: 445, Payload: 9})
		}, false, Meeting{}},
		"forgotten": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(worm, victim, 445, packet.ACK, 600)
			l.wait(49 * time.Hour)
		}, false, Meeting{}},
		"a second meeting takes nothing from the first": {func(l *lab) {
			l.met(worm, victim)
			l.tcp(worm, victim, 445, packet.ACK, 600)
			l.wait(time.Minute)
			l.met(worm, victim)
		}, true, Meeting{Octets: 600}},
	} {
		l := newLab()
		tc.story(l)
		l.wait(10 * time.Second)
		got, ok := l.cause()
		if ok != tc.caused || got.Octets != tc.want.Octets || got.CalledBack != tc.want.CalledBack || got.Proto != tc.want.Proto {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
		if ok && (got.Source != worm || got.Time != start || got.Port != 445) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Who was called back is named before one that only talked, and later ones before earlier.
func TestTheLikeliestIsNamed(t *testing.T) {
	l := newLab()
	talker, late := addr("10.1.0.6"), addr("10.1.0.7")
	l.sweeps[talker], l.sweeps[late] = start, start
	say := func(who packet.Addr) {
		l.wait(time.Second)
		l.met(who, victim)
		l.tcp(who, victim, 445, packet.ACK, 100)
	}
	say(talker)
	say(late)
	l.wait(time.Second)
	if m, _ := l.cause(); m.Source != late {
		t.Errorf("%v is named, want the later one", m.Source)
	}
	say(worm)
	l.tcp(victim, worm, 21, packet.SYN, 0)
	say(talker)
	l.wait(time.Second)
	if m, _ := l.cause(); m.Source != worm {
		t.Errorf("%v is named, want the one that was called back", m.Source)
	}
	var victims []packet.Addr
	l.Victims(worm, 0, func(v packet.Addr) { victims = append(victims, v) })
	if len(victims) != 1 || victims[0] != victim {
		t.Errorf("victims %v", victims)
	}
}

// The clients of a server that is reached all day do not push a scanner out.
func TestOrdinaryClientsDoNotPushAScannerOut(t *testing.T) {
	l := newLab()
	l.scores[worm] = 9
	l.met(worm, victim)
	l.tcp(worm, victim, 445, packet.ACK, 100)
	for i := range 1000 {
		l.wait(time.Second)
		l.met(packet.AddrFrom4([]byte{10, 2, byte(i >> 8), byte(i)}), victim)
	}
	if m, ok := l.cause(); !ok || m.Source != worm {
		t.Errorf("%+v, %v", m, ok)
	}
	if s := l.Stats(); s.Hosts != 1 || s.MeetingsLost != 1000-kept+1 {
		t.Errorf("%+v", s)
	}
}

// A sweep that is over is remembered for as long as whom it reached; and who sweeps without
// anything coming of it is not looked for.
func TestASweepThatIsOver(t *testing.T) {
	l := newLab()
	l.met(worm, victim)
	l.Swept(worm, 0, start)
	l.tcp(worm, victim, 445, packet.ACK, 600)
	delete(l.sweeps, worm)
	l.wait(47 * time.Hour)
	if m, ok := l.cause(); ok {
		t.Errorf("%+v: nothing had come of it", m)
	}
	l.Swept(worm, 0, start.Add(time.Hour))
	if m, ok := l.cause(); ok {
		t.Errorf("%+v: it swept later", m)
	}
	l.Swept(worm, 0, start.Add(time.Minute))
	if m, ok := l.cause(); !ok || m.Source != worm {
		t.Errorf("%+v, %v", m, ok)
	}
	l.wait(2 * time.Hour)
	if m, ok := l.cause(); ok {
		t.Errorf("%+v: it was forgotten", m)
	}
	may := 0
	for i := range 1000 {
		if l.some.may(l.hash(&host{addr: packet.AddrFrom4([]byte{198, 51, byte(i >> 8), byte(i)})})) {
			may++
		}
	}
	if may > 1 {
		t.Errorf("%d of 1000 that never met anybody are looked for", may)
	}
}

// The filter forgets no source before its meeting is forgotten.
func TestProversLast(t *testing.T) {
	p := newProvers(64, time.Hour)
	for i := range 1000 {
		at := start.Add(time.Duration(i) * time.Minute)
		p.add(uint64(i)*0x9e3779b97f4a7c15, at)
		for back := range min(60, i) {
			if !p.may(uint64(i-back) * 0x9e3779b97f4a7c15) {
				t.Fatalf("at minute %d it forgot that of minute %d", i, i-back)
			}
		}
	}
	full := 0
	for _, w := range append(p.now, p.before...) {
		full += bits.OnesCount64(w)
	}
	if full > 120 {
		t.Errorf("%d bits are set", full)
	}
}

func TestBoundedAndWithoutAllocation(t *testing.T) {
	l := newLab(func(c *Config) { c.Victims = 64 })
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		v := packet.AddrFrom4([]byte{10, 3, byte(i >> 8), byte(i)})
		i++
		l.met(worm, v)
		l.tcp(worm, v, 445, packet.ACK, 100)
		l.tcp(v, worm, 80, packet.SYN, 0)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
	if s := l.Stats(); s.Hosts > 64 || s.HostsLost == 0 {
		t.Errorf("%+v", s)
	}
}

func TestBadConfig(t *testing.T) {
	good := DefaultConfig()
	if ps := good.Validate(); len(ps) > 0 {
		t.Errorf("the default: %v", ps)
	}
	bad := Config{Memory: 0, CallBack: 48 * time.Hour, Victims: 1}
	if ps := bad.Validate(); len(ps) != 3 {
		t.Errorf("%v", ps)
	}
}
