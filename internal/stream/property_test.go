package stream

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// piece is some octets of a side, as one segment carries them.
type piece struct {
	from     side
	off, end int
	behind   int // octets that overtook it
}

// shuffled lets octets pass in another form than they were sent: cut anywhere, again,
// overlapping, and where disorder is asked for overtaken by up to 1 KB.
func shuffled(t *rapid.T, w *wire, c *conn, turns []turn, disorder bool) {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "random"), 0))
	longest := rapid.SampledFrom([]int{1, 7, 100, 600}).Draw(t, "longest")
	pieces, streams := cut(random, turns, longest)
	if disorder {
		pieces = disordered(random, pieces)
	}
	for _, p := range pieces {
		s := streams[p.from]
		off := max(0, p.off-[]int{0, 0, 0, 1, 50, 5000}[random.IntN(6)])
		w.see(c.at(p.from, off, packet.ACK, s[off:p.end]))
		if random.IntN(10) == 0 {
			w.see(c.at(p.from, p.off, packet.ACK, s[p.off:p.end]))
		}
	}
	c.said = [2]uint32{uint32(len(streams[client])), uint32(len(streams[server]))}
}

// cut returns the pieces in order, of up to longest octets, and what each side says.
func cut(random *rand.Rand, turns []turn, longest int) (pieces []piece, streams [2]string) {
	for _, turn := range turns {
		from := turn.from
		for off, end := len(streams[from]), len(streams[from])+len(turn.text); off < end; {
			n := min(1+random.IntN(longest), end-off)
			pieces = append(pieces, piece{from: from, off: off, end: off + n})
			off += n
		}
		streams[from] += turn.text
	}
	return pieces, streams
}

// disordered has pieces overtake each other.
func disordered(random *rand.Rand, pieces []piece) (out []piece) {
	for len(pieces) > 0 {
		octets, n := pieces[0].behind, 0
		for n < len(pieces) && octets+pieces[n].end-pieces[n].off <= 1024 {
			octets += pieces[n].end - pieces[n].off
			n++
		}
		i := random.IntN(max(1, n))
		p := pieces[i]
		for j := range pieces[:i] {
			pieces[j].behind += p.end - p.off
		}
		out = append(out, p)
		copy(pieces[1:], pieces[:i])
		pieces = pieces[1:]
	}
	return out
}

// However the octets of both sides come, the session comes to the same.
func TestAnySegmentsAnyOrder(t *testing.T) {
	for name, turns := range map[string][]turn{"bot": bot(), "person": person()} {
		want := heardInOrder(t, turns)
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			w := newWire(t)
			c := dial("10.0.0.1", botServer, 1049, 6667)
			c.isn = [2]uint32{rapid.Uint32().Draw(t, "client"), rapid.Uint32().Draw(t, "server")}
			w.open(c)
			shuffled(t, w, c, turns, true)
			got := w.last().sum
			if s := w.f.Stats(); got != want || s.Gaps != 0 || s.Beyond != 0 || s.Disagreed != 0 {
				t.Fatalf("got %+v, want %+v; %+v", got, want, s)
			}
			w.see(c.fin(server))
			w.see(c.fin(client))
			if w.ends() != 1 || !w.last().End || w.last().sum != want || w.f.Stats().Followed != 0 {
				t.Fatalf("the end: %+v", w.last())
			}
		}))
	}
}

// What is no IRC stays silent however it is cut, and is let go.
func TestLookAlikesAtAnySegments(t *testing.T) {
	for _, l := range lookAlikes {
		t.Run(l.name, rapid.MakeCheck(func(t *rapid.T) {
			w := newWire(t)
			c := dial("10.0.0.1", botServer, 1049, l.port)
			w.open(c)
			disorder := rapid.Bool().Draw(t, "disorder")
			shuffled(t, w, c, l.turns, disorder)
			if disorder { // some may wait for what overtook them and was not kept
				w.wait(15 * time.Minute)
				w.tidy()
			}
			if s := w.f.Stats(); len(w.all) != 0 || s.Followed != 0 || s.Openings != 0 {
				t.Fatalf("%d told, %+v", len(w.all), s)
			}
		}))
	}
}

// FIN, RST and SYN at any place, lost segments and any nonsense beside a conversation: it
// all stays inside the slab, and what was told as recognised is told to its end.
func TestAnyNonsense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWire(t)
		conns := []*conn{
			dial("10.0.0.1", botServer, 1049, 6667), dial("10.0.0.2", botServer, 1050, 445),
			dial("10.0.0.3", "10.0.0.4", 6697, 6697), dial("fd00::1", "2001:db8::1", 1, 6667),
		}
		text := ""
		for _, turn := range bot() {
			text += turn.text
		}
		for range rapid.IntRange(1, 200).Draw(t, "segments") {
			c := rapid.SampledFrom(conns).Draw(t, "connection")
			off := rapid.IntRange(0, len(text)-1).Draw(t, "off")
			n := rapid.IntRange(0, len(text)-off).Draw(t, "n")
			flags := rapid.SampledFrom([]uint8{
				packet.ACK, packet.ACK, packet.ACK, packet.ACK, packet.SYN, packet.SYN | packet.ACK,
				packet.FIN | packet.ACK, packet.RST, packet.SYN | packet.FIN,
			}).Draw(t, "flags")
			s := c.at(rapid.SampledFrom([]side{client, server}).Draw(t, "from"), off, flags, text[off:off+n])
			if rapid.IntRange(0, 5).Draw(t, "elsewhere") == 0 {
				s.ev.Seq = rapid.Uint32().Draw(t, "seq")
			}
			w.see(s)
			w.wait(time.Duration(rapid.SampledFrom([]int64{0, 0, 0, 1, 20, 1000, 1e6}).Draw(t, "wait")) * time.Second)
			check(t, w)
		}
		w.wait(60 * 24 * time.Hour)
		w.tidy()
		if s := w.f.Stats(); s.Followed != 0 || s.Openings != 0 || s.Recognised != 0 {
			t.Fatalf("something stays for ever: %+v", s)
		}
		checkEnds(t, w)
		for cell, n := range w.f.live.cells {
			if n != 0 {
				t.Fatalf("cell %d of the filter still counts %d", cell, n)
			}
		}
	})
}
