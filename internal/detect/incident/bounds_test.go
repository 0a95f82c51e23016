package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// Of a timeline that is full the middle goes: the first and the latest moment of each
// family stay, in order of time, and the rest is counted.
func TestTimelineIsBounded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLab(rt, func(c *Config) { c.Quiet = 90 * 24 * time.Hour })
		l.scan(bot)
		l.ircBot(bot)
		l.talking[bot] = l.now
		var first, last [families]string
		put := func(k Kind, message string) {
			f := k.family()
			if first[f] == "" {
				first[f] = message
			}
			last[f] = message
		}
		put(Scan, l.piece(bot, Scan, true).Message)
		put(IRC, l.piece(bot, IRC, true).Message)
		n := rapid.IntRange(0, 80).Draw(rt, "moments")
		for i := range n {
			k := rapid.SampledFrom([]Kind{Scan, IRC, Edge, Listed, Novel}).Draw(rt, "kind")
			ev := l.piece(bot, k, k != Listed && k != Novel)
			l.now = l.now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(rt, "wait")) * time.Second)
			ev.Time = l.now
			ev.Message = fmt.Sprintf("moment %d", i)
			ev.UID = fmt.Sprint("uid ", i)
			put(k, ev.Message)
			l.out = l.Note(ev, l.out)
		}
		d := l.Open()[0].Incident
		if len(d.Timeline) != min(n+2, momentsKept) || d.Omitted != n+2-len(d.Timeline) {
			rt.Fatalf("%d moments and %d omitted of %d", len(d.Timeline), d.Omitted, n+2)
		}
		if !slices.IsSortedFunc(d.Timeline, func(a, b alert.Moment) int { return a.Time.Compare(b.Time) }) {
			rt.Fatalf("not in order: %+v", d.Timeline)
		}
		for f := range families {
			for _, want := range []string{first[f], last[f]} {
				if want != "" && !slices.ContainsFunc(d.Timeline, func(m alert.Moment) bool { return m.Message == want }) {
					rt.Fatalf("%s of %s is not in %+v", want, names[f], d.Timeline)
				}
			}
		}
	})
}

// Before there is an incident fewer moments are kept, and those that go are counted too.
func TestOmittedBeforeTheIncident(t *testing.T) {
	l := newLab(t)
	for i := range 9 {
		ev := l.piece(bot, Listed, false)
		ev.Message = fmt.Sprint("met a listed host, number ", i)
		l.out = l.Note(ev, l.out)
		l.wait(time.Minute)
	}
	l.scan(bot)
	f := l.one(bot, alert.Create)
	if d := f.Incident; len(d.Timeline) != 4 || d.Omitted != 6 || !strings.HasSuffix(d.Timeline[0].Message, " 0") || !strings.HasSuffix(d.Timeline[2].Message, " 8") {
		t.Errorf("%+v", d)
	}
}

// What is told again takes no place of its own: its words are renewed.
func TestRepeatsTakeNoRoom(t *testing.T) {
	l := newLab(t)
	l.ircBot(bot)
	for i := range 100 {
		ev := l.piece(bot, Scan, true)
		ev.Message = fmt.Sprintf("tried %d hosts", i)
		l.out = l.Note(ev, l.out)
		w := l.piece(other, Watched, false)
		w.Message = fmt.Sprintf("its score rose to %d", i)
		l.out = l.Note(w, l.out)
		l.listed(bot)
		l.wait(time.Minute)
	}
	d := l.Open()[0].Incident
	if len(d.Timeline) != 3 || d.Omitted != 0 || d.Timeline[1].Message != "tried 99 hosts" || !d.Timeline[1].Time.Equal(start.UTC()) {
		t.Errorf("%+v", d)
	}
	if n := len(l.take()); n != 2 {
		t.Errorf("%d findings", n)
	}
	l.ircBot(other)
	if d := l.one(other, alert.Create).Incident; len(d.Timeline) != 2 || d.Timeline[0].Message != "its score rose to 99" {
		t.Errorf("%+v", d)
	}
}

func TestLongMessagesAreCutAtARune(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("x", 240), strings.Repeat("é", 121), "x" + strings.Repeat("é", 200), strings.Repeat("\U0001f41b", 100),
		strings.Repeat("\x80", 500), "xy" + strings.Repeat("語", 200),
	} {
		var m text240
		m.n = copied(m.octets[:], text)
		got, cut := strings.CutSuffix(m.String(), "...")
		if cut != (len(text) > 240) || !strings.HasPrefix(text, got) || utf8.ValidString(text) && !utf8.ValidString(got) || len(m.String()) < 236 {
			t.Errorf("%q became %q", text, m.String())
		}
	}
}

