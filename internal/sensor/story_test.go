package sensor

import (
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// The whole story: orders by IRC, a sweep, and a swept host that fetches the body and
// sweeps itself.
func story(l *lab) {
	l.bot(worm)
	l.Wait(30 * time.Second)
	l.sweeps(worm, dark, 25, 20*time.Millisecond)
	l.exploits(worm, victim)
	l.Wait(2 * time.Second)
	c := l.Connect(victim, worm, l.port(), 8080)
	c.Says("GET /x.exe HTTP/1.0\r\n\r\n")
	c.Close()
	l.Wait(10 * time.Second)
	l.bot(victim)
	l.Wait(5 * time.Second)
	l.sweeps(victim, "10.66.2.1", 25, 20*time.Millisecond)
	l.Wait(10 * time.Second)
}

func TestStory(t *testing.T) {
	l := newLab(t)
	story(l)
	fs := l.play()
	for _, k := range []alert.Kind{alert.IRCC2, alert.ScanFast, alert.HostCompromised} {
		if got := created(fs, k); !slices.Equal(got, []string{worm, victim}) {
			t.Errorf("%s: %v", k, got)
		}
	}
	if by := infectors(fs); len(by) != 1 || by[victim] != worm {
		t.Errorf("infected: %v\n%q", by, lines(fs))
	}
	f := of(fs, alert.HostCompromised, alert.Update, victim)
	if len(f) == 0 || !slices.Equal(f[len(f)-1].Incident.Kinds, []string{"scan", "irc", "novel", "infection"}) {
		t.Errorf("%q", lines(fs))
	}
	if len(fs) > 14 {
		t.Errorf("%d findings\n%q", len(fs), lines(fs))
	}
}
