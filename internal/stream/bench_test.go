package stream

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// web is ordinary traffic: many connections at a time, each a handshake, a request, some
// fifty segments of an answer with an acknowledgement for every second one, and the end.
func web(connections, atATime int) (segs []seg) {
	random := rand.New(rand.NewPCG(1, 2))
	body := make([]byte, 1460*64)
	for i := range body {
		body[i] = byte(random.Uint32())
	}
	scripts := make([][]seg, 0, connections)
	for n := range connections {
		c := dial("10.0.0.0", "198.51.100.0", uint16(1024+n), 443)
		binary.BigEndian.PutUint16(c.ends[client][14:], uint16(n*7))
		binary.BigEndian.PutUint16(c.ends[server][14:], uint16(n*13))
		if n%3 == 0 {
			c.ports[server] = 80
		}
		hello := []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
		if n%3 == 0 {
			hello = []byte("GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n")
		}
		script := []seg{c.at(client, 0, packet.SYN, ""), c.at(server, 0, packet.SYN|packet.ACK, ""), c.at(client, 0, packet.ACK, "")}
		script = append(script, c.says(client, string(hello)))
		for i := range 30 + random.IntN(40) {
			s := c.at(server, i*1460, packet.ACK, "")
			s.data = body[i%64*1460:][:1460]
			s.ev.Payload, s.ev.Held = 1460, 1460
			script = append(script, s)
			if i%2 == 1 {
				script = append(script, c.at(client, len(hello), packet.ACK, ""))
			}
		}
		scripts = append(scripts, append(script, c.fin(client), c.fin(server)))
	}
	now := packettest.Start
	for len(scripts) > 0 {
		i := random.IntN(min(len(scripts), atATime))
		s := scripts[i][0]
		now = now.Add(50 * time.Microsecond)
		s.ev.Time = now
		segs = append(segs, s)
		if scripts[i] = scripts[i][1:]; len(scripts[i]) == 0 {
			scripts[i] = scripts[0]
			scripts = scripts[1:]
		}
	}
	return segs
}

// benchmark lets segs pass again and again, each time as other connections: later, and from
// other sequence numbers.
func benchmark(b *testing.B, segs []seg) {
	f := New(DefaultConfig(), testSite(), 1)
	var out []Talk
	length := segs[len(segs)-1].ev.Time.Sub(segs[0].ev.Time) + time.Millisecond
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		s := &segs[i]
		s.ev.Time = s.ev.Time.Add(length)
		s.ev.Seq += 1 << 20
		out = f.Observe(&s.ev, s.data, out[:0])
		if i++; i == len(segs) {
			i = 0
		}
	}
	if b.N > len(segs) {
		st := f.Stats()
		b.ReportMetric(float64(st.FollowedEver)/float64(b.N), "followed/op")
		b.ReportMetric(float64(st.LetGo.HTTP+st.LetGo.TLS)/float64(b.N), "letgo/op")
	}
}

func BenchmarkWeb(b *testing.B) { benchmark(b, web(100, 40)) }

// chats are fifty sessions with orders at a time, a line or a few a segment.
func chats() (segs []seg) {
	now := packettest.Start
	add := func(s seg) {
		now = now.Add(time.Millisecond)
		s.ev.Time = now
		segs = append(segs, s)
	}
	var conns []*conn
	for i := range 50 {
		c := dial("10.0.0.1", botServer, uint16(1024+i), 6667)
		conns = append(conns, c)
		add(c.at(client, 0, packet.SYN, ""))
		add(c.at(server, 0, packet.SYN|packet.ACK, ""))
	}
	for _, turn := range bot() {
		for text := turn.text; text != ""; {
			n := min(len(text), 400)
			for _, c := range conns {
				add(c.says(turn.from, text[:n]))
			}
			text = text[n:]
		}
	}
	for _, c := range conns {
		add(c.fin(client))
		add(c.fin(server))
	}
	return segs
}

func BenchmarkChat(b *testing.B) { benchmark(b, chats()) }

// BenchmarkFlood is connections that all begin with one octet that could be of IRC.
func BenchmarkFlood(b *testing.B) {
	var segs []seg
	now := packettest.Start
	for n := range 20_000 {
		c := dial("10.0.0.1", "198.51.100.0", uint16(n), 6667)
		binary.BigEndian.PutUint16(c.ends[server][14:], uint16(n))
		for _, s := range []seg{c.at(client, 0, packet.SYN, ""), c.at(client, 0, packet.ACK, "N")} {
			now = now.Add(time.Microsecond)
			s.ev.Time = now
			segs = append(segs, s)
		}
	}
	benchmark(b, segs)
}
