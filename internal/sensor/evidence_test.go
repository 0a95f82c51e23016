package sensor

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
)

// A slow worm registers once; its session stays open for days, and it probes once an hour.
func TestSlowWorm(t *testing.T) {
	l := newLab(t)
	c := l.bot(worm)
	l.Wait(30 * time.Hour)
	for i := range 7 {
		l.sweeps(worm, fmt.Sprint("10.66.3.", i+1), 1, 0)
		l.Wait(time.Hour)
		c.Says("PING :a\r\n")
	}
	if got := l.told(); !slices.Equal(got, []string{worm}) {
		t.Errorf("%v", got)
	}
}

// Two kinds of evidence count in either order, for 48 hours.
func TestEvidenceInEitherOrder(t *testing.T) {
	orders := func(l *lab) { l.bot(worm).Close() }
	sweep := func(l *lab) { l.sweeps(worm, dark, 25, 20*time.Millisecond) }
	for name, steps := range map[string][2]func(*lab){"orders first": {orders, sweep}, "sweep first": {sweep, orders}} {
		for gap, want := range map[time.Duration]int{47 * time.Hour: 1, 49 * time.Hour: 0} {
			l := newLab(t)
			steps[0](l)
			l.Wait(gap)
			steps[1](l)
			if got := l.told(); len(got) != want {
				t.Errorf("%s, %s later: %v", name, gap, got)
			}
		}
	}
}

// A sweep that goes on is evidence of now, however long ago it was told; so is a score that
// goes on rising.
func TestASweepThatGoesOnIsOfNow(t *testing.T) {
	l := newLab(t)
	for i := range 40 { // told at the fifth, and again at the fiftieth
		l.sweeps(worm, fmt.Sprint("10.66.3.", i+1), 1, 0)
		l.Wait(2 * time.Hour)
	}
	l.bot(worm)
	if got := l.told(); !slices.Equal(got, []string{worm}) {
		t.Errorf("told: %v", got)
	}
	l = newLab(t, func(l *lab) { l.cfg.Scans.Slow.Score = 1000 })
	for i := range 80 {
		l.sweeps(worm, fmt.Sprint("10.66.3.", i+1), 1, 0)
		l.Wait(time.Hour)
	}
	l.bot(worm)
	if got := l.told(); !slices.Equal(got, []string{worm}) {
		t.Errorf("watched: %v", got)
	}
}

// An incident is not over while its host sweeps on.
func TestAnIncidentLastsAsLongAsTheSweep(t *testing.T) {
	l := newLab(t)
	l.bot(worm)
	for i := range 30 { // told at the fifth
		l.sweeps(worm, fmt.Sprint("10.66.3.", i+1), 1, 0)
		l.Wait(2 * time.Hour)
	}
	latest := l.Now.Add(-2 * time.Hour)
	l.Wait(22 * time.Hour)
	fs := l.play()
	if got := of(fs, alert.HostCompromised, alert.Close, worm); len(got) != 1 || !got[0].LastSeen.Equal(latest.UTC()) || !got[0].Time.Equal(l.Now.UTC()) {
		t.Errorf("%q", lines(fs))
	}
	l.Now = l.Now.Add(-1)
	if got := of(l.play(), alert.HostCompromised, alert.Close, worm); len(got) != 0 {
		t.Errorf("%q", lines(got))
	}
}

// A session that was open for days and ended counts from its end on.
func TestASessionThatEndedCountsFromItsEnd(t *testing.T) {
	for gap, want := range map[time.Duration]int{47 * time.Hour: 1, 49 * time.Hour: 0} {
		l := newLab(t)
		c := l.bot(worm)
		for range 60 {
			l.Wait(time.Hour)
			c.Says("PING :a\r\n")
		}
		c.Close()
		l.Wait(gap)
		l.sweeps(worm, dark, 25, 20*time.Millisecond)
		if got := l.told(); len(got) != want {
			t.Errorf("%s: %v", gap, got)
		}
	}
}

// Two weak kinds never suffice.
func TestAPersonWithAnOldDrive(t *testing.T) {
	l := newLab(t)
	l.registers(worm, "198.51.100.99", 6667, "anna")
	for i := range 4 { // watched, and no more
		l.sweeps(worm, fmt.Sprint("10.66.3.", i+1), 1, 0)
		l.Wait(time.Hour)
	}
	fs := l.play()
	if got := created(fs, alert.HostCompromised); len(got) > 0 || len(of(fs, alert.IRCC2, alert.Create, worm)) != 1 {
		t.Errorf("%q", lines(fs))
	}
}

