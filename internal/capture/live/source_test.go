package live

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestModes: in every mode and role the events come, and the role alone says what becomes
// of the packets.
func TestModes(t *testing.T) {
	for _, mode := range []string{capture.ModeAuto, capture.ModeNative, capture.ModeGeneric} {
		for _, role := range []string{capture.RoleSpan, capture.RoleRouter} {
			t.Run(mode+" "+role, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				passed := b.passed(t)
				cfg := testConfig("rx")
				cfg.Mode, cfg.Role = mode, role
				r := run(t, b.sensor, cfg, testWants())
				testMode(t, b, r, mode, role)
				want := map[string]int{capture.RoleSpan: 0, capture.RoleRouter: 100}[role]
				if came := passed(want); came != want {
					t.Errorf("%d packets came through, want %d", came, want)
				}
			})
		}
	}
}

func testMode(t *testing.T, b *bench, r *running, mode, role string) {
	const n = 100
	var frames [][]byte
	for i := range n {
		frames = append(frames, syn("10.1.0.1", fmt.Sprintf("10.1.1.%d", i), 40000, 445))
	}
	play(b.out, frames...)
	r.await("openings", func(events []packet.Event) bool { return count(events, toPort(445)) == n })
	for i, ev := range r.seen() {
		var want packet.Event
		if st := packet.Parse(packet.LinkEthernet, frames[i], len(frames[i]), &want); st != packet.OK {
			t.Fatal(st)
		}
		want.Time, want.Iface, want.Data = ev.Time, 0, 0
		if ev != want {
			t.Fatalf("event %d:\ngot  %+v\nwant %+v", i, ev, want)
		}
	}
	if mode == capture.ModeAuto {
		mode = capture.ModeNative
	}
	r.says("level=INFO", "msg=capturing", "interface=rx", "mode="+mode, "role="+role, "driver=veth")
	st := r.stats()
	want := capture.LinkStats{Name: "rx", Mode: mode, Role: role, Up: true, Packets: n, Octets: uint64(n * len(frames[0]))}
	if len(st.Live.Links) != 1 || st.Live.Links[0] != want {
		t.Errorf("links %+v, want %+v", st.Live.Links, want)
	}
	if st.Packets != n || st.Events != n || st.Status[packet.OK] != n || st.WireBytes != want.Octets || st.Live.Lost != 0 {
		t.Errorf("counters %+v, live %+v", st, st.Live)
	}
}

// TestInterfaces: each interface has its own index and name, and they share one order of
// time.
func TestInterfaces(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other, _ := b.Pair(b.sender, "va1", b.sensor, "rx1")
	r := run(t, b.sensor, testConfig("rx", "rx1"), testWants())
	for i := range 20 {
		out := b.out
		if i%2 == 1 {
			out = other
		}
		play(out, syn("10.1.0.1", "10.1.0.2", uint16(40000+i), 445))
	}
	r.await("openings", func(events []packet.Event) bool { return count(events, toPort(445)) == 20 })
	for i, ev := range r.seen() {
		if ev.SrcPort != uint16(40000+i) || ev.Iface != uint16(i%2) {
			t.Errorf("event %d came from port %d by interface %d", i, ev.SrcPort, ev.Iface)
		}
	}
	r.do(func(s *Source) {
		if s.Interface(0) != "rx" || s.Interface(1) != "rx1" || s.Interface(2) != "" {
			t.Errorf("interfaces %q %q %q", s.Interface(0), s.Interface(1), s.Interface(2))
		}
	})
	for _, l := range r.stats().Live.Links {
		if l.Packets != 10 {
			t.Errorf("%s had %d packets, want 10", l.Name, l.Packets)
		}
	}
}

// TestJumbo: frames that need several buffers are taken apart like others, in native mode
// too, and their payload comes.
func TestJumbo(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{capture.ModeNative, capture.ModeGeneric} {
		b := newBench(t)
		b.out.MTU(9000)
		b.in.MTU(9000)
		cfg := testConfig("rx")
		cfg.Mode = mode
		r := run(t, b.sensor, cfg, testWants())
		text := append([]byte("NICK worm\r\n"), make([]byte, 8000)...)
		play(
			b.out,
			packettest.Ethernet(packettest.Segment("10.1.0.1", "198.51.100.1", 40000, 6667, packet.SYN, 100)),
			packettest.Ethernet(packettest.Segment("10.1.0.1", "198.51.100.1", 40000, 6667, packet.ACK, 101, text...)),
		)
		r.await("payload", func(events []packet.Event) bool {
			return count(events, func(ev *packet.Event) bool { return int(ev.Payload) == len(text) && int(ev.Held) == len(text) }) == 1
		})
		r.mu.Lock()
		if i := len(r.said) - 1; r.said[i] != string(text) {
			t.Errorf("%s: %d octets of payload are not those sent", mode, len(r.said[i]))
		}
		r.mu.Unlock()
	}
}

// TestWant: what is watched changes while the source runs.
func TestWant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	wants := testWants()
	r := run(t, b.sensor, testConfig("rx"), wants)
	ask := func(port uint16) []byte {
		return packettest.Ethernet(packettest.UDP("10.1.0.1", "10.1.0.2", 40000, port, 1, 2, 3))
	}
	play(b.out, ask(5000), ask(5000), ask(5000), ask(137)) // the first is a sign of life
	r.await("name query", func(events []packet.Event) bool { return count(events, toPort(137)) == 1 })
	wants.UDP = []uint16{5000}
	r.do(func(s *Source) {
		if err := s.Want(wants); err != nil {
			t.Error(err)
		}
	})
	play(b.out, ask(137), ask(5000), ask(5000))
	r.await("datagrams", func(events []packet.Event) bool { return count(events, toPort(5000)) == 3 })
	if n := count(r.seen(), toPort(137)); n != 1 {
		t.Errorf("%d name queries, want 1", n)
	}
}

