package sensor

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// written is what comes out, octet by octet.
func written(fs []alert.Finding) string {
	var b strings.Builder
	for i := range fs {
		b.Write(alert.AppendOCSF(nil, &fs[i], "test"))
	}
	return b.String()
}

// busy is a scenario in which everything there is happens, in an order of its own.
func busy(l *lab, r *rand.Rand) {
	hosts := []string{worm, victim, third, "10.1.0.8"}
	host := func() string { return hosts[r.IntN(4)] }
	var open []*packettest.Connection
	for range 30 {
		switch h := host(); r.IntN(9) {
		case 0:
			open = append(open, l.bot(h))
		case 1:
			l.sweeps(h, "10.66.7.1", 5+r.IntN(25), time.Duration(r.IntN(300))*time.Millisecond)
		case 2:
			l.exploits(h, host())
		case 3:
			l.registers(h, "198.51.100.99", uint16(6660+r.IntN(9)), "anna").Close()
		case 4:
			l.exploits("203.0.113.9", h)
		case 5:
			l.exploits(h, "203.0.113.7")
		case 6:
			l.Connect(h, "198.51.100.23", l.port(), uint16(7000+r.IntN(1000))).Close()
		case 7:
			l.Send(packettest.TCP(h, "203.0.113.66", l.port(), 80, packet.SYN))
		case 8:
			c := l.Connect(h, "198.51.100.77", l.port(), 5555) // a server that never answers
			c.Says("NICK DEU|123456\r\nUSER x 0 0 :y\r\n")
		}
		switch r.IntN(4) {
		case 0:
			l.Wait(time.Duration(r.IntN(200)) * time.Millisecond)
		case 1:
			l.Wait(time.Duration(r.IntN(20)) * time.Second)
		case 2:
			l.Wait(time.Duration(r.IntN(4)) * 5 * time.Second)
		default:
			l.Wait(time.Duration(r.IntN(40)) * time.Hour)
		}
	}
	for _, c := range open {
		c.Close()
	}
	l.Wait(time.Duration(r.IntN(1000)) * time.Millisecond)
}

// What is found depends on the packets alone, not on how often the sensor is told the time
// between them; it comes in order of time, and nothing comes twice.
func TestFindingsDependOnPacketsAlone(t *testing.T) {
	kinds, dir := map[alert.Kind]int{}, t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		r := rand.New(rand.NewPCG(seed, 1))
		l := newLab(t, listing(dir, "203.0.113.66"), func(l *lab) { l.cfg.Novelty.Alert = true })
		busy(l, r)
		want := l.play()
		for i := range want {
			kinds[want[i].Kind]++
		}
		got := l.show(l.sensor(), func(from, to packet.Time) (at []packet.Time) {
			if from == 0 || to == from {
				return nil
			}
			for range r.IntN(3) {
				at = append(at, from.Add(time.Duration(r.Int64N(int64(to.Sub(from))+1))))
			}
			for _, d := range []time.Duration{5 * time.Second, 24 * time.Hour, l.cfg.IRC.Wait} {
				at = append(at, min(to, from.Add(d)))
			}
			slices.Sort(at)
			return at
		})
		if a, b := written(want), written(got); a != b {
			t.Fatalf("told the time, it finds\n%s\nelse\n%s", strings.Join(lines(got), "\n"), strings.Join(lines(want), "\n"))
		}
		uids := map[string]bool{}
		for i := range want {
			if i > 0 && want[i].Time.Before(want[i-1].Time) {
				t.Fatalf("%d is out of order:\n%s", i, strings.Join(lines(want), "\n"))
			}
			if uids[want[i].UID] {
				t.Fatalf("%s comes twice", lines(want)[i])
			}
			uids[want[i].UID] = true
		}
	})
	for _, k := range alert.Kinds {
		if kinds[k] == 0 && k != alert.ScanSlow {
			t.Errorf("the scenarios have no %s", k)
		}
	}
}

// What the last packet brought is told though no later one comes.
func TestNothingIsLostAtTheEnd(t *testing.T) {
	l := newLab(t, func(l *lab) { l.cfg.Novelty.Alert = true })
	l.sweeps(worm, dark, 3, time.Millisecond)
	l.Connect(worm, "198.51.100.23", l.port(), 7000)
	l.Records = l.Records[:len(l.Records)-1] // ends with the SYN-ACK
	s := l.sensor()
	if got := created(l.show(s), alert.FirstSeen); !slices.Equal(got, []string{worm}) {
		t.Errorf("%v", got)
	}
	if fs := s.Open(); len(fs) != 1 || fs[0].Kind != alert.FirstSeen {
		t.Errorf("open: %q", lines(fs))
	}
	// A server that was waited for in vain, up to the last packet.
	l = newLab(t)
	l.Wait(40 * time.Millisecond) // within a tick
	l.Connect(worm, "198.51.100.77", l.port(), 5555).Says("NICK anna\r\nUSER x 0 0 :y\r\n")
	l.Wait(l.cfg.IRC.Wait)
	l.Send(packettest.TCP(worm, victim, 1, 80, packet.ACK))
	if got := created(l.show(l.sensor()), alert.IRCC2); !slices.Equal(got, []string{worm}) {
		t.Errorf("%v", got)
	}
}
