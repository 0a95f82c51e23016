package afpacket

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"pgregory.net/rapid"
)

// Who speaks in the scenarios.
const (
	client = "10.1.0.5"
	server = "198.51.100.7"
)

// wire is a TCP connection of which the segments can be chosen.
type wire struct {
	*packettest.Scenario
	port uint16 // of the server
	seq  [2]uint32
}

// connect opens one.
func connect(port uint16) *wire {
	w := &wire{packettest.NewScenario(), port, [2]uint32{1000, 5000}}
	w.sends(0, packet.SYN, nil)
	w.sends(1, packet.SYN|packet.ACK, nil)
	w.seq[0]++
	w.seq[1]++
	w.sends(0, packet.ACK, nil)
	return w
}

// sends has the client (0) or server (1) send a segment.
func (w *wire) sends(from int, flags uint8, payload []byte) {
	src, dst, sport, dport := client, server, uint16(2000), w.port
	if from == 1 {
		src, dst, sport, dport = dst, src, dport, sport
	}
	w.Wait(time.Millisecond)
	w.Send(packettest.Segment(src, dst, sport, dport, flags, w.seq[from], payload...))
	w.seq[from] += uint32(len(payload))
}

// says sends octets in segments of an Ethernet's size, of which the last is pushed.
func (w *wire) says(from int, octets []byte) {
	const most = 1448
	for ; len(octets) > most; octets = octets[most:] {
		w.sends(from, packet.ACK, octets[:most])
	}
	w.sends(from, packet.ACK|packet.PSH, octets)
}

// chats has a bot register and take orders.
func (w *wire) chats() {
	w.says(0, []byte("NICK USA|XP|482913\r\nUSER x 0 0 :x\r\n"))
	w.says(1, []byte(":irc.example.org 001 USA|XP|482913 :Welcome\r\n"))
	w.says(0, []byte("JOIN #a\r\n"))
	w.says(1, []byte(":irc.example.org 332 USA|XP|482913 #a :.advscan netapi 100 5 0 -b -r\r\n"))
}

func (w *wire) frames() (all []frame) {
	for _, r := range w.Records {
		all = append(all, frame{r.Time, r.Frame, len(r.Frame)})
	}
	return all
}

// noise is what compressed or encrypted octets look like, behind a first one.
func noise(first byte, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), uint64(first)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	b[0] = first
	return b
}

// motd is what a server of another language greets with: its lines are cut anywhere.
func motd(word string, lines int) []byte {
	var b bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&b, ":irc.example.org 372 x :%d\x02%s\x0304%s\r\n", i, strings.Repeat(word, 20), word)
	}
	return b.Bytes()
}

// TestFilterRules has connections of which the recordings have none.
func TestFilterRules(t *testing.T) {
	c := smallConfig()
	wants := c.Wants()
	m := newMachine(t, defaultFilter(&wants, 1<<16), never)
	for name, speak := range map[string]func(*wire){
		"a proxy's handshake, then IRC": func(w *wire) {
			w.says(0, noise(5, 700))
			w.says(1, noise(5, 900))
			w.chats()
		},
		"TLS, of which a later segment begins like text": func(w *wire) {
			w.says(0, append([]byte{22, 3, 1, 6, 0, 1}, noise(3, 1480)...))
			w.says(0, append([]byte("PING"), noise(1, 700)...))
			w.chats()
		},
		"letters of another alphabet": func(w *wire) {
			w.says(0, []byte("NICK x\r\nUSER x 0 0 :x\r\n"))
			w.says(1, []byte(":irc.example.org 001 x :hi\r\n"))
			w.says(1, motd("привет ", 30))
			w.says(1, motd("\xd0\xd2\xc9\xd7\xc5\xd4 ", 30))
			w.chats()
		},
		"names in another alphabet": func(w *wire) {
			w.says(1, append([]byte(":п\x05 NOTICE * :"), noise(' ', 700)...))
			w.chats()
		},
		"a download, then IRC by the same ports": func(w *wire) {
			w.says(0, []byte("GET / HTTP/1.1\r\n\r\n"))
			w.says(1, append([]byte("HTTP/1.1 200 OK\r\n\r\n"), noise(0x1f, 50000)...))
			w.chats()
		},
	} {
		for _, port := range []uint16{4915, 445, 443, 6697} {
			t.Run(fmt.Sprintf("%s/%d", name, port), func(t *testing.T) {
				w := connect(port)
				speak(w)
				want, got, _ := filtered(t, c, m, w.frames())
				same(t, got, want)
			})
		}
	}
}

