package bpf

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// punted are the cases that the program leaves to packet.Parse, by how their names start:
// PPP and what carries it, VN-tags, Teredo, and what goes to a tunnel's port and is none.
var punted = []string{
	"vntag", "pppoe", "gre/pptp", "gre/ppp", "teredo", "ordinary/vxlan-broken", "ordinary/vxlan-short",
	"ordinary/geneve-options", "ordinary/teredo", "ordinary/inside-vxlan",
	"refused/four-vntags", "refused/ppp", "refused/gre-pptp",
}

func isPunted(name string) bool {
	for _, p := range punted {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// TestParseCases: the program takes apart all that is not expressly left to Go.
func TestParseCases(t *testing.T) {
	twins := newTwins(t)
	for _, c := range packettest.Cases() {
		if c.Link != packet.LinkEthernet || len(c.Frame) < shortest {
			continue
		}
		st := twins.compare(t, c.Name, c.Frame, 0)
		if (st == punt) != isPunted(c.Name) {
			t.Errorf("%s: status %d, punted: %v, want %v", c.Name, st, st == punt, isPunted(c.Name))
		}
	}
	t.Logf("%d cases, %d punted", twins.frames, twins.punts)
}

// TestParseRecordings: every Ethernet frame of every recording.
func TestParseRecordings(t *testing.T) {
	twins := newTwins(t)
	for _, r := range recordings(t) {
		before := twins.punts
		for i, frame := range r.frames {
			if !testing.Short() || i < 100 {
				twins.compare(t, r.name, frame, 0)
			}
		}
		if n := twins.punts - before; n > 0 {
			t.Logf("%s: %d of %d punted", r.name, n, len(r.frames))
		}
	}
	t.Logf("%d frames, %d punted", twins.frames, twins.punts)
	if twins.punts*200 > twins.frames && !testing.Short() {
		t.Errorf("%d of %d frames punted: more than half a percent", twins.punts, twins.frames)
	}
}

// TestParseCorpus: every frame that fuzzing has kept.
func TestParseCorpus(t *testing.T) {
	twins := newTwins(t)
	for _, r := range corpus(t) {
		twins.compare(t, r.name, r.frames[0], 0)
	}
	for _, c := range packettest.Cases() { // its seeds, of whatever link type
		twins.compare(t, c.Name, c.Frame, 0)
	}
	t.Logf("%d frames, %d punted", twins.frames, twins.punts)
}

// TestParseMutated: frames that were changed at random, the same ones each time.
func TestParseMutated(t *testing.T) {
	frames := 200_000
	if testing.Short() {
		frames = 5_000
	}
	twins, m := newTwins(t), newMutator(t)
	for range frames {
		twins.compare(t, "mutated", m.next(), 0)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d frames, %d punted", twins.frames, twins.punts)
	if twins.punts*4 > twins.frames {
		t.Errorf("%d of %d punted: nothing was tested", twins.punts, twins.frames)
	}
}

// mutator changes frames of cases, corpus and recordings.
type mutator struct {
	rand *rand.Rand
	from [][]byte
}

func newMutator(tb testing.TB) *mutator {
	tb.Helper()
	m := &mutator{rand: rand.New(rand.NewPCG(4, 9))}
	for _, c := range packettest.Cases() {
		m.from = append(m.from, c.Frame)
	}
	for _, r := range append(corpus(tb), recordings(tb)...) {
		for range min(len(r.frames), 20) {
			m.from = append(m.from, r.frames[m.rand.IntN(len(r.frames))])
		}
	}
	return m
}

// next returns a frame with some octets changed, some taken out or put in, and its end cut
// off or drawn out, most of it where headers are.
func (m *mutator) next() []byte {
	frame := m.pick()
	for range 1 + m.rand.IntN(4) {
		at := m.rand.IntN(min(len(frame), 120))
		switch m.rand.IntN(8) {
		case 0:
			frame = frame[:max(at, shortest)]
		case 1:
			frame = append(frame, make([]byte, m.rand.IntN(64))...)
		case 2: // one frame in another
			frame = append(frame[:at:at], m.pick()...)
		case 3:
			frame = append(frame[:at:at], frame[min(at+1+m.rand.IntN(8), len(frame)):]...)
		case 4:
			frame[at] = odd[m.rand.IntN(len(odd))]
		case 5:
			frame[at] ^= 1 << m.rand.IntN(8)
		default:
			frame[at] = byte(m.rand.Uint32())
		}
		if len(frame) < shortest {
			frame = append(frame, make([]byte, shortest)...)
		}
	}
	return frame
}

// odd are octets that mean something in many headers.
var odd = []byte{0, 1, 4, 6, 17, 41, 44, 47, 51, 60, 0x45, 0x46, 0x60, 0x81, 0x86, 0x88, 0xff}

func (m *mutator) pick() []byte {
	frame := m.from[m.rand.IntN(len(m.from))]
	return append(make([]byte, 0, len(frame)+256), frame[:min(len(frame), 3000)]...)
}

// FuzzTwin gives any octets to both.
func FuzzTwin(f *testing.F) {
	for _, c := range packettest.Cases() {
		f.Add(c.Frame)
	}
	for _, r := range corpus(f) {
		f.Add(r.frames[0])
	}
	twins := newTwins(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) > 1<<15 {
			return
		}
		twins.compare(t, "fuzzed", frame, 0)
	})
}
