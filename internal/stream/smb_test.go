package stream

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// message is one of SMB 2 or 3 with n octets behind its mark.
func message(mark string, n int) string {
	n += len(mark)
	return string([]byte{0, byte(n >> 16), byte(n >> 8), byte(n)}) + mark + strings.Repeat("\x00", n-len(mark))
}

const (
	clear2    = "\xfeSMB"
	encrypted = "\xfdSMB"
)

func fileServer(w *wire) *conn {
	c := dial("10.0.0.1", "10.0.0.2", 1049, 445)
	w.open(c)
	return c
}

// A long message is passed over without being kept, and what follows it is read.
func TestSMBPassesOver(t *testing.T) {
	w := newWire(t)
	c := fileServer(w)
	w.talk(c, up(message(clear2, 100)), down(message(clear2, 100)))
	if l := w.last(); l.Proto != SMB || l.SMB == nil || l.IRC != nil || l.sum.knock.Encrypted {
		t.Fatalf("%+v", l)
	}
	w.talk(c, up(message(clear2, 60_000)+message(encrypted, 100)))
	if l := w.last(); !l.sum.knock.Encrypted || l.End || w.f.Stats().Gaps != 0 {
		t.Fatalf("%+v, %+v", l.sum, w.f.Stats())
	}
	// No more can be learned once both sides encrypt.
	w.talk(c, down(message(encrypted, 100)))
	if s := w.f.Stats(); !w.last().End || s.Followed != 0 || s.SMB != 1 {
		t.Errorf("%+v", s)
	}
	n := len(w.all)
	w.talk(c, up(message(clear2, 100)), down(message(clear2, 100)))
	if len(w.all) != n || w.f.Stats().Followed != 0 {
		t.Error("taken up again")
	}
}

// SMB cannot be read on behind a gap: there are no lines to find the next message by.
func TestSMBGap(t *testing.T) {
	w := newWire(t)
	c := fileServer(w)
	w.talk(c, up(message(clear2, 100)))
	c.said[client] += 10
	w.talk(c, up(message(clear2, 100)))
	w.wait(time.Minute)
	if s := w.f.Stats(); !w.last().End || s.Followed != 0 || s.Gaps != 1 {
		t.Errorf("%+v", s)
	}
	// What is missing inside a message that is passed over anyway is no gap.
	w = newWire(t)
	c = fileServer(w)
	whole := message(clear2, 60_000)
	w.talk(c, up(whole[:5000]), down(message(clear2, 100)))
	c.said[client] = uint32(len(whole)) - 1000
	w.talk(c, up(whole[:1000]+message(encrypted, 100)))
	if l := w.last(); l.End || w.f.Stats().Gaps != 0 {
		t.Errorf("%+v, %+v", l.sum, w.f.Stats())
	}
}

// Who of the two is at home does not matter, but one has to be; and what is no SMB goes at
// once.
func TestSMBWho(t *testing.T) {
	for _, tt := range []struct {
		name, client, server string
		port                 uint16
		says                 string
		want                 uint64
	}{
		{"inside", "10.0.0.1", "10.0.0.2", 445, message(clear2, 100), 1},
		{"outward", "10.0.0.1", "192.0.2.1", 139, message(clear2, 100), 1},
		{"inward", "192.0.2.1", "10.0.0.1", 445, message(clear2, 100), 1},
		{"passing by", "192.0.2.1", "192.0.2.2", 445, message(clear2, 100), 0},
		{"another port", "10.0.0.1", "10.0.0.2", 8445, message(clear2, 100), 0},
		{"other octets", "10.0.0.1", "10.0.0.2", 445, "\x00\x00\x00\x50\x05\x00\x0b", 0},
	} {
		w := newWire(t)
		c := dial(tt.client, tt.server, 1049, tt.port)
		w.open(c)
		w.talk(c, up(tt.says))
		if s := w.f.Stats(); s.SMB != tt.want || s.Followed != int(tt.want) || s.Openings != 0 {
			t.Errorf("%s: %+v", tt.name, s)
		}
	}
}

// dialogue is what the two ends of a connection said in a recording.
type dialogue struct {
	client, server string
	cport, sport   uint16
	turns          []turn
}

// dialogues takes a recording apart; only connections without gaps are returned.
func dialogues(tb rapid.TB, name string) (list []*dialogue) {
	type ends struct {
		a, b         packet.Addr
		aport, bport uint16
	}
	type state struct {
		*dialogue
		next [2]uint32
	}
	open := map[ends]*state{}
	for _, s := range recorded(tb, name) {
		ev := &s.ev
		from := client
		d := open[ends{ev.Src, ev.Dst, ev.SrcPort, ev.DstPort}]
		if d == nil {
			from = server
			d = open[ends{ev.Dst, ev.Src, ev.DstPort, ev.SrcPort}]
		}
		switch {
		case ev.Kind != packet.KindTCP:
		case ev.TCPFlags&packet.SYN != 0 && ev.TCPFlags&packet.ACK == 0:
			d = &state{dialogue: &dialogue{client: ev.Src.String(), server: ev.Dst.String(), cport: ev.SrcPort, sport: ev.DstPort}}
			d.next[client] = ev.Seq + 1
			open[ends{ev.Src, ev.Dst, ev.SrcPort, ev.DstPort}] = d
			list = append(list, d.dialogue)
		case d == nil:
		case ev.TCPFlags&packet.SYN != 0:
			d.next[server] = ev.Seq + 1
		case ev.Seq == d.next[from] && len(s.data) == int(ev.Payload) && len(s.data) > 0:
			d.turns = append(d.turns, turn{from, string(s.data)})
			d.next[from] += uint32(len(s.data))
		}
	}
	return list
}

// However real conversations of SMB are cut, they come to the same.
func TestSMBAnySegments(t *testing.T) {
	list := dialogues(t, filepath.Join("..", "..", "testdata", "smb_knock.pcap.gz"))
	var all smb.Knock
	for _, d := range list {
		want := d.comesTo(t, nil)
		all.Merge(want.knock)
		rapid.Check(t, func(t *rapid.T) {
			if got := d.comesTo(t, t); got != want {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		})
	}
	if len(list) < 10 || len(all.Suspicious()) < 3 {
		t.Errorf("%d conversations, in which %v", len(list), all.Suspicious())
	}
}

// comesTo returns what a dialogue comes to, shuffled if a source of chance is given.
func (d *dialogue) comesTo(tb rapid.TB, chance *rapid.T) summary {
	w := newWire(tb)
	c := dial(d.client, d.server, d.cport, d.sport)
	w.open(c)
	if chance == nil {
		w.talk(c, d.turns...)
	} else {
		shuffled(chance, w, c, d.turns, false)
	}
	return w.last().sum
}
