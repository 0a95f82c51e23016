package flow

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestOutcomes(t *testing.T) {
	unreachable := packet.Event{
		Kind: packet.KindUnreachable, Proto: packet.ProtoTCP, Src: bob, Dst: alice,
		SrcPort: 445, DstPort: 40000, Flags: packet.FlagRelayed,
	}
	name := udp(alice, bob, 137, 137)
	reply := udp(bob, alice, 137, 137)
	reply.Flags = packet.FlagReply
	broadcast := udp(alice, addr("10.0.0.255"), 137, 137)
	group := syn(alice, bob)
	group.Flags = packet.FlagGroup
	cut := syn(alice, bob)
	cut.Flags = packet.FlagCut
	whoHas := packet.Event{Kind: packet.KindARPRequest, Src: alice, Dst: bob, SrcMAC: macA, Flags: packet.FlagGroup}
	isAt := packet.Event{Kind: packet.KindARPReply, Src: bob, Dst: alice}
	probe := packet.Event{Kind: packet.KindARPRequest, Dst: bob, Flags: packet.FlagGroup}
	announce := packet.Event{Kind: packet.KindARPRequest, Src: bob, Dst: bob, Flags: packet.FlagGroup}
	for _, tc := range []struct {
		name   string
		events []packet.Event
		want   string
	}{
		{"SYN, SYN-ACK", []packet.Event{syn(alice, bob), synAck(bob, alice)}, "opened answered"},
		{"SYN, RST", []packet.Event{syn(alice, bob), rst(bob, alice)}, "opened refused"},
		{"SYN alone", []packet.Event{syn(alice, bob)}, "opened silent"},
		{"retransmits count once", []packet.Event{syn(alice, bob), syn(alice, bob), syn(alice, bob)}, "opened silent"},
		{"duplicated by the mirror", []packet.Event{syn(alice, bob), syn(alice, bob), synAck(bob, alice), synAck(bob, alice)}, "opened answered"},
		{"139 and 445 are one trial", []packet.Event{syn(alice, bob), tcp(alice, bob, 40001, 139, packet.SYN)}, "opened silent"},
		{
			"445 refuses, 139 answers",
			[]packet.Event{syn(alice, bob), tcp(alice, bob, 40001, 139, packet.SYN), rst(bob, alice), tcp(bob, alice, 139, 40001, packet.SYN|packet.ACK)},
			"opened refused answered",
		},
		{"RST behind an answer changes nothing", []packet.Event{syn(alice, bob), synAck(bob, alice), rst(bob, alice)}, "opened answered"},
		{"unreachable", []packet.Event{syn(alice, bob), unreachable}, "opened refused"},
		{"the source's own RST is no answer", []packet.Event{syn(alice, bob), tcp(alice, bob, 40000, 445, packet.RST)}, "opened silent"},
		{"backscatter opens nothing", []packet.Event{synAck(bob, alice), rst(bob, alice), unreachable}, ""},
		{"SYN with FIN or RST is no opening", []packet.Event{tcp(alice, bob, 1, 445, packet.SYN|packet.FIN), tcp(alice, bob, 1, 445, packet.SYN|packet.RST)}, ""},
		{"ECN setup is an opening", []packet.Event{tcp(alice, bob, 1, 445, packet.SYN|0xc0)}, "opened silent"},
		{"port not watched", []packet.Event{tcp(alice, bob, 40000, 80, packet.SYN)}, ""},
		{"name query and reply", []packet.Event{name, reply}, "opened answered"},
		{"a reply opens nothing", []packet.Event{reply}, ""},
		{"subnet broadcast", []packet.Event{broadcast}, ""},
		{"link broadcast", []packet.Event{group}, ""},
		{"multicast", []packet.Event{udp(alice, addr("224.0.0.252"), 5000, 137)}, ""},
		{"to itself", []packet.Event{syn(alice, alice)}, ""},
		{"ports not captured", []packet.Event{cut}, ""},
		{"who-has, is-at", []packet.Event{whoHas, isAt}, "opened answered"},
		{"who-has alone", []packet.Event{whoHas}, "opened silent"},
		{"address probe and announcement", []packet.Event{probe, announce}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWire(t)
			for _, ev := range tc.events {
				w.event(ev)
				w.now = w.now.Add(time.Millisecond)
			}
			w.wait(time.Minute)
			w.want(strings.Fields(tc.want)...)
		})
	}
}

func TestSilenceFallsDueInPacketTimeBeforeTheNextEvent(t *testing.T) {
	w := newWire(t)
	opened := w.now
	w.event(syn(alice, bob))
	w.now = w.now.Add(time.Hour)
	w.event(syn(alice, carol))
	w.want("opened", "silent", "opened")
	if c := w.all[1]; c.Time != opened.Add(5*time.Second) || c.Target != bob {
		t.Errorf("silent at %s", c.Time.Sub(opened))
	}
}

