package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// steps is what the detectors may find.
var steps = []struct {
	kind   Kind
	strong bool
}{
	{Scan, true},
	{Watched, false},
	{IRC, true},
	{IRC, false},
	{Edge, true},
	{Edge, false},
	{Listed, false},
	{Novel, false},
}

func TestTwoKinds(t *testing.T) {
	type story func(*lab)
	scan, watched := func(l *lab) { l.scan(bot) }, func(l *lab) { l.watched(bot) }
	irc, person := func(l *lab) { l.ircBot(bot) }, func(l *lab) { l.person(bot) }
	edge, grave := func(l *lab) { l.edge(bot) }, func(l *lab) { l.note(bot, Edge, true) }
	listed, novel := func(l *lab) { l.listed(bot) }, func(l *lab) { l.novel(bot) }
	infected := func(l *lab) { l.infected(bot, worm, 0) }
	for name, tc := range map[string]struct {
		stories []story
		kinds   []string // nil: no incident
	}{
		"a sweep":                           {[]story{scan}, nil},
		"a sweep and a watched score":       {[]story{scan, watched}, nil},
		"two sweeps":                        {[]story{scan, scan}, nil},
		"a bot":                             {[]story{irc}, nil},
		"a bot and a person":                {[]story{irc, person}, nil},
		"a sweep and a bot":                 {[]story{scan, irc}, []string{"scan", "irc"}},
		"a sweep and a person":              {[]story{scan, person}, []string{"scan", "irc"}},
		"a watched score and a bot":         {[]story{watched, irc}, []string{"scan", "irc"}},
		"a watched score and a person":      {[]story{watched, person}, nil},
		"a sweep and the edge":              {[]story{scan, edge}, []string{"scan", "edge"}},
		"a watched score and the edge":      {[]story{watched, edge}, nil},
		"a watched score and a grave knock": {[]story{watched, grave}, []string{"scan", "edge"}},
		"a person and the edge":             {[]story{person, edge}, nil},
		"a sweep and a listed host":         {[]story{scan, listed}, []string{"scan", "listed"}},
		"a bot and a listed host":           {[]story{irc, listed}, []string{"irc", "listed"}},
		"a sweep and a new server":          {[]story{scan, novel}, []string{"scan", "novel"}},
		"a bot and a new server":            {[]story{irc, novel}, nil},
		"a grave knock and a new server":    {[]story{grave, novel}, nil},
		"a watched score and a new server":  {[]story{watched, novel}, nil},
		"a bot, watched, on a new server":   {[]story{irc, novel, watched}, []string{"scan", "irc"}},
		"three weak ones":                   {[]story{watched, person, listed}, []string{"scan", "irc", "listed"}},
		"three weak ones, one new":          {[]story{watched, person, novel}, nil},
		"infected":                          {[]story{infected}, nil},
		"infected, and a sweep":             {[]story{infected, scan}, []string{"scan", "infection"}},
		"infected, and watched":             {[]story{infected, watched}, []string{"scan", "infection"}},
	} {
		for order := range 2 {
			l := newLab(t)
			for _, tell := range tc.stories {
				tell(l)
				l.wait(time.Minute)
			}
			fs := l.take()
			if (len(fs) > 0) != (tc.kinds != nil) {
				t.Errorf("%s, order %d: %v", name, order, summary(fs))
			}
			if len(fs) > 0 && !slices.Equal(fs[0].Incident.Kinds, tc.kinds) {
				t.Errorf("%s, order %d: %v", name, order, fs[0].Incident.Kinds)
			}
			slices.Reverse(tc.stories)
		}
	}
}

func TestFades(t *testing.T) {
	for name, tc := range map[string]struct {
		first, second func(*lab)
	}{
		"strong, strong": {func(l *lab) { l.scan(bot) }, func(l *lab) { l.ircBot(bot) }},
		"strong, weak":   {func(l *lab) { l.scan(bot) }, func(l *lab) { l.listed(bot) }},
		"weak, strong":   {func(l *lab) { l.listed(bot) }, func(l *lab) { l.scan(bot) }},
	} {
		for _, hours := range []int{0, 1, 24, 47, 48, 49, 1000} {
			l := newLab(t)
			tc.first(l)
			l.wait(time.Duration(hours) * time.Hour)
			tc.second(l)
			if fs := l.take(); (len(fs) == 1) != (hours < 48) {
				t.Errorf("%s after %d hours: %v", name, hours, summary(fs))
			}
		}
	}
}

// The newest of a family counts, and a weak one does not make a strong one younger.
func TestTheNewestCounts(t *testing.T) {
	l := newLab(t)
	l.scan(bot)
	l.wait(40 * time.Hour)
	l.scan(bot)
	l.wait(40 * time.Hour)
	l.listed(bot)
	l.one(bot, alert.Create)

	l = newLab(t)
	l.scan(bot)
	l.wait(40 * time.Hour)
	l.watched(bot)
	l.wait(40 * time.Hour)
	l.listed(bot)
	l.none()
	l.ircBot(bot)
	l.one(bot, alert.Create)
}

