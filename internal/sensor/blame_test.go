package sensor

import (
	"fmt"
	"maps"
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// fast and slow have a host sweep, each at its own range.
func (l *lab) fast(host string) {
	l.sweeps(host, fmt.Sprintf("10.66.%d.1", len(l.Records)%250), 25, 20*time.Millisecond)
}

func (l *lab) slow(host string, probes int, gap time.Duration) {
	l.sweeps(host, fmt.Sprintf("10.66.%d.1", len(l.Records)%250), probes, gap)
}

// browses has a host fetch a page from another.
func (l *lab) browses(host, server string) { l.Session(host, server, l.port(), 8080) }

func TestWhoInfectedWhom(t *testing.T) {
	scanner := allowing(allow.Entry{Source: netip.MustParsePrefix(worm + "/32"), Kinds: []string{"scan.fast"}, Reason: "inventory"})
	wait := func(d time.Duration) func(*lab) { return func(l *lab) { l.Wait(d) } }
	for name, tc := range map[string]struct {
		tune  func(*lab)
		story func(*lab)
		want  map[string]string // victim: infector
	}{
		"payload, and a sweep soon after": {nil, func(l *lab) {
			l.fast(worm)
			l.exploits(worm, victim)
			l.Wait(10 * time.Second)
			l.fast(victim)
		}, map[string]string{victim: worm}},
		"payload that comes late": {nil, func(l *lab) {
			l.fast(worm)
			c := l.Connect(worm, victim, l.port(), 445)
			l.Wait(15 * time.Second)
			c.Says("late")
			l.Wait(10 * time.Second)
			l.fast(victim)
		}, map[string]string{victim: worm}},
		"reached, and nothing came of it": {nil, func(l *lab) {
			l.fast(worm)
			l.Connect(worm, victim, l.port(), 445).Close()
			l.Wait(10 * time.Second)
			l.fast(victim)
		}, nil},
		"an allowed scanner": {scanner, func(l *lab) {
			l.fast(worm)
			l.exploits(worm, victim)
			l.Wait(10 * time.Second)
			l.fast(victim)
		}, nil},
		"a client that does not sweep": {nil, func(l *lab) {
			l.exploits(worm, victim)
			l.Wait(10 * time.Second)
			l.fast(victim)
		}, nil},
		"a host that browses the sweeper's web, and does not sweep": {nil, func(l *lab) {
			l.fast(worm)
			l.exploits(worm, victim)
			l.browses(victim, worm)
			wait(time.Hour)(l)
		}, nil},
		"reached when it swept already": {nil, func(l *lab) {
			l.fast(worm)
			l.fast(victim)
			l.exploits(worm, victim)
			l.Wait(time.Hour)
			l.slow(victim, 10, time.Minute)
		}, nil},
		"reached when it swept already, slowly": {nil, func(l *lab) {
			l.fast(worm)
			l.slow(victim, 4, 10*time.Minute)
			l.exploits(worm, victim)
			l.slow(victim, 10, 10*time.Minute)
		}, nil},
		"slow, from one old mistake on": {nil, func(l *lab) {
			l.fast(worm)
			l.slow(victim, 1, 10*time.Minute)
			l.exploits(worm, victim)
			l.slow(victim, 10, 10*time.Minute)
		}, map[string]string{victim: worm}},
		"the sweeper is found later than its victim": {nil, func(l *lab) {
			l.slow(worm, 3, 10*time.Minute)
			l.exploits(worm, victim)
			l.Wait(10 * time.Second)
			l.fast(victim)
			l.slow(worm, 6, 10*time.Minute)
		}, map[string]string{victim: worm}},
		"the victim is found when the sweeper has been quiet for a day": {nil, func(l *lab) {
			l.fast(worm)
			l.exploits(worm, victim)
			l.Wait(40 * time.Hour)
			l.fast(victim)
		}, map[string]string{victim: worm}},
		"the sweeper is found when its victim has been quiet for a day": {nil, func(l *lab) {
			l.slow(worm, 1, 0)
			l.exploits(worm, victim)
			l.Wait(time.Second)
			l.fast(victim)
			l.Wait(6 * time.Hour)
			l.slow(worm, 8, 6*time.Hour)
		}, map[string]string{victim: worm}},
		"and not after the memory": {nil, func(l *lab) {
			l.fast(worm)
			l.exploits(worm, victim)
			l.Wait(49 * time.Hour)
			l.fast(victim)
		}, nil},
		"reached a day before the other swept": {nil, func(l *lab) {
			l.exploits(worm, victim)
			l.Wait(20 * time.Hour)
			l.fast(worm)
			l.Wait(26 * time.Hour)
			l.fast(victim)
		}, nil},
		"round in a circle": {nil, func(l *lab) {
			l.fast(worm)
			l.exploits(worm, victim)
			l.Wait(time.Second)
			l.fast(victim)
			l.exploits(victim, worm)
			l.Wait(time.Second)
			l.fast(worm)
		}, map[string]string{victim: worm}},
		"both by a third": {nil, func(l *lab) {
			l.fast(third)
			l.exploits(third, worm)
			l.exploits(third, victim)
			l.Wait(time.Second)
			l.fast(worm)
			l.fast(victim)
			l.exploits(worm, victim)
			l.exploits(victim, worm)
			l.Wait(time.Hour)
		}, map[string]string{worm: third, victim: third}},
		"called back for a file by TFTP": {nil, func(l *lab) {
			l.fast(worm)
			l.Connect(worm, victim, l.port(), 445)
			l.Send(packettest.UDP(victim, worm, 1030, 69, 0, 1))
			l.Wait(time.Second)
			l.fast(victim)
		}, map[string]string{victim: worm}},
		"from outside": {nil, func(l *lab) {
			l.sweeps(stranger, dark, 25, 20*time.Millisecond)
			l.exploits(stranger, victim)
			l.Wait(time.Second)
			l.fast(victim)
		}, map[string]string{victim: stranger}},
		"IPv6": {func(l *lab) {
			l.cfg.Flow.Networks.Dark = append(l.cfg.Flow.Networks.Dark, netip.MustParsePrefix("fd00:66::/32"))
		}, func(l *lab) {
			l.sweeps("fd00::5", "fd00:66::1", 25, 20*time.Millisecond)
			l.exploits("fd00::5", "fd00::9")
			l.Wait(time.Second)
			l.sweeps("fd00::9", "fd00:66::101", 25, 20*time.Millisecond)
		}, map[string]string{"fd00::9": "fd00::5"}},
	} {
		l := newLab(t)
		if tc.tune != nil {
			tc.tune(l)
		}
		tc.story(l)
		l.Wait(10 * time.Second)
		l.Send(packettest.TCP(third, "10.1.0.1", 1, 80, packet.ACK))
		fs := l.play()
		if got := infectors(fs); !maps.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v\n%q", name, got, tc.want, lines(fs))
		}
	}
}
