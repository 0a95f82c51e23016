package irc

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// FuzzFeed gives a session any octets from both sides, in any segments: it uses some of
// every full window, keeps within its bounds, and comes to the same as in other segments.
func FuzzFeed(f *testing.F) {
	for _, talk := range allTalks() {
		streams := talk.streams()
		f.Add(streams[0], streams[1], uint16(1), uint16(40), talk.middle)
	}
	f.Fuzz(func(t *testing.T, client, server []byte, one, other uint16, middle bool) {
		const enough = 8 * Window
		streams := [2][]byte{bytes.Clone(client[:min(len(client), enough)]), bytes.Clone(server[:min(len(server), enough)])}
		a := alternate(t, middle, streams, int(one))
		b := alternate(t, middle, streams, int(other))
		if !reflect.DeepEqual(summarise(&a), summarise(&b)) {
			t.Fatalf("%+v, and in other segments\n%+v", summarise(&a), summarise(&b))
		}
		if len(a.Lines()) > linesKept || len(a.Orders()) > ordersKept || len(a.Channels()) > channelsKept || a.ChannelsLost() > 64 {
			t.Fatalf("%+v", summarise(&a))
		}
	})
}

// alternate sends n octets of each side in turn.
func alternate(t *testing.T, middle bool, streams [2][]byte, n int) Session {
	k := newCaller(t, middle)
	n = max(n, 1)
	for len(streams[0])+len(streams[1]) > 0 {
		for from := range streams {
			part := streams[from][:min(n, len(streams[from]))]
			streams[from] = streams[from][len(part):]
			k.send(from == 1, part)
		}
	}
	return k.session
}

func TestFeedLeavesWhatIsNotWhole(t *testing.T) {
	var s Session
	for _, c := range []struct {
		data string
		used int
	}{
		{"", 0}, {"NICK", 0}, {"NICK a\r", 7}, {"\nUSER a 0 0", 1}, {"\r\n\r\n", 4}, {"USER a 0 0 :a\r\nJOIN", 15},
	} {
		if used, _ := s.Feed(1, false, []byte(c.data)); used != c.used {
			t.Errorf("%q: %d used, want %d", c.data, used, c.used)
		}
	}
	if s.Verdict() != IRC {
		t.Error(s.Verdict())
	}
	full := bytes.Repeat([]byte("x"), Window)
	if used, _ := s.Feed(1, true, full[1:]); used != 0 {
		t.Errorf("%d used", used)
	}
	for _, fill := range []string{"x", " ", "@", "\x00", ":"} {
		if used, _ := s.Feed(1, true, bytes.Repeat([]byte(fill), Window)); used != Window {
			t.Errorf("%q: %d used", fill, used)
		}
	}
}

// TestTheRestOfALongLineSaysNothing: nor does what looks like a line in it.
func TestTheRestOfALongLineSaysNothing(t *testing.T) {
	k := newCaller(t, false)
	k.send(true, append(bytes.Repeat([]byte("x"), Window), ":b PRIVMSG #x :.advscan 1"...))
	k.send(true, []byte("\n:b PRIVMSG #x :.asc 1\n"))
	if got := k.session.Orders(); len(got) != 1 || got[0] != "asc" {
		t.Errorf("%q", got)
	}
}

func BenchmarkFeed(b *testing.B) {
	for _, c := range []struct{ name, data string }{
		{"chat", ":bert!~bert@host.example.net PRIVMSG #garden :good morning everybody, it rains again\r\n"},
		{"motd", ":irc.example.net 372 anna :- some line of the message of the day as networks have it\r\n"},
		{"order", ":op!o@h PRIVMSG #x :.advscan netapi 50 5 0 -r\r\n"},
		{"other", "GET / HTTP/1.1\r\nHost: example.net\r\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var s Session
			data := []byte(c.data)
			b.ReportAllocs()
			for now := packet.Time(0); b.Loop(); now++ {
				if c.name == "other" {
					s.Start(false)
				}
				s.Feed(now, c.name != "other", data)
			}
		})
	}
}