func TestPendingStaysPending(t *testing.T) {
	w := newWire(t)
	w.event(syn(alice, bob))
	w.wait(5*time.Second - 1)
	w.want("opened")
	w.wait(1)
	w.want("opened", "silent")
}

func TestRepeatsAreToldApart(t *testing.T) {
	w := newWire(t)
	meet := func(want Facts, answers bool) {
		t.Helper()
		w.event(syn(alice, bob))
		if got := w.last().Facts & (First | Known | Again); got != want {
			t.Errorf("facts %b, want %b", got, want)
		}
		if answers {
			w.event(synAck(bob, alice))
		}
		w.wait(day)
	}
	meet(First, true)
	meet(Known, true)
	meet(Known, false) // fails once as a known pair
	meet(0, false)
	meet(0, true)
	meet(Known, true)
	w.wait(14 * day)
	meet(First, false)
	meet(Again, false)
	meet(Again, true)
	meet(Known, true)
}

func TestDarkNeedsLearningAndNobodyAlive(t *testing.T) {
	w := newWire(t)
	facts := func(target packet.Addr) Facts {
		w.event(syn(alice, target))
		f := w.last().Facts
		w.wait(time.Minute)
		return f
	}
	if f := facts(bob); f&Learning == 0 || f&Dark != 0 {
		t.Errorf("while learning: %b", f)
	}
	w.watch(7 * day)
	w.event(tcp(carol, alice, 5000, 443, packet.ACK))
	if f := facts(carol); f&Alive == 0 || f&(Dark|Learning) != 0 {
		t.Errorf("alive: %b", f)
	}
	if f := facts(addr("10.0.0.9")); f&Dark == 0 || f&TargetHome == 0 {
		t.Errorf("never seen: %b", f)
	}
	if f := facts(addr("192.0.2.9")); f&(Dark|TargetHome) != 0 {
		t.Errorf("outside: %b", f)
	}
	if f := facts(addr("fd00::9")); f&Dark != 0 || f&TargetHome == 0 {
		t.Errorf("IPv6: %b", f)
	}
	w.watch(15 * day)
	if f := facts(carol); f&Dark == 0 {
		t.Errorf("dead for 15 days: %b", f)
	}
}

// A recording with a gap shows nothing of it: two files weeks apart are no learned week,
// and nobody died between them.
func TestGapIsNotWatched(t *testing.T) {
	w := newWire(t)
	w.event(tcp(carol, alice, 5000, 443, packet.ACK))
	w.wait(30 * day)
	w.event(syn(alice, bob))
	if f := w.last().Facts; f&Learning == 0 || f&Dark != 0 {
		t.Errorf("learned from a gap: %b", f)
	}
	w.watch(8 * day)
	w.event(tcp(carol, alice, 5000, 443, packet.ACK))
	w.wait(30 * day)
	w.event(syn(alice, carol))
	if f := w.last().Facts; f&Alive == 0 {
		t.Errorf("died in a gap: %b", f)
	}
}

