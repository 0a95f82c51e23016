package bpf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	p "github.com/wormwatch/wormwatch/internal/packettest"
)

// connection is one whose next sequence numbers are known.
type connection struct {
	d              *door
	client, server string
	sport, dport   uint16
	up, down       uint32
}

// connect shows a handshake.
func (d *door) connect(client, server string, sport, dport uint16) *connection {
	d.t.Helper()
	c := &connection{d, client, server, sport, dport, 0xfffffff0, 0xffffff00}
	d.expect("SYN", 1, d.show(p.Segment(client, server, sport, dport, packet.SYN, c.up)))
	d.expect("SYN-ACK", 1, d.show(p.Segment(server, client, dport, sport, synAck, c.down)))
	c.up++
	c.down++
	return c
}

// says shows octets of the client, so far behind those that it said before.
func (c *connection) says(ahead int, s string) []record {
	c.d.t.Helper()
	return c.d.show(p.Segment(c.client, c.server, c.sport, c.dport, pshAck, c.up+uint32(ahead), []byte(s)...))
}

// hears is says for the server.
func (c *connection) hears(ahead int, s string) []record {
	c.d.t.Helper()
	return c.d.show(p.Segment(c.server, c.client, c.dport, c.sport, pshAck, c.down+uint32(ahead), []byte(s)...))
}

func (c *connection) follow(on bool) bool {
	return c.d.Follow(address(c.client), address(c.server), c.sport, c.dport, on)
}

// heard fails unless one event came up with this payload.
func (d *door) heard(what, payload string, up []record) {
	d.t.Helper()
	if r := d.expect(what, 1, up)[0]; string(r.octets) != payload || int(r.Held) != len(payload) {
		d.t.Fatalf("%s: %q came up, not %q", what, r.octets, payload)
	}
}

func newStreams(t *testing.T) *door {
	d := newDoor(t)
	d.see(ours, ours2, theirs)
	return d
}

func TestFirstOctets(t *testing.T) {
	d := newStreams(t)
	port := uint16(1000)
	const tls, smb = "\x16\x03\x01\x02\x00\x01", "\x00\x00\x00\x54\xfeSMB"
	for _, c := range []struct {
		says  string
		dport uint16
		on    bool // it may be one that is followed
	}{
		{"NICK a\r\n", 4915, true},
		{"n", 4915, true},
		{"ni", 4915, true},
		{"nix", 4915, false},
		{":a!b@c PRIVMSG #d :e\r\n", 80, true},
		{"@t=1 :a PING", 80, true},
		{"  \r\nUSER", 80, true},
		{": PING", 80, false},
		{":\x01", 80, false},
		{":" + strings.Repeat("x", 100), 80, true},
		{"001 a :hi", 80, true},
		{"0018", 80, false},
		{"GET / HTTP/1.1\r\n\r\n", 6667, false},
		{"SSH-2.0-x\r\n", 22, false},
		{tls, 443, false},
		{tls, 6697, true},
		{"\x16\x03\x01\x02\x00\x09\x00\x00", 6697, false},
		{smb, 4915, false},
		{smb, 445, true},
		{"\x81\x00\x00\x44", 139, true},
		{"\x81\x00\x00\x20", 139, false},
		{"\x00\x00\x00\x54\xffSMC", 445, false},
	} {
		t.Run(fmt.Sprintf("%q to %d", c.says, c.dport), func(t *testing.T) {
			d.t = t
			port++
			con := d.connect(ours, theirs, port, c.dport)
			want := c.says
			if !c.on {
				want = want[:min(len(want), 16)]
			}
			d.heard("first octets", want, con.says(0, c.says))
			quiet := string([]byte{1, 2, 3})
			more := con.says(len(c.says), quiet)
			if watched := c.dport == 445 || c.dport == 139; watched && !c.on {
				d.expect("counted only", 0, nil)
				if r := d.expect("more octets", 1, more)[0]; r.Held != 0 {
					t.Errorf("%d octets with them", r.Held)
				}
				return
			}
			if !c.on {
				d.expect("more octets", 0, more)
				return
			}
			d.heard("more octets", quiet, more)
			d.heard("an answer", quiet, con.hears(0, quiet))
		})
	}
}

