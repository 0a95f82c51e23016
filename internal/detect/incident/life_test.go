package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestLifeOfAnIncident(t *testing.T) {
	l := newLab(t)
	l.ircBot(bot)
	l.wait(31 * time.Second)
	l.scan(bot)
	f := l.one(bot, alert.Create)
	if !slices.Equal(events(f), []string{"irc.c2", "scan.slow"}) || !slices.Equal(f.Techniques, []string{"T1046", "T1071"}) ||
		!f.FirstSeen.Equal(start.UTC()) || !f.Time.Equal(l.now.UTC()) || f.Sequence != 1 || f.Source.MAC != "02:00:00:00:00:05" {
		t.Errorf("%+v", f)
	}
	if m := f.Incident.Timeline[0]; m.Episode != "uid of irc.c2" || m.Message != "10.0.0.5 gave evidence: irc.c2" || !m.Time.Equal(start.UTC()) {
		t.Errorf("%+v", m)
	}
	uids := map[string]bool{f.UID: true}
	for i := range 5 { // what is told again keeps it open and is no news
		l.wait(10 * time.Hour)
		l.scan(bot)
		l.ircBot(bot)
		l.watched(bot)
		l.person(bot)
		if i == 2 {
			l.talking[bot] = l.now // nor does an open session
		}
	}
	l.none()
	l.listed(bot)
	u := l.one(bot, alert.Update)
	if u.Episode != f.Episode || uids[u.UID] || u.Sequence != 2 || u.Confidence < f.Confidence ||
		!slices.Equal(u.Incident.Kinds, []string{"scan", "irc", "listed"}) {
		t.Errorf("%+v", u)
	}
	uids[u.UID] = true
	l.wait(24*time.Hour - 1)
	l.none()
	l.wait(1)
	c := l.one(bot, alert.Close)
	if c.Episode != f.Episode || uids[c.UID] || c.Sequence != 3 || !strings.HasPrefix(c.Message, "Over: ") ||
		!c.LastSeen.Equal(c.Time.Add(-24*time.Hour)) || c.Confidence != u.Confidence {
		t.Errorf("%+v", c)
	}
	l.wait(time.Hour)
	l.scan(bot) // with the session that is still open
	if n := l.one(bot, alert.Create); n.Episode == f.Episode || n.Sequence != 1 {
		t.Errorf("%+v", n)
	}
}

func TestNews(t *testing.T) {
	type story func(*lab)
	classed := func(k Kind, event string, more bool) story {
		return func(l *lab) {
			ev := l.piece(bot, k, true)
			ev.Event, ev.UID, ev.more = event, "uid of "+event, more
			l.out = l.Note(ev, l.out)
		}
	}
	scan, irc := func(l *lab) { l.scan(bot) }, func(l *lab) { l.ircBot(bot) }
	for name, tc := range map[string]struct {
		before, after []story
		news          bool
	}{
		"fast after slow":       {[]story{scan, irc}, []story{classed(Scan, "scan.fast", false)}, true},
		"slow after fast":       {[]story{classed(Scan, "scan.fast", false), irc}, []story{scan}, true},
		"watched after slow":    {[]story{scan, irc}, []story{func(l *lab) { l.watched(bot) }}, false},
		"slow after watched":    {[]story{func(l *lab) { l.watched(bot) }, irc}, []story{scan}, true},
		"orders":                {[]story{scan, irc}, []story{classed(IRC, "irc.c2", true)}, true},
		"orders again":          {[]story{scan, classed(IRC, "irc.c2", true)}, []story{classed(IRC, "irc.c2", true)}, false},
		"a bot after a person":  {[]story{scan, func(l *lab) { l.person(bot) }}, []story{irc}, true},
		"a person after a bot":  {[]story{scan, irc}, []story{func(l *lab) { l.person(bot) }}, false},
		"a new family":          {[]story{scan, irc}, []story{func(l *lab) { l.edge(bot) }}, true},
		"the edge, gravely":     {[]story{scan, func(l *lab) { l.edge(bot) }}, []story{func(l *lab) { l.note(bot, Edge, true) }}, true},
		"the other direction":   {[]story{scan, func(l *lab) { l.edge(bot) }}, []story{classed(Edge, "netbios.egress", false)}, true},
		"infected":              {[]story{scan, irc}, []story{func(l *lab) { l.infected(bot, worm, 0) }}, true},
		"infected twice":        {[]story{scan, func(l *lab) { l.infected(bot, worm, 0) }}, []story{func(l *lab) { l.infected(bot, worm, 0) }}, false},
		"a call back":           {[]story{scan, func(l *lab) { l.infected(bot, worm, 0) }}, []story{func(l *lab) { l.infected(bot, worm, 69) }}, true},
		"another host":          {[]story{scan, irc}, []story{func(l *lab) { l.scan(other) }}, false},
		"a new server":          {[]story{scan, irc}, []story{func(l *lab) { l.novel(bot) }}, true},
		"a new server, watched": {[]story{func(l *lab) { l.watched(bot) }, irc}, []story{func(l *lab) { l.novel(bot) }}, false},
	} {
		l := newLab(t)
		for _, tell := range tc.before {
			tell(l)
			l.wait(time.Second)
		}
		l.one(bot, alert.Create)
		for _, tell := range tc.after {
			tell(l)
		}
		fs := l.take()
		if (len(fs) == 1 && fs[0].Activity == alert.Update) != tc.news || len(fs) > 1 {
			t.Errorf("%s: %v", name, summary(fs))
		}
	}
}