func TestDarkGivenCountsFromTheFirstPacket(t *testing.T) {
	w := newWire(t, func(c *Config) { c.Networks.Dark = []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")} })
	w.event(syn(alice, addr("10.9.1.1")))
	if !w.last().Has(Dark | DarkGiven) {
		t.Errorf("facts %b", w.last().Facts)
	}
}

// A bare SYN, a datagram to a watched service and an unsolicited SYN-ACK may be forged.
func TestWhatIsCredible(t *testing.T) {
	for _, tc := range []struct {
		name  string
		ev    packet.Event
		alive bool
	}{
		{"SYN", tcp(bob, alice, 5000, 80, packet.SYN), false},
		{"established", tcp(bob, alice, 5000, 80, packet.ACK), true},
		{"SYN-ACK of a web server", tcp(bob, alice, 80, 5000, packet.SYN|packet.ACK), true},
		{"unsolicited SYN-ACK of a watched service", synAck(bob, alice), false},
		{"unsolicited RST", tcp(bob, alice, 445, 5000, packet.RST), false},
		{"name query", udp(bob, alice, 137, 137), false},
		{"other datagram", udp(bob, alice, 53, 5000), true},
		{"ARP", packet.Event{Kind: packet.KindARPRequest, Src: bob, Dst: alice}, true},
		{"echo", packet.Event{Kind: packet.KindICMP, Src: bob, Dst: alice}, true},
	} {
		w := newWire(t)
		w.event(tcp(carol, alice, 1, 2, packet.ACK))
		w.watch(8 * day)
		w.event(tc.ev)
		w.event(syn(alice, bob))
		if got := w.last().Has(Alive); got != tc.alive {
			t.Errorf("%s: alive %v", tc.name, got)
		}
	}
}

// A router asks for every dead address that anybody behind it sweeps.
func TestRouterIsNoARPScanner(t *testing.T) {
	router, other := [6]byte{2, 1}, [6]byte{2, 9}
	through := func(mac [6]byte, src packet.Addr) packet.Event {
		ev := tcp(src, bob, 80, 5000, packet.ACK)
		ev.SrcMAC = mac
		return ev
	}
	whoHas := func(mac [6]byte, src packet.Addr) packet.Event {
		return packet.Event{Kind: packet.KindARPRequest, Src: src, Dst: addr("10.0.0.77"), SrcMAC: mac}
	}
	t.Run("one from outside spoke through it", func(t *testing.T) {
		w := newWire(t)
		w.event(through(router, addr("192.0.2.1")))
		w.event(whoHas(router, alice))
		w.want()
		w.event(whoHas(other, carol))
		w.want("opened")
	})
	t.Run("another host spoke through it within the hour", func(t *testing.T) {
		w := newWire(t)
		w.event(through(router, addr("10.3.0.1")))
		w.event(whoHas(router, alice))
		w.want()
	})
	t.Run("a host that changed its address the day before is none", func(t *testing.T) {
		w := newWire(t)
		w.event(through(other, addr("10.3.0.1")))
		w.wait(day)
		w.event(whoHas(other, alice))
		w.want("opened")
	})
	t.Run("a router is forgotten", func(t *testing.T) {
		w := newWire(t)
		w.event(through(router, addr("192.0.2.1")))
		w.wait(2 * day)
		w.event(whoHas(router, alice))
		w.want("opened")
	})
}

func TestPrefixThatAnswersForEverybodyMakesNobodyAlive(t *testing.T) {
	w := newWire(t)
	w.event(tcp(carol, alice, 1, 2, packet.ACK))
	w.watch(8 * day)
	for i := range 100 {
		target := packet.AddrFrom4([]byte{10, 7, 7, byte(i)})
		w.event(syn(alice, target))
		if got, want := w.last().Has(Proxied), i+1 >= proxiedTrials; got != want {
			t.Fatalf("trial %d: proxied %v", i, got)
		}
		w.event(synAck(target, alice))
	}
	w.wait(time.Minute)
	w.event(syn(bob, packet.AddrFrom4([]byte{10, 7, 7, 90})))
	if w.last().Has(Alive) {
		t.Error("a SYN proxy made an address alive")
	}
}

func TestWentOn(t *testing.T) {
	w := newWire(t)
	w.event(syn(alice, bob))
	w.event(tcp(alice, bob, 40000, 445, packet.ACK))
	w.wait(time.Minute)
	w.want("opened", "silent")
	if !w.last().Has(WentOn) {
		t.Error("the client went on")
	}
}

func TestRealmsSeparateHosts(t *testing.T) {
	for _, realms := range [][]uint32{nil, {100, 200}} {
		w := newWire(t, func(c *Config) { c.Networks.Realms = realms })
		for _, vlan := range []uint16{100, 200, 300} {
			ev := syn(alice, bob)
			ev.VLAN = vlan
			w.event(ev)
		}
		if want := 1 + len(realms); len(w.all) != want {
			t.Errorf("realms %v: %d trials, want %d", realms, len(w.all), want)
		}
	}
}

// A flood of forged sources opens more trials than there is room for: they are told as
// lost, and nothing grows.
func TestFloodIsCounted(t *testing.T) {
	w := newWire(t, func(c *Config) { c.Memory.HalfOpen = 1024 })
	for i := range 100_000 {
		w.event(syn(packet.AddrFrom4([]byte{172, 16 + byte(i>>16), byte(i >> 8), byte(i)}), bob))
		w.now++
	}
	w.wait(time.Minute)
	count := map[Outcome]int{}
	for _, c := range w.all {
		count[c.Outcome]++
	}
	if count[Opened] != 100_000 || count[Lost] == 0 || count[Opened] != count[Lost]+count[Silent] {
		t.Errorf("%v", count)
	}
	if s := w.tr.Stats(); int(s.TrialsLost) != count[Lost] || s.TrialsOpen != 0 {
		t.Errorf("%+v", s)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	tr := New(DefaultConfig(), 1)
	out := make([]Contact, 0, 64)
	now := packet.Time(1_790_000_000 * 1e9)
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		ev := syn(packet.AddrFrom4([]byte{10, 2, byte(i >> 8), byte(i)}), bob)
		ev.Time = now.Add(time.Duration(i) * 10 * time.Millisecond)
		out = tr.Observe(&ev, out[:0])
		ev = tcp(bob, ev.Src, 445, 40000, packet.SYN|packet.ACK)
		ev.Time = now.Add(time.Duration(i) * 10 * time.Millisecond)
		out = tr.Observe(&ev, out[:0])
	}); n != 0 {
		t.Errorf("%g allocations an event pair", n)
	}
}

func TestBillIsWhatIsAllocated(t *testing.T) {
	c := DefaultConfig()
	var sum int64
	for _, b := range c.Bill() {
		sum += b.Bytes
	}
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			New(c, 1)
		}
	})
	// The port maps and the prefix trees are not tables: 128 KiB and a little.
	if got := r.AllocedBytesPerOp(); got < sum || got > sum+256<<10 {
		t.Errorf("New allocates %d bytes, the bill says %d", got, sum)
	}
}
