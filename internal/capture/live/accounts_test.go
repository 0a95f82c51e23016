package live

import (
	"fmt"
	"testing"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestAccounts: under more load than the rings hold, from two interfaces at once and while
// they are read, every frame is in exactly one account, and what the kernel sent up is what
// was given.
func TestAccounts(t *testing.T) {
	b := newBench(t)
	other, _ := b.Pair(b.sender, "va1", b.sensor, "rx1")
	cfg := testConfig("rx", "rx1")
	cfg.RingEvents, cfg.PerSource, cfg.Punts, cfg.Mode = 1<<10, 16, 1, capture.ModeGeneric // that is received where it is sent
	r := run(t, b.sensor, cfg, testWants())
	frames, want := mixture()
	sends := []func() error{b.out.Player(frames, 0), other.Player(frames, 0)}
	const rounds = 3
	sent := make(chan error, len(sends))
	for _, send := range sends {
		go func() {
			for range rounds {
				if err := send(); err != nil {
					sent <- err
					return
				}
			}
			sent <- nil
		}()
	}
	for range sends {
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
	times := uint64(rounds * len(sends))
	all := uint64(len(frames)) * times
	r.await("all frames", func([]packet.Event) bool { return r.kernel.Link(0).Packets+r.kernel.Link(1).Packets >= all })
	r.calm()

	st, k := r.stats(), r.kernel.Counts()
	l := st.Live
	account(t, "frames", st.Packets, all)
	account(t, "punted, held back or lost", l.Punted+l.PuntsHeld+k.PuntsLost, want.punts*times)
	account(t, "no event", k.Refused.Failed(), want.refused*times)
	account(t, "told by status, and not looked at", st.Status.Total()+l.PuntsHeld+k.PuntsLost, all)
	// An opening is no sign of life: none goes up for that besides.
	account(t, "openings: sent, lost, repeats, or too many of a source", k.Events+k.Lost+l.Repeats+l.Held, want.openings*times)
	// Each frame that was punted is an event.
	account(t, "given", st.Events, k.Events+k.Punted)
	account(t, "received", uint64(len(r.seen())), st.Events)
	account(t, "lost", l.Lost, k.Lost+k.PuntsLost)
	var events, lost uint64
	for _, c := range l.CPUs {
		events, lost = events+c.Events, lost+c.Lost
	}
	account(t, "given, by CPU", events, st.Events)
	account(t, "lost, by CPU", lost, l.Lost)
	if l.Held == 0 || l.Repeats == 0 || l.PuntsHeld == 0 {
		t.Errorf("an account is empty: %+v", l)
	}
	t.Logf("%d frames: %d given, %d lost, %d repeats, %d held, %d punted, %d punts held", all, st.Events, l.Lost, l.Repeats, l.Held, l.Punted, l.PuntsHeld)
}

func account(t *testing.T, what string, got, want uint64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}

// mixed is how many frames of a kind there are in a mixture.
type mixed struct{ openings, refused, punts uint64 }

// mixture has many sources, one that sends far more than the others, repeats, what is no
// packet, and what the kernel does not take apart.
func mixture() (frames []lab.Frame, n mixed) {
	for i := range 2000 {
		from := fmt.Sprintf("10.1.%d.%d", i>>8, i&0xff)
		octets := [][]byte{
			syn(from, "10.2.0.1", 40000, 445),
			syn("10.3.0.1", from, 40000, 445),
			syn("10.3.0.2", "10.2.0.1", 40000, 445),
		}
		n.openings += uint64(len(octets))
		switch i % 10 {
		case 0:
			octets = append(octets, packettest.Ethernet(packettest.PPPoE(packettest.TCP(from, "10.2.0.2", 40000, 445, packet.SYN), 1)))
			n.punts++
		case 5:
			noVersion := syn(from, "10.2.0.3", 40000, 445)
			noVersion[14] = 0xf5
			octets = append(octets, noVersion)
			n.refused++
		}
		frames = append(frames, recorded(octets...)...)
	}
	return frames, n
}
