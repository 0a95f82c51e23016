package c2

import (
	"net/netip"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
)

const start = packet.Time(1_790_000_000 * 1e9)

var (
	homes   = flow.NewTerritory(&flow.Networks{Home: flow.DefaultConfig().Networks.Home})
	client  = addr("10.1.2.3")
	herder  = addr("198.51.100.7")
	unknown = Known{Novel: true}
	known   = Known{First: start - packet.Time(90*24*time.Hour)}
)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// host10 returns the i-th address of 10.0.0.0/8.
func host10(i int) packet.Addr {
	return packet.AddrFrom4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// room is a judge, a clock, and what it found.
type room struct {
	t        alerttest.TB
	judge    *Judge
	now      packet.Time
	id       uint64
	findings []alert.Finding
}

func newRoom(t alerttest.TB, tune ...func(*Config, *Site)) *room {
	cfg := DefaultConfig()
	cfg.Tables = Tables{Sessions: 1024, Places: 1024, Episodes: 256}
	site := Site{
		Sensor: "test", Home: homes.Home,
		Interface: func(uint16) string { return "span0" },
	}
	for _, f := range tune {
		f(&cfg, &site)
	}
	for _, p := range cfg.Validate() {
		t.Fatalf("configuration: %s: %s", p.Key, p.Text)
	}
	return &room{t: t, judge: New(cfg, site, 1), now: start}
}

// allowing permits what an entry says.
func allowing(e allow.Entry) func(*Config, *Site) {
	return func(_ *Config, s *Site) { s.Allow = allow.New([]allow.Entry{e}) }
}

// wait lets time pass.
func (r *room) wait(d time.Duration) {
	r.now = r.now.Add(d)
	r.found(r.judge.Advance(r.now, nil))
}

// found takes findings, each of which has to be one that can be written.
func (r *room) found(fs []alert.Finding) {
	for i := range fs {
		alerttest.Validate(r.t, alert.AppendOCSF(nil, &fs[i], "test"))
	}
	r.findings = append(r.findings, fs...)
}

// chat is a conversation in a room.
type chat struct {
	*room
	irc   irc.Session
	talk  stream.Talk
	known Known
}

// connect begins a conversation of client with the herder's server.
func (r *room) connect(port uint16, k Known) *chat {
	return r.connectTo(client, herder, port, k)
}

func (r *room) connectTo(from, to packet.Addr, port uint16, k Known) *chat {
	r.id++
	return &chat{room: r, known: k, talk: stream.Talk{
		Began: r.now, ID: r.id, Client: from, Server: to, ClientPort: 40000, ServerPort: port,
		Proto: stream.IRC, VLAN: 12, MAC: [6]byte{2, 0, 0, 0, 0, 1},
	}}
}

// says has the client say something, in one segment.
func (c *chat) says(text string) *chat { return c.feed(false, text) }

// hears has the server say something, in one segment.
func (c *chat) hears(text string) *chat { return c.feed(true, text) }

func (c *chat) feed(server bool, text string) *chat {
	c.now = c.now.Add(time.Millisecond)
	used, changed := c.irc.Feed(c.now, server, []byte(text))
	if used != len(text) {
		c.t.Fatalf("%d octets of %q are used", used, text)
	}
	if changed && c.irc.Verdict() == irc.IRC {
		c.observe()
	}
	return c
}

func (c *chat) observe() {
	c.talk.Time, c.talk.IRC = c.now, &c.irc
	c.found(c.judge.Observe(&c.talk, c.known, nil))
}

// tls makes it a conversation of which nothing is known.
func (c *chat) tls() *chat {
	c.now = c.now.Add(time.Millisecond)
	c.talk.Time, c.talk.Proto = c.now, stream.TLS
	c.found(c.judge.Observe(&c.talk, c.known, nil))
	return c
}

// ends closes the conversation.
func (c *chat) ends() {
	c.talk.End = true
	if c.talk.Time = c.now; c.talk.Proto == stream.IRC {
		c.talk.IRC = &c.irc
	}
	c.found(c.judge.Observe(&c.talk, c.known, nil))
}

// registers gives nick, user and real name, and hears the welcome.
func (c *chat) registers(nick, user, real string) *chat {
	return c.introduces(nick, user, real).welcomed(nick)
}

func (c *chat) introduces(nick, user, real string) *chat {
	return c.says("NICK " + nick + "\r\nUSER " + user + " 0 0 :" + real + "\r\n")
}

func (c *chat) welcomed(nick string) *chat {
	return c.hears(":irc.example.net 001 " + nick + " :Welcome to IRC\r\n")
}

// only returns the only finding there is.
func (r *room) only(a alert.Activity, s alert.Severity) *alert.Finding {
	r.t.Helper()
	if len(r.findings) != 1 {
		r.t.Fatalf("want one finding, got %q", r.summary())
	}
	return r.last(a, s)
}

// last returns the last finding.
func (r *room) last(a alert.Activity, s alert.Severity) *alert.Finding {
	r.t.Helper()
	if len(r.findings) == 0 {
		r.t.Fatalf("nothing was found")
	}
	f := &r.findings[len(r.findings)-1]
	if f.Activity != a || f.Severity != s {
		r.t.Fatalf("want %s with severity %d, got %d of %q", a, s, f.Severity, r.summary())
	}
	return f
}

// steps are the activities of all findings, one letter each.
func (r *room) steps() (s string) {
	for i := range r.findings {
		s += r.findings[i].Activity.String()[:1]
	}
	return s
}

func (r *room) silent() {
	r.t.Helper()
	if len(r.findings) != 0 {
		r.t.Fatalf("want no finding, got %q", r.summary())
	}
}

func (r *room) summary() (lines []string) {
	for i := range r.findings {
		f := &r.findings[i]
		lines = append(lines, f.Activity.String()+": "+f.Message)
	}
	return lines
}

// partNamesOf returns the names of the parts of a finding, in the order of the judge's.
func partNamesOf(f *alert.Finding) (names []string) {
	for _, name := range partNames {
		if slices.ContainsFunc(f.IRC.Parts, func(p alert.Part) bool { return p.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}