// A sweep outward is no second kind of evidence for being the first of its sort.
func TestASweepIsNotItsOwnNovelty(t *testing.T) {
	for _, alerting := range []bool{false, true} {
		l := newLab(t, func(l *lab) { l.cfg.Novelty.Alert = alerting })
		l.Session(worm, "203.0.113.200", l.port(), 1801) // an answer
		l.Sweep(worm, "203.0.113.1", 70, 1801, 20*time.Millisecond)
		l.Wait(10 * time.Second)
		fs := l.play()
		if len(of(fs, alert.ScanFast, alert.Create, worm)) != 1 || (len(of(fs, alert.FirstSeen, alert.Create, worm)) == 1) != alerting ||
			len(created(fs, alert.HostCompromised)) > 0 {
			t.Errorf("alert %v: %q", alerting, lines(fs))
		}
	}
}

// What is new is told once, as a finding and in the timeline.
func TestNoveltyIsToldOnce(t *testing.T) {
	l := newLab(t, func(l *lab) { l.cfg.Novelty.Alert = true })
	l.Connect(worm, herder, l.port(), 4915).Close()
	l.sweeps(worm, dark, 25, 20*time.Millisecond)
	fs := l.play()
	if f := of(fs, alert.HostCompromised, alert.Create, worm); len(f) != 1 || len(of(fs, alert.FirstSeen, alert.Create, worm)) != 1 ||
		len(slices.DeleteFunc(f[0].Incident.Timeline, func(m alert.Moment) bool { return m.Kind != "novel" && m.Kind != "novelty.first_seen" })) != 1 {
		t.Errorf("%q", lines(fs))
	}
}

func TestAListedHostAndASweep(t *testing.T) {
	l := newLab(t, listing(t.TempDir(), "203.0.113.66"))
	l.Refused(worm, "203.0.113.66", l.port(), 80)
	l.Wait(time.Hour)
	l.sweeps(worm, dark, 25, 20*time.Millisecond)
	if got := l.told(); !slices.Equal(got, []string{worm}) {
		t.Errorf("%v", got)
	}
}

// Of TLS only the port, the novelty and the company are known: with a sweep that is enough.
func TestTLSAndASweep(t *testing.T) {
	l := newLab(t)
	c := l.Connect(worm, herder, l.port(), 6697)
	c.Says("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
	c.Hears("\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00")
	l.Wait(time.Minute)
	l.sweeps(worm, dark, 25, 20*time.Millisecond)
	fs := l.play()
	f := of(fs, alert.IRCC2, alert.Create, worm)
	if got := created(fs, alert.HostCompromised); !slices.Equal(got, []string{worm}) || len(f) != 1 || !f[0].IRC.TLS || f[0].IRC.Bot {
		t.Errorf("%q", lines(fs))
	}
}

// Equal addresses in two realms are two hosts.
func TestRealms(t *testing.T) {
	for name, tc := range map[string]struct {
		realms []uint32
		want   int
	}{"separate": {[]uint32{7, 8}, 0}, "one": {nil, 1}} {
		l := newLab(t, func(l *lab) { l.cfg.Flow.Networks.Realms = tc.realms })
		in := func(vlan uint16, steps func()) {
			from := len(l.Records)
			steps()
			for i := range l.Records[from:] {
				l.Records[from+i].Frame = tagged(l.Records[from+i].Frame, vlan)
			}
		}
		in(7, func() { l.bot(worm) })
		l.Wait(time.Minute)
		in(8, func() { l.sweeps(worm, dark, 25, 20*time.Millisecond) })
		if got := l.told(); len(got) != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// tagged returns an Ethernet frame with an 802.1Q header.
func tagged(frame []byte, vlan uint16) []byte {
	return slices.Concat(frame[:12], []byte{0x81, 0, byte(vlan >> 8), byte(vlan)}, frame[12:])
}

// Who may sweep slowly is not watched for it.
func TestAllowedSlowSweep(t *testing.T) {
	l := newLab(t, allowing(allow.Entry{Source: netip.MustParsePrefix(worm + "/32"), Kinds: []string{string(alert.ScanSlow)}, Reason: "monitor"}))
	l.sweeps(worm, dark, 10, time.Minute)
	l.bot(worm)
	if got := l.told(); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// Nobody hears of an incident of a host that is allowed to have one.
func TestAllowedIncident(t *testing.T) {
	for until, want := range map[time.Duration]int{24 * time.Hour: 0, -24 * time.Hour: 1} {
		l := newLab(t)
		allowing(allow.Entry{
			Source: netip.MustParsePrefix(worm + "/32"), Kinds: []string{string(alert.HostCompromised)},
			Reason: "honeypot", Until: l.Now.Add(until).UTC(),
		})(l)
		l.bot(worm)
		l.sweeps(worm, dark, 25, 20*time.Millisecond)
		fs := l.play()
		if got := created(fs, alert.HostCompromised); len(got) != want || len(of(fs, alert.ScanFast, alert.Create, worm)) != 1 {
			t.Errorf("%q", lines(fs))
		}
	}
}