// TestLongFirstOctets: those of one that is none of the protocols come only as far as they
// show that.
func TestLongFirstOctets(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, theirs, 1, 80)
	d.heard("first octets", "GET /0123456789a", c.says(0, "GET /0123456789abcdefghijklmnopqrstuvwxyz"))
	d.expect("an answer", 0, c.hears(0, "HTTP/1.1 200 OK\r\n"))
	d.heard("an answer that is like IRC", "NOTICE x\r\n", c.hears(17, "NOTICE x\r\n"))
}

func TestServerSpeaksFirst(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, theirs, 1, 4915)
	d.heard("a greeting", "220 ready\r\n", c.hears(0, "220 ready\r\n"))
	d.heard("the client", "NICK a\r\n", c.says(0, "NICK a\r\n"))
}

func TestReorderedStart(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, theirs, 1, 4915)
	d.heard("the second segment", "\x01\x02", c.says(100, "\x01\x02"))
	d.heard("the first", "NICK", c.says(0, "NICK"))
	d.heard("the third", "\x03", c.says(200, "\x03"))
	d.expect("one of another time", 0, c.says(-5000, "\x03"))
	c = d.connect(ours, theirs, 2, 4915)
	d.expect("far ahead", 0, c.says(2048, "\x01"))
	d.expect("before the start", 0, c.says(-3, "\x01\x02\x03"))
	d.heard("across the start", "\x00NICK", c.says(-1, "\x00NICK"))
}

func TestUnseenSynAck(t *testing.T) {
	d := newStreams(t)
	syn := p.Segment(ours, theirs, 1, 80, packet.SYN, 7)
	d.expect("SYN", 1, d.show(syn))
	c := &connection{d, ours, theirs, 1, 80, 8, 5000}
	d.heard("what the server says", "\x01\x02", c.hears(0, "\x01\x02"))
	d.expect("what the client says", 0, c.says(0, "\x01"))
	d.expect("SYN again", 0, d.show(syn))
	d.nextWindow()
	d.expect("SYN later", 1, d.show(syn))
	d.heard("what the client says then", "\x01", c.says(0, "\x01"))
}

// TestStart: what begins as IRC comes up to its first 64 KiB, and then what looks like it.
func TestStart(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, theirs, 1, 4915)
	d.heard("the start", "NICK a", c.says(0, "NICK a"))
	d.heard("its 64th KiB", "\x01", c.says(65535, "\x01"))
	d.expect("behind", 0, c.says(65536, "\x01"))
	d.heard("behind, like IRC", "PING\n", c.says(65536, "PING\n"))
	d.expect("FIN", 1, d.show(p.Segment(ours, theirs, 1, 4915, finAck, 1)))
	d.expect("RST", 1, d.show(p.Segment(theirs, ours, 4915, 1, packet.RST, 1)))
}

// TestWhole: what user space follows comes to its end, and no more then.
func TestWhole(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, theirs, 1, 4915)
	d.heard("the start", "NICK a", c.says(0, "NICK a"))
	c.follow(true)
	d.heard("the other side's start", "\x01", c.hears(0, "\x01"))
	d.heard("a megabyte later", "\x01", c.says(1<<20, "\x01"))
	d.heard("the other side", "\x01", c.hears(1<<20, "\x01"))
	d.expect("FIN", 1, d.show(p.Segment(ours, theirs, 1, 4915, finAck, 1)))
	c.follow(false)
	d.expect("behind the end", 0, c.says(0, "\x01"))
	d.expect("FIN again", 0, d.show(p.Segment(ours, theirs, 1, 4915, finAck, 1)))
}

