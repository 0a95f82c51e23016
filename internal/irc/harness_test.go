package irc

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// turn is what one side sends.
type turn struct {
	server bool
	text   string
}

func up(text string) turn   { return turn{false, text} }
func down(text string) turn { return turn{true, text} }

// talk is a connection and what has to be made of it.
type talk struct {
	name   string
	middle bool
	turns  []turn
	want   summary
}

// streams returns all that the client sends, and all that the server does.
func (t *talk) streams() (streams [2][]byte) {
	for _, turn := range t.turns {
		streams[side(turn.server)] = append(streams[side(turn.server)], turn.text...)
	}
	return streams
}

func side(server bool) int {
	if server {
		return 1
	}
	return 0
}

// summary is what a session tells that has to be the same however it was cut.
type summary struct {
	verdict          Verdict
	facts            Facts
	nick, previous   string
	refused          string
	nicks            int
	user, real, host string
	channels         []Channel
	lost             int
	orders           []string
}

func summarise(s *Session) summary {
	return summary{
		s.Verdict(), s.Facts(), s.Nick(), s.PreviousNick(), s.RefusedNick(), s.Nicks(), s.User(),
		s.Real(), s.ServerName(), s.Channels(), s.ChannelsLost(), s.Orders(),
	}
}

// caller hands a session what a stream follower would: at most a window of each side, what
// was not used again with more behind it, and nothing more of what is not IRC.
type caller struct {
	t       testing.TB
	session Session
	window  [2][]byte
	now     packet.Time
}

func newCaller(t testing.TB, middle bool) *caller {
	k := &caller{t: t}
	k.session.Start(middle)
	return k
}

func (k *caller) send(server bool, data []byte) {
	w := &k.window[side(server)]
	for len(data) > 0 && k.session.Verdict() != Other {
		n := min(len(data), Window-len(*w))
		*w, data = append(*w, data[:n]...), data[n:]
		k.now++
		before := k.session
		used, changed := k.session.Feed(k.now, server, *w)
		if used < 0 || used > len(*w) || used == 0 && len(*w) == Window {
			k.t.Fatalf("%d of %d octets used", used, len(*w))
		}
		if !changed && !same(&before, &k.session) {
			k.t.Fatalf("changed, and does not say so, by %q", (*w)[:used])
		}
		*w = append((*w)[:0], (*w)[used:]...)
	}
}

// same reports whether two sessions tell the same, lines included.
func same(a, b *Session) bool {
	return a.verdict == b.verdict && a.facts == b.facts && a.kept == b.kept && a.lines == b.lines &&
		a.server.orders == b.server.orders && a.client.nick == b.client.nick && a.server.nick == b.server.nick &&
		a.client.channels == b.client.channels && a.server.channels == b.server.channels
}

// run plays a talk turn by turn.
func (t *talk) run(tb testing.TB) *Session {
	k := newCaller(tb, t.middle)
	for _, turn := range t.turns {
		k.send(turn.server, []byte(turn.text))
	}
	return &k.session
}
