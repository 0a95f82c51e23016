package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

func hosts(list []alert.Infection) (hosts []packet.Addr) {
	for i := range list {
		hosts = append(hosts, packet.AddrFrom(list[i].Host))
	}
	return hosts
}

func TestWhoInfectedWhom(t *testing.T) {
	l := newLab(t)
	l.ircBot(worm)
	l.scan(worm)
	l.one(worm, alert.Create)
	l.wait(time.Minute)
	l.scan(bot)
	l.infected(bot, worm, 69)
	fs := l.take()
	if len(fs) != 2 || fs[0].Activity != alert.Create || fs[0].Source.IP != bot.Netip() ||
		fs[1].Activity != alert.Update || fs[1].Source.IP != worm.Netip() {
		t.Fatalf("%v", summary(fs))
	}
	by := fs[0].Incident.InfectedBy
	want := alert.Infection{
		Host: worm.Netip(), Time: start.UTC(), Delay: time.Minute, Port: 445, Bytes: 600, CalledBack: 69, Protocol: "udp",
	}
	if by == nil || *by != want {
		t.Errorf("%+v", by)
	}
	want.Host = bot.Netip()
	if is := fs[1].Incident.Infected; len(is) != 1 || is[0] != want {
		t.Errorf("%+v", is)
	}
	if m := fs[0].Incident.Timeline[0]; m.Kind != "infection" || !m.Time.Equal(start.UTC()) ||
		m.Message != "10.0.0.9 reached 10.0.0.5 on port 445 and sent 600 octets, which called back to port 69/udp; 60 s later 10.0.0.5 began to sweep" {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(fs[0].Remedy, "10.0.0.9, which infected it") || !strings.Contains(fs[1].Remedy, "10.0.0.5, which it infected") ||
		!strings.Contains(fs[1].Message, "; it infected 10.0.0.5") || !strings.Contains(fs[0].Message, "10.0.0.9 infected it") {
		t.Errorf("%s\n%s\n%s\n%s", fs[0].Message, fs[0].Remedy, fs[1].Message, fs[1].Remedy)
	}
	l.infected(bot, worm, 69)
	l.none()
}

// The infector may be found out after its victims.
func TestTheInfectorIsFoundOutLater(t *testing.T) {
	l := newLab(t)
	victims := []packet.Addr{inside(21), inside(22), inside(23)}
	for _, v := range victims {
		l.infected(v, worm, 0)
		l.wait(time.Minute)
	}
	l.infected(inside(24), other, 0)
	l.scan(worm)
	l.none()
	l.ircBot(worm)
	f := l.one(worm, alert.Create)
	if got := hosts(f.Incident.Infected); !slices.Equal(got, victims) {
		t.Errorf("%v", got)
	}
}

func TestWhoIsNotInfected(t *testing.T) {
	l := newLab(t)
	l.scan(worm)
	l.ircBot(worm)
	l.take()
	l.infected(worm, worm, 69)
	l.infected(bot, packet.Addr{}, 69)
	l.none()
	// A chain, and it back again.
	l.infected(bot, worm, 0)
	l.infected(other, bot, 0)
	l.take()
	l.infected(worm, other, 69)
	l.infected(bot, other, 69)
	l.none()
	if f := l.Open()[0]; f.Incident.InfectedBy != nil || len(f.Incident.Infected) != 1 {
		t.Errorf("%+v", f.Incident)
	}
}

func TestTheSurerInfectorIsNamed(t *testing.T) {
	l := newLab(t)
	for _, h := range []packet.Addr{worm, other, bot} {
		l.scan(h)
		l.ircBot(h)
	}
	l.take()
	l.infected(bot, worm, 0)
	l.wait(time.Minute)
	l.take()
	l.infected(bot, other, 0) // says no more
	l.none()
	l.infected(bot, other, 69)
	fs := l.take()
	if len(fs) != 2 || fs[0].Incident.InfectedBy.Host != other.Netip() || len(fs[1].Incident.Infected) != 1 {
		t.Fatalf("%v", summary(fs))
	}
	for _, m := range fs[0].Incident.Timeline {
		if strings.Contains(m.Message, "10.0.0.9 reached") {
			t.Errorf("the timeline still says %s", m.Message)
		}
	}
	l.infected(bot, worm, 69) // is no surer
	l.none()
	for _, f := range l.Open() {
		if f.Source.IP == worm.Netip() && len(f.Incident.Infected) != 0 {
			t.Errorf("acquitted, and %+v", f.Incident.Infected)
		}
	}
	for range 3 { // the infection is forgotten, and may happen again
		l.wait(17 * time.Hour)
		l.scan(bot)
	}
	l.take()
	l.infected(bot, worm, 0)
	if f := l.one(bot, alert.Update); f.Incident.InfectedBy == nil || f.Incident.InfectedBy.Host != worm.Netip() {
		t.Errorf("%+v", f.Incident)
	}
}

func TestAnOutsideInfectorIsNamedOnly(t *testing.T) {
	l := newLab(t)
	l.scan(bot)
	l.infected(bot, addr("203.0.113.9"), 80)
	f := l.one(bot, alert.Create)
	if by := f.Incident.InfectedBy; by == nil || by.Host != addr("203.0.113.9").Netip() {
		t.Errorf("%+v", f.Incident)
	}
}

func TestVictimsAreBounded(t *testing.T) {
	for name, late := range map[string]bool{"an open incident": false, "found out later": true} {
		l := newLab(t, func(c *Config) { c.Tables.Hosts = 4096 })
		if !late {
			l.scan(worm)
			l.ircBot(worm)
		}
		for i := range 100 {
			l.infected(inside(1000+i), worm, 0)
			l.wait(time.Second)
		}
		if late {
			l.scan(worm)
			l.ircBot(worm)
		}
		f := l.Open()[0]
		got := hosts(f.Incident.Infected)
		if len(got) != infectedKept || got[0] != inside(1000) || got[31] != inside(1031) || !strings.Contains(f.Message, "and 95 more") {
			t.Errorf("%s: %v, %s", name, got, f.Message)
		}
		if n := len(l.take()); n > 40 {
			t.Errorf("%s: %d findings", name, n)
		}
	}
}