// TestFilterDrops: what is left out is the inside of transfers, and acknowledgements.
func TestFilterDrops(t *testing.T) {
	c := smallConfig()
	wants := c.Wants()
	m := newMachine(t, defaultFilter(&wants, 1<<16), never)
	w := connect(443)
	for range 50 {
		w.says(1, noise(0x17, 40000))
		w.sends(0, packet.ACK, nil)
	}
	if _, _, kept := filtered(t, c, m, w.frames()); kept > len(w.Records)/8 {
		t.Errorf("%d of %d frames are kept", kept, len(w.Records))
	}
	if n := newMachine(t, defaultFilter(&wants, 1<<16), always).keeps(t, w.Records[5].Frame); n != 54 {
		t.Errorf("%d octets of a sampled segment are kept, want its headers", n)
	}
}

// TestFilterKeepsHosts: who says nothing but this is known to be there.
func TestFilterKeepsHosts(t *testing.T) {
	wants := smallConfig().Wants()
	wants.UDP = append(wants.UDP, 3527)
	m := newMachine(t, defaultFilter(&wants, 1<<16), never)
	for name, p := range map[string]packettest.Packet{
		"DNS":         packettest.UDP(client, server, 2000, 53, make([]byte, 600)...),
		"an answer":   packettest.UDP(client, server, 67, 2000),
		"mDNS":        packettest.UDP(client, "224.0.0.251", 5353, 5353),
		"mDNS, IPv6":  packettest.UDP("fd00::5", "ff02::fb", 5353, 5353),
		"UPnP":        packettest.UDP(client, "239.255.255.250", 2000, 1900),
		"MSMQ":        packettest.UDP(client, server, 2000, 3527),
		"its answer":  packettest.UDP("fd00::5", "fd00::6", 3527, 2000),
		"TFTP":        packettest.UDP(client, server, 2000, 69),
		"ARP":         packettest.ARP(1, client, "10.1.0.9"),
		"ICMP":        packettest.ICMP(client, server, 8, 0),
		"a keepalive": packettest.TCP(client, server, 2000, 4444, packet.ACK, 0),
	} {
		if m.keeps(t, packettest.Ethernet(p)) == 0 {
			t.Errorf("%s is dropped", name)
		}
	}
	for name, p := range map[string]packettest.Packet{
		"QUIC":   packettest.UDP(client, server, 2000, 443, make([]byte, 1200)...),
		"games":  packettest.UDP(client, server, 2000, 27015),
		"ESP":    packettest.IP(client, server, 50, make([]byte, 900)),
		"an ACK": packettest.TCP(client, server, 2000, 4444, packet.ACK),
	} {
		if m.keeps(t, packettest.Ethernet(p)) != 0 {
			t.Errorf("%s is kept", name)
		}
	}
}

// TestFilterKeepsIRC: whatever irc.Could takes for the beginning of a line is kept with all
// that internal/stream holds of a side, whatever stands behind it.
func TestFilterKeepsIRC(t *testing.T) {
	wants := smallConfig().Wants()
	m := newMachine(t, defaultFilter(&wants, 1<<16), never)
	could := 0
	rapid.Check(t, func(rt *rapid.T) {
		part := rapid.SampledFrom([]string{
			" ", "\r", "\n", ":", "@", ":п", ":п PRIVMSG ", " @é=b :x 001 ", "@a=b", "\xff", "\x05", "NICK", "nick ", "PRIVMSG ", "001", "0", "WHO", " #a", "x", "JOIN :&",
		})
		line := strings.Join(rapid.SliceOfN(part, 1, 8).Draw(rt, "line"), "")
		data := append([]byte(line), noise(1, rapid.SampledFrom([]int{1, 600, 1300}).Draw(rt, "rest"))...)
		if !irc.Could(data) {
			return
		}
		could++
		p := packettest.Segment(client, server, 2000, 4444, packet.ACK, 1, data...)
		if rapid.Bool().Draw(rt, "IPv6") {
			p = packettest.Segment("fd00::5", "fd00::6", 2000, 4444, packet.ACK, 1, data...)
		}
		if f := packettest.Ethernet(p); m.keeps(t, f) != len(f) {
			rt.Fatalf("%q: kept %d of %d", data[:20], m.keeps(t, f), len(f))
		}
	})
	if could < 10 {
		t.Errorf("only %d lines", could)
	}
}

// FuzzFilter runs the filter on anything: it never fails, and keeps what the parser needs.
func FuzzFilter(f *testing.F) {
	wants := smallConfig().Wants()
	m := newMachine(f, defaultFilter(&wants, 1<<16), never)
	for _, frame := range packettest.Cases() {
		f.Add(frame.Frame)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		inner, tag := untag(b)
		n := m.keeps(t, inner)
		if n == 0 || n == len(inner) {
			return
		}
		var want, got packet.Event
		st := packet.Parse(packet.LinkEthernet, b, len(b), &want)
		if cut := packet.Parse(packet.LinkEthernet, retag(inner[:n], tag), len(b), &got); cut != st {
			t.Fatalf("%v, of %d octets %v", st, n, cut)
		}
		got.Held = want.Held
		if got.Held == 0 {
			got.Data = want.Data
		}
		if st == packet.OK && got != want {
			t.Errorf("of %d octets %+v\nwant %+v", n, got, want)
		}
	})
}
