package sensor

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

const stranger = "203.0.113.9"

// told returns the compromised hosts.
func (l *lab) told() []string { return created(l.play(), alert.HostCompromised) }

// Each home host that answered somebody outside gave evidence, also those of which the
// finding is not told again, and those that it does not name any more.
func TestEachAnswerToOutsideIsEvidence(t *testing.T) {
	l := newLab(t)
	for i := range 40 {
		l.exploits(stranger, fmt.Sprint("10.2.0.", i+1))
	}
	l.Wait(time.Minute)
	l.sweeps("10.2.0.3", dark, 25, 20*time.Millisecond)
	l.sweeps("10.2.0.20", dark, 25, 20*time.Millisecond)
	l.sweeps(worm, dark, 25, 20*time.Millisecond) // answered nobody
	l.Wait(time.Minute)
	if got := l.told(); !slices.Equal(got, []string{"10.2.0.3", "10.2.0.20"}) {
		t.Errorf("%v", got)
	}
}

// What another host does later makes no answer any younger.
func TestAnswersToOutsideFade(t *testing.T) {
	for later, want := range map[time.Duration]int{47 * time.Hour: 1, 49 * time.Hour: 0} {
		l := newLab(t)
		end := l.Now.Add(later)
		l.exploits(stranger, victim)
		for i := range 12 {
			l.Wait(3 * time.Hour)
			l.exploits(stranger, fmt.Sprint("10.2.0.", i+1))
		}
		l.Wait(end.Sub(l.Now))
		l.sweeps(victim, dark, 25, 20*time.Millisecond)
		if got := l.told(); len(got) != want {
			t.Errorf("%s later: %v", later, got)
		}
	}
}

// What crosses the edge all the time is evidence of now, however long ago that was told.
func TestWhatGoesOnAcrossTheEdgeIsOfNow(t *testing.T) {
	l := newLab(t)
	for range 10 {
		l.exploits(worm, stranger)
		l.Wait(10 * time.Hour)
	}
	l.sweeps(worm, dark, 25, 20*time.Millisecond)
	if got := l.told(); !slices.Equal(got, []string{worm}) {
		t.Errorf("%v", got)
	}
}

// What a stranger does to one host is no strong evidence about another, nor about anybody
// while it is only a guess who is a stranger.
func TestWhatAStrangerDoesToOneHost(t *testing.T) {
	for name, tc := range map[string]struct {
		tune func(*lab)
		want []string
	}{
		"networks.home is given": {func(*lab) {}, []string{victim}},
		"it is the default":      {func(l *lab) { l.site.HomeDefault = true }, nil},
	} {
		l := newLab(t, tc.tune)
		l.exploits(stranger, third)
		l.adminShare(stranger, victim)
		l.Wait(time.Minute)
		for _, h := range []string{victim, third} { // weakly suspicious
			l.sweeps(h, dark, 5, 6*time.Second)
		}
		l.Wait(time.Minute)
		fs := l.play()
		if got := created(fs, alert.HostCompromised); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v\n%q", name, got, lines(fs))
		}
	}
}
