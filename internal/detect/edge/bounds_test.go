package edge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// step is a contact as the tracker would tell it.
func (l *lab) step(src, dst packet.Addr, port uint16, group uint8, o flow.Outcome, f flow.Facts) {
	c := flow.Contact{Time: l.now, OpenedAt: l.now, Source: src, Target: dst, SrcPort: 40000, Port: port, Group: group, Outcome: o, Facts: f}
	l.found = l.Observe(&c, l.found)
}

func (l *lab) home() flow.Facts { return flow.SourceHome | flow.First }

// A million forged strangers whom nobody answers claim nothing.
func TestFloodOfStrangersClaimsNothing(t *testing.T) {
	l := newLab(t)
	l.meet(host, stranger)
	l.meet(stranger, host)
	l.take()
	for i := range 1_000_000 {
		l.step(outside(i+1000), host, 445, 0, flow.Opened, flow.TargetHome|flow.First)
	}
	if s := l.Stats(); s.Sources != 2 || s.SourcesLost != 0 || s.Episodes != 2 || s.EpisodesLost != 0 {
		t.Errorf("%+v", s)
	}
	l.none()
	if d := l.Open(); d[0].Edge.Contacts != 1 || d[1].Edge.Contacts != 1 {
		t.Errorf("%+v", d)
	}
}

// Home hosts that somebody makes up and lets ask for names take at most half of the room,
// and none of those that met many.
func TestFloodOfLookupsLeavesRoom(t *testing.T) {
	l := newLab(t, func(c *Config, _ *flow.Config, _ *Site) { c.Tables = Tables{Sources: 64, Episodes: 64}; c.Lookups = 2 })
	for i := range 12 {
		l.ask(host, outside(i))
	}
	l.take()
	for i := range 10_000 {
		l.step(inside(1000+i), outside(1), 137, 1, flow.Opened, l.home())
		l.step(inside(1000+i), outside(2), 137, 1, flow.Opened, l.home())
	}
	for _, f := range l.take() {
		if f.Activity == alert.Close {
			t.Fatalf("closed early: %s", f.Message)
		}
	}
	if s := l.Stats(); s.Episodes != 32 || s.EpisodesHeld == 0 || s.EpisodesLost != 0 || s.Sources > 64 || s.SourcesLost == 0 {
		t.Errorf("%+v", s)
	}
	l.meet(host, stranger)
	if f := l.one(alert.NetBIOSEgress, alert.Update, alert.Low); f.Edge.Peers != 13 {
		t.Errorf("%+v", f.Edge)
	}
}

// A server that is open to the world answers whoever is made up: that ends in a bounded
// number of findings, and closes nothing early.
func TestFloodOfAnswersToForgedStrangers(t *testing.T) {
	l := newLab(t, func(c *Config, _ *flow.Config, _ *Site) { c.Tables = Tables{Sources: 64, Episodes: 64} })
	for i := range 10_000 {
		l.step(outside(i), host, 445, 0, flow.Opened, flow.TargetHome|flow.First)
		l.step(outside(i), host, 445, 0, flow.Answered, flow.TargetHome|flow.First)
	}
	if fs := l.take(); len(fs) < 48 || len(fs) > 60 {
		t.Errorf("%d findings", len(fs))
	}
	l.meet(host, stranger)
	f := l.take()
	if s := l.Stats(); len(f) == 0 || f[len(f)-1].Kind != alert.NetBIOSEgress || s.EpisodesHeld == 0 || s.Sources > 64 {
		t.Errorf("%v, %+v", summary(f), s)
	}
}

