package irc

import (
	"cmp"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// end is an address and a port.
type end struct {
	addr packet.Addr
	port uint16
}

// segment is what one packet carries.
type segment struct {
	seq  uint32
	data []byte
}

// connection is what both sides of one sent.
type connection struct {
	client, server end
	began          bool // its SYN was seen
	sent           [2][]segment
}

// connections returns the TCP connections of a capture that carry anything.
func connections(t *testing.T, path string) (all []*connection) {
	t.Helper()
	f, err := capture.OpenFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := map[[2]end]*connection{}
	events := make([]packet.Event, 64)
	for {
		n, _, err := f.Read(events)
		for i := range events[:n] {
			ev := &events[i]
			if ev.Kind != packet.KindTCP || ev.Held == 0 && ev.TCPFlags&(packet.SYN|packet.ACK) != packet.SYN {
				continue
			}
			from, to := end{ev.Src, ev.SrcPort}, end{ev.Dst, ev.DstPort}
			c := known[[2]end{from, to}]
			if c == nil || ev.TCPFlags&packet.SYN != 0 && !c.began {
				c = &connection{client: from, server: to, began: ev.TCPFlags&packet.SYN != 0}
				if !c.began && to.port > from.port {
					c.client, c.server = to, from
				}
				known[[2]end{from, to}], known[[2]end{to, from}] = c, c
				all = append(all, c)
			}
			s := &c.sent[side(from == c.server)]
			*s = append(*s, segment{ev.Seq, slices.Clone(f.Payload(ev))})
		}
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			return all // some of the captures are cut
		}
	}
}

// replay gives a session what each side sent in the order of its octets, up to a gap.
func (c *connection) replay(t *testing.T) *Session {
	k := newCaller(t, !c.began)
	for from, segments := range c.sent {
		if len(segments) == 0 {
			continue
		}
		first := segments[0].seq
		slices.SortStableFunc(segments, func(a, b segment) int { return cmp.Compare(int32(a.seq-first), int32(b.seq-first)) })
		next := segments[0].seq
		for _, s := range segments {
			skip := int32(next - s.seq)
			if skip < 0 && len(s.data) > 0 && next != first {
				break
			}
			if skip = max(skip, 0); int(skip) < len(s.data) {
				k.send(from == 1, s.data[skip:])
				next = s.seq + uint32(len(s.data))
			}
		}
	}
	return &k.session
}

// TestSharedCaptures: what of all connections of all captures is IRC.
func TestSharedCaptures(t *testing.T) {
	dir := shared.Captures(t)
	registered := Registered | Answered | Welcomed
	want := map[string]summary{
		"ircbot_rbot_6667.pcap": {
			verdict: IRC, facts: registered | Password | Keyed | Ordered | Reported, nick: "damn-0262937047", nicks: 1,
			user: "ghmfeirsfnw", real: "damn-0262937047", host: "hunt3d.devilz.net",
			channels: []Channel{{"#sl0w3r", true}, {"#s01", false}, {"#s02", false}, {"#s03", false}},
			orders:   []string{"download", "advscan"},
		},
		"irc_basic.pcap": {
			verdict: IRC, facts: registered, nick: "brotest", nicks: 1, user: "brotest", real: "brotest",
			host: "leguin.freenode.net", channels: []Channel{{"#brotest", false}},
		},
		"irc_normal_8000.pcap": {
			verdict: IRC, facts: registered, nick: "molochtest", nicks: 1, user: "xxxxx", real: "Xxxxxx Xxxx",
			host: "card.freenode.net", channels: []Channel{{"#moloch-fpc", false}},
		},
		"irc_whitespace.pcap": {
			verdict: IRC, facts: registered, nick: "brotest", nicks: 1, user: "brotest", real: "*",
			host: "sendak.freenode.net", channels: []Channel{{"#BROTEST", false}},
		},
		"irc_twitch_port80_vlan.pcap": {
			verdict: IRC, facts: registered | Password, nick: "THE-USER", nicks: 1, user: "THE-USER",
			host: "tmi.twitch.tv", channels: []Channel{{"#THE-USER", false}},
		},
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d captures: %v", len(files), err)
	}
	got := map[string]summary{}
	for _, file := range files {
		for _, c := range connections(t, file) {
			if s := c.replay(t); s.Verdict() == IRC {
				got[filepath.Base(file)] = summarise(s)
			}
		}
	}
	for file := range want {
		if !reflect.DeepEqual(got[file], want[file]) {
			t.Errorf("%s:\n%+v, want\n%+v", file, got[file], want[file])
		}
		delete(got, file)
	}
	for file := range got {
		t.Errorf("%s: %+v, and is none of IRC", file, got[file])
	}
}

// TestRecordings: of the project's own recordings, the connections to these ports are IRC
// and no others; bots have orders, and people have none.
func TestRecordings(t *testing.T) {
	for file, ports := range map[string][]uint16{
		"irc_people_ngircd.pcap.gz":         {6667, 4915},
		"irc_people_inspircd.pcap.gz":       {6667, 4915},
		"irc_bot_4915.pcap.gz":              {4915},
		"irc_bot_443.pcap.gz":               {443},
		"irc_bot_ipv6.pcap.gz":              {4915},
		"irc_bot_deadc2.pcap.gz":            {4915},
		"irc_bot_tiny_segments.pcap.gz":     {4915},
		"irc_bot_lossy.pcap.gz":             {4915},
		"story.pcap.gz":                     {4915},
		"scan_smb_slow1h_silent.pcap.zst":   nil,
		"scan_smb_slow10min_mixed.pcap.zst": nil,
	} {
		found := 0
		for _, c := range connections(t, filepath.Join("..", "..", "testdata", file)) {
			s := c.replay(t)
			name := file + " " + c.client.addr.String() + " to port " + strconv.Itoa(int(c.server.port))
			if is := s.Verdict() == IRC; is != slices.Contains(ports, c.server.port) {
				t.Errorf("%s: %v", name, s.Verdict())
				continue
			} else if !is {
				continue
			}
			found++
			bot := !strings.HasPrefix(file, "irc_people") && s.Facts()&Welcomed != 0
			if s.Facts()&Registered == 0 || bot != (s.Facts()&Ordered != 0) || !bot && s.Facts()&Reported != 0 {
				t.Errorf("%s: %q, orders %q", name, s.Facts().Names(), s.Orders())
			}
		}
		if (found > 0) != (ports != nil) {
			t.Errorf("%s: %d sessions", file, found)
		}
	}
}