// Novelty that did not count joins when a sweep makes it count.
func TestWhatCountsOnlyNowIsTakenIn(t *testing.T) {
	l := newLab(t)
	l.novel(bot)
	l.watched(bot)
	l.ircBot(bot)
	if f := l.one(bot, alert.Create); !slices.Equal(f.Incident.Kinds, []string{"scan", "irc"}) {
		t.Errorf("%v", f.Incident.Kinds)
	}
	l.scan(bot)
	if f := l.one(bot, alert.Update); !slices.Equal(f.Incident.Kinds, []string{"scan", "irc", "novel"}) || len(f.Incident.Timeline) != 4 {
		t.Errorf("%+v", f.Incident)
	}
}

// Evidence that no longer counts keeps nothing open and stands in no later incident.
func TestFadedEvidenceIsForgotten(t *testing.T) {
	l := newLab(t)
	l.scan(bot)
	l.wait(50 * time.Hour)
	l.listed(bot)
	l.ircBot(bot)
	f := l.one(bot, alert.Create)
	if !slices.Equal(events(f), []string{"listed", "irc.c2"}) || slices.Contains(f.Techniques, "T1046") || f.FirstSeen.Before(l.now.UTC()) {
		t.Errorf("%+v", f)
	}
	for range 3 { // a new web site a day, by which nobody is compromised
		l.wait(9 * time.Hour)
		l.novel(bot)
	}
	l.one(bot, alert.Close)
	l.wait(100 * time.Hour)
	l.scan(bot)
	l.none()
}

// A family that faded and comes back is a new one: nothing of the old one is told.
func TestAFamilyThatComesBackIsNew(t *testing.T) {
	l := newLab(t)
	old := l.piece(bot, Listed, false)
	old.Message, old.Techniques = "met a host of an old list", []string{"T1571"}
	l.out = l.Note(old, l.out)
	l.wait(50 * time.Hour)
	l.listed(bot)
	l.scan(bot)
	f := l.one(bot, alert.Create)
	if len(f.Incident.Timeline) != 2 || slices.Contains(f.Techniques, "T1571") || f.FirstSeen.Before(l.now.UTC()) {
		t.Errorf("%+v", f)
	}
}

func TestConfidence(t *testing.T) {
	confidence := func(gap time.Duration, tell ...func(*lab)) int {
		l := newLab(t)
		for _, f := range tell {
			l.wait(gap)
			f(l)
		}
		return l.Open()[0].Confidence
	}
	scan, irc := func(l *lab) { l.scan(bot) }, func(l *lab) { l.ircBot(bot) }
	listed := func(l *lab) { l.listed(bot) }
	three, both, late, less := confidence(0, scan, irc, listed), confidence(0, scan, irc), confidence(40*time.Hour, scan, irc), confidence(0, scan, listed)
	if three <= both || both <= less || both <= late || three > 99 || late < 80 {
		t.Errorf("three %d, two strong %d, late %d, strong and weak %d", three, both, late, less)
	}
	learning := confidence(0, scan, func(l *lab) {
		ev := l.piece(bot, IRC, true)
		ev.Learning = true
		l.out = l.Note(ev, l.out)
	})
	if learning != both-10 {
		t.Errorf("%d while learning, else %d", learning, both)
	}
}