// When episodes have to go for others, each is closed, and is not opened again at once.
func TestEpisodesAreBounded(t *testing.T) {
	l := newLab(t, func(c *Config, _ *flow.Config, _ *Site) { c.Tables = Tables{Sources: 4096, Episodes: 16} })
	for range 3 {
		for i := range 60 {
			l.step(inside(i), stranger, 445, 0, flow.Opened, l.home())
			l.step(inside(i), stranger, 445, 0, flow.Answered, l.home())
		}
		l.now = l.now.Add(time.Minute)
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
	s := l.Stats()
	if len(begun) != 60 || over+s.Episodes != 60 || s.EpisodesLost != uint64(over) || s.EpisodesHeld == 0 {
		t.Errorf("%d begun, %d over, %+v", len(begun), over, s)
	}
}

func TestLostTrialsMakeLowerBounds(t *testing.T) {
	l := newLab(t)
	l.step(host, stranger, 445, 0, flow.Lost, l.home())
	l.wait(time.Second)
	l.meet(host, stranger)
	if f := l.one(alert.NetBIOSEgress, alert.Create, alert.Low); f.Edge.LowerBound {
		t.Error("what was lost before is no loss")
	}
	l.step(host, stranger, 445, 0, flow.Lost, l.home())
	l.step(host, stranger, 1801, 2, flow.Lost, l.home()) // somebody else's service
	if d := l.Open()[0].Edge; !d.LowerBound || d.Visibility != alert.VisibilityDrops || l.Stats().TrialsLost != 2 {
		t.Errorf("%+v, %+v", d, l.Stats())
	}
}

// What answers for everybody tells nothing.
func TestProxiedAnswersTellNothing(t *testing.T) {
	l := newLab(t)
	l.step(stranger, host, 445, 0, flow.Opened, flow.TargetHome|flow.Proxied)
	l.step(stranger, host, 445, 0, flow.Answered, flow.TargetHome|flow.Proxied)
	l.none()
}

func TestNoAllocations(t *testing.T) {
	l := newLab(t)
	l.meet(host, stranger)
	l.take()
	octets := tcp(host, stranger, 40000, 445, packet.ACK, 1000)
	other := tcp(host, stranger, 40000, 443, packet.ACK, 1000)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		i++
		octets.Time, other.Time = l.now, l.now
		l.Packet(&octets)
		l.Packet(&other)
		l.step(host, stranger, 445, 0, flow.Opened, l.home())
		l.step(host, stranger, 445, 0, flow.Answered, l.home())
		l.step(host, outside(i%8), 445, 0, flow.Opened, l.home())
		l.step(inside(i), stranger, 445, 0, flow.Opened, l.home())
		l.step(inside(i), stranger, 137, 1, flow.Opened, l.home())
		l.step(inside(i), inside(7), 445, 0, flow.Answered, l.home()|flow.TargetHome)
		l.step(stranger, host, 445, 0, flow.Opened, flow.TargetHome)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
	l.none()
}

func TestBadConfig(t *testing.T) {
	good := DefaultConfig()
	if ps := append(good.Validate(), good.ValidateServices(flow.DefaultConfig().Services)...); len(ps) > 0 {
		t.Errorf("the default: %v", ps)
	}
	bad := Config{Services: []string{"smb", "cifs", "smb"}}
	var keys []string
	for _, p := range append(bad.Validate(), bad.ValidateServices(flow.DefaultConfig().Services)...) {
		keys = append(keys, p.Key)
		if p.Text == "" {
			t.Errorf("%s: no text", p.Key)
		}
	}
	if want := []string{"services[2]", "quiet", "lookups", "tables.sources", "tables.episodes", "services[1]"}; !slices.Equal(keys, want) {
		t.Errorf("%v, want %v", keys, want)
	}
	if ps := bad.ValidateServices([]flow.Service{{Name: "nb"}}); !strings.Contains(ps[0].Text, "nb") || len(ps) != 3 {
		t.Errorf("%v", ps)
	}
}

func TestOffWithoutServices(t *testing.T) {
	l := newLab(t, func(c *Config, _ *flow.Config, _ *Site) { c.Services = nil })
	l.meet(host, stranger)
	l.meet(stranger, host)
	l.none()
}

// How often time is told, and when it all happens, changes nothing of what is told.
func TestToldAlikeAtAnyTimeAndPace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type act struct {
			what, who int
			wait      time.Duration
		}
		acts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) act {
			return act{
				rapid.IntRange(0, 4).Draw(rt, "what"), rapid.IntRange(0, 12).Draw(rt, "who"),
				time.Duration(rapid.IntRange(1, 3600*8).Draw(rt, "wait")) * time.Second,
			}
		}), 1, 60).Draw(rt, "acts")
		run := func(shift, tick time.Duration) (told []string) {
			l := newLab(t)
			l.now = start.Add(shift)
			for _, a := range acts {
				switch a.what {
				case 0:
					l.meet(host, outside(a.who))
				case 1:
					l.meet(outside(a.who), host)
				case 2, 3:
					l.ask(host, outside(a.who))
				case 4:
					l.event(tcp(host, outside(a.who), 40000, 445, packet.ACK, 100))
				}
				for left := a.wait; tick > 0 && left > tick; left -= tick {
					l.found = l.Advance(l.now.Add(a.wait-left), l.found)
				}
				l.now = l.now.Add(a.wait)
			}
			l.wait(0)
			for _, f := range l.take() {
				told = append(told, fmt.Sprint(f.Kind, f.Activity, f.Severity, f.Time.Sub(start.Add(shift).UTC()), f.Message))
			}
			return told
		}
		want := run(0, 0)
		if got := run(123456*time.Second, 0); !slices.Equal(got, want) {
			rt.Fatalf("shifted:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := run(0, time.Hour); !slices.Equal(got, want) {
			rt.Fatalf("told the time:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