// TestFollow: of a connection that is followed every segment comes, both ways, and of
// others only what begins it.
func TestFollow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	client, server := packet.AddrFrom(netip.MustParseAddr("10.1.0.1")), packet.AddrFrom(netip.MustParseAddr("198.51.100.1"))
	up := func(seq uint32, text string) []byte {
		return packettest.Ethernet(packettest.Segment("10.1.0.1", "198.51.100.1", 40000, 7777, packet.ACK|packet.PSH, seq, []byte(text)...))
	}
	down := func(seq uint32, text string) []byte {
		return packettest.Ethernet(packettest.Segment("198.51.100.1", "10.1.0.1", 7777, 40000, packet.ACK|packet.PSH, seq, []byte(text)...))
	}
	play(b.out, syn("10.1.0.1", "198.51.100.1", 40000, 7777))
	r.await("opening", func(events []packet.Event) bool { return count(events, toPort(7777)) == 1 })
	play(b.out, up(5000, "\x01 one"), syn("10.1.0.1", "198.51.100.1", 40001, 7777))
	r.await("another opening", func(events []packet.Event) bool { return count(events, toPort(7777)) >= 2 })
	r.do(func(s *Source) { s.Follow(client, server, 40000, 7777, true) })
	play(b.out, up(6000, "\x01 three"), down(6000, "\x01 four"))
	heard := func(events []packet.Event) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.Contains(r.said, "\x01 four")
	}
	r.await("the answer", heard)
	r.do(func(s *Source) { s.Follow(client, server, 40000, 7777, false) })
	play(b.out, up(7000, "\x01 five"), syn("10.1.0.1", "198.51.100.1", 40002, 7777))
	r.await("a third opening", func(events []packet.Event) bool {
		return count(events, func(ev *packet.Event) bool { return ev.SrcPort == 40002 }) == 1
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for text, want := range map[string]bool{"\x01 one": false, "\x01 three": true, "\x01 four": true, "\x01 five": false} {
		if slices.Contains(r.said, text) != want {
			t.Errorf("%q came: %v, want %v", text, !want, want)
		}
	}
}

// TestCounts: the kernel counts what a source did, with what it did not give.
func TestCounts(t *testing.T) {
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	var frames [][]byte
	for range 50 {
		frames = append(frames, syn("10.1.0.1", "10.1.0.2", 40000, 445), syn("10.1.0.1", "10.1.0.3", 40000, 445))
	}
	frames = append(frames, packettest.Ethernet(packettest.TCP("10.1.0.2", "10.1.0.1", 445, 40000, packet.SYN|packet.ACK)),
		packettest.Ethernet(packettest.TCP("10.1.0.3", "10.1.0.1", 445, 40000, packet.RST|packet.ACK)))
	play(b.out, frames...)
	r.await("refusal", func(events []packet.Event) bool {
		return count(events, func(ev *packet.Event) bool { return ev.TCPFlags&packet.RST != 0 }) == 1
	})
	addr := func(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }
	r.do(func(s *Source) {
		asker, answerer, refuser := s.Counts(addr("10.1.0.1")), s.Counts(addr("10.1.0.2")), s.Counts(addr("10.1.0.3"))
		given := uint64(count(r.seen(), toPort(445)))
		if asker.Openings != 100 || asker.Repeats != 100-given || given > 20 || asker.Held != 0 {
			t.Errorf("who asked: %+v, %d given", asker, given)
		}
		if answerer.Answers != 1 || refuser.Refusals != 1 {
			t.Errorf("who answered: %+v; who refused: %+v", answerer, refuser)
		}
		if s.Counts(addr("10.1.0.9")) != (capture.SourceCounts{}) {
			t.Error("an address that was never seen has counts")
		}
	})
	if l := r.stats().Live; l.Repeats < 80 {
		t.Errorf("%d repeats", l.Repeats)
	}
}

// TestSpan: packets of an interface that somebody uses are not dropped.
func TestSpan(t *testing.T) {
	t.Parallel()
	l := lab.New(t)
	a, h := l.Host("a"), l.Host("h")
	h.IPv6()
	for i, c := range []struct {
		name  string
		setup func(p lab.Port)
		why   string // none: it may be a mirror port
	}{
		{"nothing", func(lab.Port) {}, ""},
		{"address", func(p lab.Port) { h.Address(p.Name, "10.77.0.1/16") }, "it has the address 10.77.0.1 of its own"},
		{"IPv6 address", func(p lab.Port) { h.Address(p.Name, "2001:db8::1/64") }, "it has the address 2001:db8::1 of its own"},
		{"IPv4 link-local address", func(p lab.Port) { h.Address(p.Name, "169.254.0.9/16") }, "it has the address 169.254.0.9 of its own"},
		{"bridge", func(p lab.Port) { h.Bridge("br0", p) }, "it belongs to br0"},
		{"macvlan", func(p lab.Port) { h.IP("link", "add", "mv0", "link", p.Name, "type", "macvlan") }, "the macvlan device mv0 is on top of it"},
	} {
		_, p := l.Pair(a, fmt.Sprintf("a%d", i), h, fmt.Sprintf("h%d", i))
		c.setup(p)
		cfg := testConfig(p.Name)
		cfg.Role = capture.RoleSpan
		refused(t, c.name, open(h, cfg), ErrInUse, c.why)
	}
	cfg := testConfig("lo")
	cfg.Role = capture.RoleSpan
	refused(t, "loopback", open(h, cfg), ErrInUse, "it is the loopback interface")
}
