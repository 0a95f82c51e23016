package c2

import (
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

var (
	second = addr("198.51.100.8")
	third  = addr("198.51.100.9")
)

// TestMostTellingSessionIsShown: a second server is told of if it is more telling, and the
// first is not shown again by what goes on there.
func TestMostTellingSessionIsShown(t *testing.T) {
	r := newRoom(t)
	first := r.connect(6667, unknown).registers("alice", "al", "Alice")
	r.connectTo(client, third, 6667, unknown).registers("alice", "al", "Alice")
	r.connectTo(client, third, 6667, unknown).registers("mike1984", "al", "Alice")
	if r.steps() != "C" {
		t.Errorf("servers hardly more telling than the first: %q", r.summary())
	}
	r.connectTo(client, second, 4915, unknown).registers("alice", "al", "Alice")
	first.says("JOIN #tea\r\n")
	if f := r.last(alert.Update, alert.Low); r.steps() != "CU" || f.IRC.Server != second.Netip() {
		t.Errorf("%q", r.summary())
	}
	if f := r.judge.Open()[0]; f.IRC.Server != second.Netip() || f.FirstSeen != start.UTC() {
		t.Errorf("%q", f.Message)
	}
}

// TestOpenSessionIsShown before one as telling that is over.
func TestOpenSessionIsShown(t *testing.T) {
	r := newRoom(t)
	r.connect(6667, unknown).registers("alice", "al", "Alice").ends()
	r.connect(6667, unknown).registers("bobby", "al", "Alice")
	r.connect(6667, unknown).registers("carol", "al", "Alice")
	if f := r.judge.Open()[0]; f.IRC.Nick != "bobby" || !f.IRC.Open {
		t.Errorf("%q", f.Message)
	}
}

// TestServerThatAnswersIsShown before one as telling that does not.
func TestServerThatAnswersIsShown(t *testing.T) {
	r := newRoom(t)
	r.connect(6667, unknown).introduces("alice", "al", "Alice")
	r.wait(time.Minute)
	r.connectTo(client, second, 6667, unknown).registers("alice", "al", "Alice")
	if f := r.last(alert.Update, alert.Low); f.IRC.Server != second.Netip() || !f.IRC.Answered {
		t.Errorf("%q", r.summary())
	}
	r.connectTo(client, third, 6667, unknown).introduces("alice", "al", "Alice")
	r.wait(time.Minute)
	if r.steps() != "CU" {
		t.Errorf("%q", r.summary())
	}
}

// TestBotWhoseServerComesBack: it was told of before there could be an answer; the answer
// is worth telling if there was none for long.
func TestBotWhoseServerComesBack(t *testing.T) {
	for wait, want := range map[time.Duration]string{time.Second: "C", time.Minute: "CU"} {
		r := newRoom(t)
		c := r.connect(4915, unknown).introduces("DEU|XP|483920", lot, "DEU|XP|483920")
		r.wait(wait)
		c.welcomed("DEU|XP|483920")
		if r.steps() != want {
			t.Errorf("after %s: %q", wait, r.summary())
		}
	}
}

// TestHalfway: of a session whose start was not seen it is not said that nobody answered.
func TestHalfway(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown)
	c.irc.Start(true)
	c.says("PRIVMSG #tea :good morning\r\nPRIVMSG #tea :anybody there\r\n")
	r.wait(time.Minute)
	if f := r.only(alert.Create, alert.Low); weightOf(f, partUnanswered) != 0 || f.IRC.Channels[0] != "#tea" {
		t.Errorf("%+v", f.IRC)
	}
	r = newRoom(t)
	c = r.connect(6667, unknown)
	c.irc.Start(true)
	c.says("PRIVMSG #tea :good morning\r\n").hears("PING :a\r\n:bob!b@c PRIVMSG #tea :morning\r\n")
	r.only(alert.Create, alert.Low)
}

func TestTechniques(t *testing.T) {
	for port, want := range map[uint16][]string{
		6667: {"T1071"}, 6697: {"T1071"}, 4915: {"T1071", "T1571"}, 443: {"T1071", "T1571"},
	} {
		r := newRoom(t)
		r.connect(port, unknown).registers("alice", "al", "Alice")
		if f := r.findings[0]; !slices.Equal(f.Techniques, want) {
			t.Errorf("port %d: %v", port, f.Techniques)
		}
	}
	r := newRoom(t)
	r.connect(994, unknown).tls()
	if f := r.findings[0]; !slices.Equal(f.Techniques, []string{"T1071"}) || weightOf(&f, partPort) != 0 {
		t.Errorf("a port of IRC over TLS is odd: %+v", f)
	}
}

// TestLinkAddressIsKept when the client was not heard again.
func TestLinkAddressIsKept(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown).introduces("alice", "al", "Alice")
	c.talk.MAC = [6]byte{}
	c.welcomed("alice")
	if f := r.only(alert.Create, alert.Low); f.Source.MAC != "02:00:00:00:00:01" {
		t.Errorf("link address %q", f.Source.MAC)
	}
}