func TestAnOpenSessionCountsAsNow(t *testing.T) {
	for name, tc := range map[string]struct {
		bot, open, told bool
		second          Kind
		strong          bool
	}{
		"a bot's, and a sweep":            {true, true, true, Scan, true},
		"a bot's, and watched":            {true, true, true, Watched, false},
		"a person's, and a sweep":         {false, true, true, Scan, true},
		"a person's, and watched":         {false, true, false, Watched, false},
		"a bot's that ended, and a sweep": {true, false, false, Scan, true},
	} {
		l := newLab(t)
		l.note(bot, IRC, tc.bot)
		if tc.open {
			l.talking[bot] = l.now.Add(-time.Second)
		}
		l.wait(30 * 24 * time.Hour)
		l.note(bot, tc.second, tc.strong)
		fs := l.take()
		if (len(fs) == 1) != tc.told {
			t.Errorf("%s: %v", name, summary(fs))
		}
		if tc.told && (len(fs[0].Incident.Timeline) != 2 || !fs[0].FirstSeen.Equal(start.UTC()) || !strings.Contains(fs[0].Message, "30.0 days later")) {
			t.Errorf("%s: %+v", name, fs[0])
		}
	}
}

// A session that began after that of a bot ended is not the bot's.
func TestAnotherSessionIsNotTheBots(t *testing.T) {
	l := newLab(t)
	l.ircBot(bot)
	l.wait(30 * 24 * time.Hour)
	l.talking[bot] = l.now
	l.person(bot)
	l.wait(time.Hour)
	l.watched(bot)
	l.none()
}

// A session whose evidence had to go for lack of room is still known to be open.
func TestAnOpenSessionIsRecalled(t *testing.T) {
	l := newLab(t)
	l.talking[bot] = l.now
	l.wait(90 * time.Hour)
	l.scan(bot)
	f := l.one(bot, alert.Create)
	if !slices.Equal(events(f), []string{"irc.c2", "scan.slow"}) || !f.FirstSeen.Equal(start.UTC()) {
		t.Errorf("%+v", f)
	}
}

func TestHostsOutsideHaveNoIncidents(t *testing.T) {
	l := newLab(t)
	out := addr("203.0.113.9")
	l.scan(out)
	l.ircBot(out)
	l.infected(out, worm, 69)
	l.none()
	if s := l.Stats(); s.Hosts != 0 || s.Evidence != 0 {
		t.Errorf("%+v", s)
	}
}

func TestRealmsAreApart(t *testing.T) {
	l := newLab(t)
	ev := l.piece(bot, Scan, true)
	ev.Realm = 7
	l.out = l.Note(ev, l.out)
	l.ircBot(bot)
	l.none()
	ev = l.piece(bot, IRC, true)
	ev.Realm = 7
	l.out = l.Note(ev, l.out)
	if f := l.one(bot, alert.Create); f.Realm != 7 {
		t.Errorf("realm %d", f.Realm)
	}
}

// told says by the rule's own words whether a host with such a history is found out: the
// latest evidence and all that came less than 48 hours before.
func told(history []Evidence) bool {
	now := history[len(history)-1].Time
	var best [families]float64
	for _, ev := range history {
		if now.Sub(ev.Time) < 48*time.Hour {
			best[ev.Kind.family()] = max(best[ev.Kind.family()], ev.strength())
		}
	}
	if best[sweeps] < 1 {
		best[novelties] = 0
	}
	sum := 0.0
	for _, s := range best {
		sum += s
	}
	return sum > 1
}

// Against the rule in plain words; told backwards it is told as well; and when it all
// happens does not matter.
func TestRule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var history []Evidence
		now := start
		l := newLab(rt)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 40*3600).Draw(rt, "wait")) * time.Second)
			s := rapid.SampledFrom(steps).Draw(rt, "step")
			ev := l.piece(bot, s.kind, s.strong)
			ev.Time = now
			history = append(history, *ev)
		}
		run := func(history []Evidence, shift time.Duration) (at int) {
			l := newLab(rt)
			for i, ev := range history {
				ev.Time = ev.Time.Add(shift)
				if l.out = l.Note(&ev, l.out); len(l.take()) > 0 {
					return i
				}
			}
			return -1
		}
		want := -1
		for i := range history {
			if told(history[:i+1]) {
				want = i
				break
			}
		}
		if got := run(history, 0); got != want {
			rt.Fatalf("told at step %d, want %d", got, want)
		}
		if got := run(history, 12345*time.Hour); got != want {
			rt.Fatalf("later it is told at step %d, not %d", got, want)
		}
		backwards := slices.Clone(history)
		slices.Reverse(backwards)
		for i := range backwards {
			backwards[i].Time = start + now - backwards[i].Time
		}
		if got := run(backwards, 0); (got >= 0) != (want >= 0) {
			rt.Fatalf("forwards %d, backwards %d", want, got)
		}
	})
}

// Pieces of one moment may come in any order.
func TestOrderAtOneTime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		picked := rapid.SliceOfN(rapid.SampledFrom(steps), 1, 6).Draw(rt, "steps")
		run := func() (kinds []string, techniques int) {
			l := newLab(rt)
			for _, s := range picked {
				l.note(bot, s.kind, s.strong)
			}
			if open := l.Open(); len(open) > 0 {
				return open[0].Incident.Kinds, len(open[0].Techniques)
			}
			return nil, 0
		}
		want, n := run()
		picked = rapid.Permutation(picked).Draw(rt, "order")
		if got, m := run(); !slices.Equal(got, want) || m != n {
			rt.Fatalf("%v and %d techniques, in another order %v and %d", want, n, got, m)
		}
	})
}
