package stream

import (
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// FuzzSegments lets any segments of a few connections pass: five octets say which and
// where, and how many of those that follow it carries.
func FuzzSegments(f *testing.F) {
	seed := func(turns []turn) {
		b := []byte{0, packet.SYN, 0, 0, 0, 4, packet.SYN | packet.ACK, 0, 0, 0}
		var said [2]int
		for _, t := range turns {
			for text := t.text; text != ""; {
				n := min(len(text), 255)
				at := said[t.from]
				b = append(b, byte(t.from)<<2, packet.ACK, byte(at>>8), byte(at), byte(n))
				b = append(b, text[:n]...)
				said[t.from] += n
				text = text[n:]
			}
		}
		f.Add(append(b, 0, packet.FIN|packet.ACK, 0, 0, 0))
	}
	seed(bot())
	seed(person())
	for _, l := range lookAlikes {
		seed(l.turns)
	}
	seed([]turn{up(message(clear2, 200)), down(message(encrypted, 100))})
	f.Add([]byte{1, 16, 0x7f, 0xff, 3, 'N', 'I', 'C', 4, 4, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWire(t)
		conns := [4]*conn{
			dial("10.0.0.1", botServer, 1049, 6667), dial("10.0.0.2", "10.0.0.3", 1050, 445),
			dial("fd00::1", "2001:db8::1", 1051, 6697), dial("192.0.2.1", "10.0.0.4", 139, 139),
		}
		for len(b) >= 5 {
			// Two bits choose the connection, one the side; the others cut or delay.
			c, d, n := conns[b[0]&3], side(b[0]>>2&1), min(int(b[4]), len(b)-5)
			s := c.at(d, int(int16(uint16(b[2])<<8|uint16(b[3]))), b[1], string(b[5:5+n]))
			if b[0]&8 != 0 {
				s.data = s.data[:n/2]
				s.ev.Held = uint16(n / 2)
			}
			if b[0]&16 != 0 {
				s.ev.Seq += 1 << 20
			}
			w.now = w.now.Add(time.Duration(b[0]>>5) * 10 * time.Second)
			w.see(s)
			b = b[5+n:]
		}
		check(t, w)
		w.wait(60 * 24 * time.Hour)
		w.tidy()
		checkEnds(t, w)
		if s := w.f.Stats(); s.Followed != 0 || s.Openings != 0 {
			t.Fatalf("something stays for ever: %+v", s)
		}
	})
}