// Weak evidence about very many hosts displaces no strong one, and strong evidence about as
// many nothing of those that are told of.
func TestFloods(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Quiet = 40 * time.Hour })
	l.scan(worm)
	l.ircBot(worm)
	l.one(worm, alert.Create)
	l.wait(30 * time.Hour)
	l.scan(bot)
	l.wait(time.Hour)
	ev := l.piece(bot, Listed, false)
	for i := range 200_000 {
		ev.Host = inside(5000 + i)
		l.out = l.Note(ev, l.out)
	}
	l.none()
	l.ircBot(bot)
	l.one(bot, alert.Create)
	for i := range 10_000 {
		l.scan(inside(2_000_000 + i))
	}
	l.none()
	l.novel(worm) // which counts beside its sweep
	if f := l.one(worm, alert.Update); len(f.Incident.Kinds) != 3 {
		t.Errorf("%+v", f.Incident)
	}
	if s := l.Stats(); s.Hosts > 256 || s.HostsLost == 0 || s.Episodes != 2 {
		t.Errorf("%+v", s)
	}
}

// Strong evidence leaves no room for weak evidence until it has lost as much by its age.
func TestWeakEvidenceIsRefused(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Tables.Hosts = 64 })
	for i := range 5000 {
		l.scan(inside(5000 + i))
	}
	l.wait(time.Hour)
	l.listed(bot)
	if s := l.Stats(); s.HostsRefused != 1 {
		t.Errorf("%+v", s)
	}
	l.wait(40 * time.Hour)
	l.listed(bot)
	l.scan(bot)
	l.one(bot, alert.Create)
}

// When incidents have to go for others, each is closed, and is not opened again at once.
func TestIncidentsAreBounded(t *testing.T) {
	l := newLab(t, func(c *Config) { c.Tables = Tables{Hosts: 4096, Episodes: 16} })
	for range 3 {
		for i := range 60 {
			l.scan(inside(i))
			l.ircBot(inside(i))
		}
		l.wait(time.Minute)
	}
	begun, over := map[string]bool{}, 0
	for _, f := range l.take() {
		switch f.Activity {
		case alert.Create:
			begun[f.Episode] = true
		case alert.Close:
			over++
			if !begun[f.Episode] {
				t.Errorf("%s was never opened", f.Message)
			}
		}
	}
	if s := l.Stats(); len(begun) != 60 || over+s.Episodes != 60 || s.EpisodesLost != uint64(over) || s.EpisodesHeld == 0 {
		t.Errorf("%d begun, %d over, %+v", len(begun), over, s)
	}
}

func TestNoAllocations(t *testing.T) {
	l := newLab(t)
	l.scan(worm)
	l.ircBot(worm)
	l.take()
	pieces := []*Evidence{
		l.piece(worm, Scan, true), l.piece(worm, Watched, false), l.piece(worm, IRC, true),
		l.piece(bot, Watched, false), l.piece(bot, Listed, false), l.piece(addr("203.0.113.9"), Scan, true),
	}
	flood := l.piece(bot, Listed, false)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		l.now = l.now.Add(time.Second)
		for _, ev := range pieces {
			ev.Time = l.now
			l.out = l.Note(ev, l.out)
		}
		i++
		flood.Host, flood.Time = inside(5000+i), l.now
		l.out = l.Note(flood, l.out)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
	l.none()
}

func TestTechniquesAreBounded(t *testing.T) {
	l := newLab(t)
	for i := range 100 {
		ev := l.piece(bot, Scan, true)
		ev.Techniques = []string{fmt.Sprintf("T%04d", i), "T1595.001"}
		l.out = l.Note(ev, l.out)
	}
	l.ircBot(bot)
	f := l.out[0] // these are not all in the schema
	if len(f.Techniques) != 64 || !slices.IsSorted(f.Techniques) || !slices.Contains(f.Techniques, "T1595.001") {
		t.Errorf("%v", f.Techniques)
	}
	if s := l.Stats(); s.TechniquesLost != 100-63+1 {
		t.Errorf("%+v", s)
	}
}

// How often time is told, and when it all happens, changes nothing of what is told.
func TestToldAlikeAtAnyTimeAndPace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type act struct {
			step, host int
			wait       time.Duration
		}
		acts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) act {
			return act{
				rapid.IntRange(0, len(steps)).Draw(rt, "step"), rapid.IntRange(0, 3).Draw(rt, "host"),
				time.Duration(rapid.IntRange(0, 15*3600).Draw(rt, "wait")) * time.Second,
			}
		}), 1, 40).Draw(rt, "acts")
		run := func(shift, tick time.Duration) (told []string) {
			l := newLab(rt)
			l.now = start.Add(shift)
			for _, a := range acts {
				host := inside(a.host)
				if a.step == len(steps) {
					l.infected(host, inside((a.host+1)%4), 0)
				} else {
					l.note(host, steps[a.step].kind, steps[a.step].strong)
				}
				for left := a.wait; tick > 0 && left > tick; left -= tick {
					l.out = l.Advance(l.now.Add(a.wait-left), l.out)
				}
				l.now = l.now.Add(a.wait)
			}
			l.wait(0)
			for _, f := range l.take() {
				told = append(told, fmt.Sprint(f.Source.IP, f.Activity, f.Confidence, f.Time.Sub(start.Add(shift).UTC()), f.Incident.Kinds,
					len(f.Incident.Timeline), f.Incident.Omitted, hosts(f.Incident.Infected)))
			}
			return told
		}
		want := run(0, 0)
		if got := run(1234567*time.Second, 0); !slices.Equal(got, want) {
			rt.Fatalf("shifted:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := run(0, time.Hour); !slices.Equal(got, want) {
			rt.Fatalf("told the time:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
