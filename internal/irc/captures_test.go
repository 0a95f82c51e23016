package irc

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// captures returns the folder of the captures that all tests share.
func captures(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WORMWATCH_CAPTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "captures")
	}
	if _, err := os.Stat(filepath.Join(dir, "IRC.csv")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shared captures are missing, set WORMWATCH_CAPTURES: %v", err)
		}
		t.Skipf("no shared captures here: %v", err)
	}
	return dir
}

// segment is what one packet of a capture carries.
type segment struct {
	now    packet.Time
	server bool
	seq    uint32
	data   []byte
}

// segments returns the TCP payload of a capture that holds one connection to port.
func segments(t *testing.T, path string, port uint16) (all []segment) {
	t.Helper()
	f, err := capture.OpenFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events := make([]packet.Event, 64)
	for {
		n, _, err := f.Read(events)
		for i := range events[:n] {
			if ev := &events[i]; ev.Kind == packet.KindTCP && ev.Held > 0 {
				all = append(all, segment{ev.Time, ev.SrcPort == port, ev.Seq, slices.Clone(f.Payload(ev))})
			}
		}
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// replay gives a caller what each side sent, in the order of its octets: these captures
// lose nothing, but send some of it twice.
func replay(t *testing.T, segments []segment) *Session {
	k := newCaller(t, false)
	for _, server := range []bool{false, true} {
		mine := slices.DeleteFunc(slices.Clone(segments), func(s segment) bool { return s.server != server })
		if len(mine) == 0 {
			continue
		}
		first := mine[0].seq
		slices.SortStableFunc(mine, func(a, b segment) int { return cmp.Compare(a.seq-first, b.seq-first) })
		sent := uint32(0)
		for _, s := range mine {
			if skip := sent - (s.seq - first); int(skip) < len(s.data) {
				k.send(server, s.data[skip:])
				sent = s.seq - first + uint32(len(s.data))
			}
		}
	}
	return &k.session
}

func TestCaptures(t *testing.T) {
	dir := captures(t)
	registered := Registered | Answered | Welcomed
	for _, c := range []struct {
		file string
		port uint16
		want summary
	}{
		{"ircbot_rbot_6667.pcap", 6667, summary{
			verdict: IRC, facts: registered | Password | Keyed | Ordered | Reported, nick: "damn-0262937047", nicks: 1,
			user: "ghmfeirsfnw", real: "damn-0262937047", host: "hunt3d.devilz.net",
			channels: []Channel{{"#sl0w3r", true}, {"#s01", false}, {"#s02", false}, {"#s03", false}},
			orders:   []string{"download", "advscan"},
		}},
		{"irc_basic.pcap", 6667, summary{
			verdict: IRC, facts: registered, nick: "brotest", nicks: 1, user: "brotest", real: "brotest",
			host: "leguin.freenode.net", channels: []Channel{{"#brotest", false}},
		}},
		{"irc_normal_8000.pcap", 8000, summary{
			verdict: IRC, facts: registered, nick: "molochtest", nicks: 1, user: "xxxxx", real: "Xxxxxx Xxxx",
			host: "card.freenode.net", channels: []Channel{{"#moloch-fpc", false}},
		}},
		{"irc_whitespace.pcap", 6667, summary{
			verdict: IRC, facts: registered, nick: "brotest", nicks: 1, user: "brotest", real: "*",
			host: "sendak.freenode.net", channels: []Channel{{"#BROTEST", false}},
		}},
		{"irc_twitch_port80_vlan.pcap", 80, summary{
			verdict: IRC, facts: registered | Password, nick: "THE-USER", nicks: 1, user: "THE-USER",
			host: "tmi.twitch.tv", channels: []Channel{{"#THE-USER", false}},
		}},
		{"http_on_6667.pcapng", 80, summary{verdict: Other}},
	} {
		all := segments(t, filepath.Join(dir, c.file), c.port)
		if got := summarise(replay(t, all)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n%+v, want\n%+v", c.file, got, c.want)
		}
	}
}