// TestBegunAnew: between the ends of a connection that is followed another one begins: when
// the first is let go the other one is open.
func TestBegunAnew(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, ours2, 1, 445)
	c.follow(true)
	d.heard("the first", "\x01", c.says(0, "\x01"))
	d.nextWindow()
	c.up += 5000
	d.expect("another SYN", 1, d.show(p.Segment(ours, ours2, 1, 445, packet.SYN, c.up)))
	c.up++
	c.follow(false)
	d.heard("its first octets", "\x00\x00\x00\x54\xfeSMB", c.says(0, "\x00\x00\x00\x54\xfeSMB"))
}

func TestMetHalfway(t *testing.T) {
	d := newStreams(t)
	c := &connection{d, ours, theirs, 1, 8080, 1, 1}
	d.expect("anything", 0, c.says(0, "\x01\x02"))
	d.heard("a line", "PING :a\r\n", c.says(0, "PING :a\r\n"))
	d.expect("anything more", 0, c.says(0, "\x01\x02"))
	if !c.follow(true) {
		t.Fatal("no room")
	}
	d.heard("anything, followed", "\x01\x02", c.hears(0, "\x01\x02"))
	c.follow(false)
	d.expect("no more", 0, c.hears(0, "\x01\x02"))
}

// TestWhoMatters: connections of clients outside are no matter, except to SMB of ours.
func TestWhoMatters(t *testing.T) {
	d := newStreams(t)
	d.expect("to our web server", 0, d.connect(theirs, ours, 1, 80).says(0, "\x01"))
	d.heard("to our SMB server", "\x01", d.connect(theirs, ours, 1, 445).says(0, "\x01"))
	if r := d.expect("to SMB elsewhere", 1, d.connect(theirs, theirs2, 1, 445).says(0, "\x01"))[0]; r.Held != 0 {
		t.Error("with octets")
	}
}

// TestSynFlood: it displaces connections that it begins itself, not those that are
// followed, nor those that were answered.
func TestSynFlood(t *testing.T) {
	d := newStreams(t)
	whole := d.connect(ours, theirs, 1, 4915)
	whole.follow(true)
	answered := d.connect(ours, theirs, 2, 4915)
	for i := range 40000 {
		d.flood(p.TCP(addr(i), theirs, 1, 4915, packet.SYN))
		if i%1000 == 0 {
			d.tap.skip()
		}
	}
	d.tap.skip()
	d.heard("the one that is followed", "\x01", whole.says(0, "\x01"))
	d.heard("the one that was answered", "NICK", answered.says(0, "NICK"))
	if n := d.Counts(); n.StreamsLost == 0 {
		t.Errorf("nothing was lost: %+v", n)
	}
}

// TestNoRoomToFollow: a set in which all are followed takes no more, and says so.
func TestNoRoomToFollow(t *testing.T) {
	d := newStreams(t)
	refused := 0
	for i := range 4 * 4 * len(d.mem.streams) {
		if !d.Follow(address(addr(i)), address(theirs), 1, 80, true) {
			refused++
		}
	}
	if n := d.Counts().StreamsLost; n != uint64(refused) {
		t.Errorf("%d were refused, %d counted", refused, n)
	}
	if all := 4 * len(d.mem.streams); refused < 3*all || refused > 4*all {
		t.Errorf("%d of %d were refused, there is room for %d", refused, 4*all, all)
	}
}

// TestHugePayload: octets beyond what a record holds are cut and counted.
func TestHugePayload(t *testing.T) {
	d := newStreams(t)
	c := d.connect(ours, theirs, 1, 4915)
	long := "PRIVMSG #a :" + strings.Repeat("x", 20000)
	r := d.expect("a jumbo frame", 1, c.says(0, long))[0]
	if len(r.octets) != 1<<14 || string(r.octets) != long[:1<<14] || int(r.Payload) != len(long) || d.Counts().Snapped != 1 {
		t.Errorf("%d octets of %d, %+v", len(r.octets), r.Payload, d.Counts())
	}
}
