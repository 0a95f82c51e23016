package flow

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const day = 24 * time.Hour

var (
	alice = addr("10.0.0.1")
	bob   = addr("10.0.0.2")
	carol = addr("10.0.0.3")
	macA  = [6]byte{2, 0, 0, 0, 0, 1}
)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// wire feeds a tracker and writes down what it says, a word a contact.
type wire struct {
	t     *testing.T
	tr    *Tracker
	now   packet.Time
	all   []Contact
	words []string
}

func newWire(t *testing.T, tune ...func(*Config)) *wire {
	c := DefaultConfig()
	for _, f := range tune {
		f(&c)
	}
	if ps := c.Validate(); len(ps) > 0 {
		t.Fatalf("configuration: %v", ps)
	}
	return &wire{t: t, tr: New(c, 1), now: packet.Time(1_790_000_000 * 1e9)}
}

func (w *wire) take(out []Contact) {
	for _, c := range out {
		w.words = append(w.words, strings.ToLower(outcomeNames[c.Outcome]))
	}
	w.all = append(w.all, out...)
}

var outcomeNames = map[Outcome]string{Opened: "Opened", Answered: "Answered", Refused: "Refused", Silent: "Silent", Lost: "Lost"}

func (w *wire) event(ev packet.Event) {
	ev.Time = w.now
	w.take(w.tr.Observe(&ev, nil))
}

func (w *wire) wait(d time.Duration) {
	w.now = w.now.Add(d)
	w.take(w.tr.Advance(w.now, nil))
}

func (w *wire) want(words ...string) {
	w.t.Helper()
	if !slices.Equal(w.words, words) {
		w.t.Errorf("got %v, want %v", w.words, words)
	}
}

func (w *wire) last() *Contact { return &w.all[len(w.all)-1] }

func tcp(src, dst packet.Addr, sport, dport uint16, flags uint8) packet.Event {
	return packet.Event{
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, Src: src, Dst: dst,
		SrcPort: sport, DstPort: dport, TCPFlags: flags, SrcMAC: macA,
	}
}

func udp(src, dst packet.Addr, sport, dport uint16) packet.Event {
	return packet.Event{Kind: packet.KindUDP, Proto: packet.ProtoUDP, Src: src, Dst: dst, SrcPort: sport, DstPort: dport}
}

func syn(src, dst packet.Addr) packet.Event { return tcp(src, dst, 40000, 445, packet.SYN) }

func synAck(src, dst packet.Addr) packet.Event {
	return tcp(src, dst, 445, 40000, packet.SYN|packet.ACK)
}

func rst(src, dst packet.Addr) packet.Event {
	return tcp(src, dst, 445, 40000, packet.RST|packet.ACK)
}

// watch lets time pass in which there is traffic, of nobody at home.
func (w *wire) watch(d time.Duration) {
	for range int(d / time.Hour) {
		w.wait(time.Hour)
		w.event(tcp(addr("192.0.2.77"), addr("192.0.2.78"), 1, 2, packet.ACK))
	}
}
