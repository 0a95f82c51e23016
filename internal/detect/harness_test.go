package detect

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// site runs events through the real tracker into an engine.
type site struct {
	t        *testing.T
	tracker  *flow.Tracker
	engine   *Engine
	now      packet.Time
	contacts []flow.Contact
	findings []alert.Finding
	tried    int // by a test that counts its probes
}

const start = packet.Time(1_790_000_000 * 1e9)

func newSite(t *testing.T, tune ...func(*flow.Config, *Config)) *site {
	fc, dc := flow.DefaultConfig(), DefaultConfig()
	for _, f := range tune {
		f(&fc, &dc)
	}
	for _, p := range append(fc.Validate(), dc.Validate()...) {
		t.Fatalf("configuration: %s: %s", p.Key, p.Text)
	}
	s := &site{t: t, now: start}
	s.tracker = flow.New(fc, 1)
	s.engine = New(dc, Site{Sensor: "test", Services: fc.Services, Interface: func(uint16) string { return "span0" }}, 1)
	t.Cleanup(func() {
		for i := range s.findings {
			alerttest.Validate(t, alert.AppendOCSF(nil, &s.findings[i], "test"))
		}
	})
	return s
}

func (s *site) event(ev packet.Event) {
	ev.Time = s.now
	s.contacts = s.tracker.Observe(&ev, s.contacts[:0])
	s.judge()
}

func (s *site) judge() {
	for i := range s.contacts {
		s.findings = s.engine.Observe(&s.contacts[i], s.findings)
	}
}

// wait lets time pass.
func (s *site) wait(d time.Duration) {
	s.now = s.now.Add(d)
	s.contacts = s.tracker.Advance(s.now, s.contacts[:0])
	s.judge()
	s.findings = s.engine.Advance(s.now, s.findings)
}

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// host returns the i-th address of 10.1.0.0/16.
func host(i int) packet.Addr { return packet.AddrFrom4([]byte{10, 1, byte(i >> 8), byte(i)}) }

func tcp(src, dst packet.Addr, sport, dport uint16, flags uint8) packet.Event {
	return packet.Event{
		Kind: packet.KindTCP, Proto: packet.ProtoTCP, Src: src, Dst: dst,
		SrcPort: sport, DstPort: dport, TCPFlags: flags,
	}
}

func (s *site) syn(src, dst packet.Addr) { s.event(tcp(src, dst, 40000, 445, packet.SYN)) }

func (s *site) answered(src, dst packet.Addr) {
	s.syn(src, dst)
	s.event(tcp(dst, src, 445, 40000, packet.SYN|packet.ACK))
}

// alive shows a host on some other port.
func (s *site) alive(a packet.Addr) { s.event(tcp(a, addr("192.0.2.1"), 50000, 443, packet.ACK)) }

// watch lets time pass in which there is traffic.
func (s *site) watch(d time.Duration) {
	for range int(d / time.Hour) {
		s.alive(host(0))
		s.wait(time.Hour)
	}
}

// learned makes the sensor one that has watched for longer than it learns, with the hosts
// below n alive.
func learned(t *testing.T, n int, tune ...func(*flow.Config, *Config)) *site {
	s := newSite(t, tune...)
	s.watch(8 * 24 * time.Hour)
	for i := range n {
		s.alive(host(i))
	}
	s.wait(time.Hour)
	return s
}

func (s *site) only(k alert.Kind, a alert.Activity) *alert.Finding {
	s.t.Helper()
	if len(s.findings) != 1 || s.findings[0].Kind != k || s.findings[0].Activity != a {
		s.t.Fatalf("want one %s %s, got %v", k, a, s.summary())
	}
	return &s.findings[0]
}

func (s *site) silent() {
	s.t.Helper()
	if len(s.findings) != 0 {
		s.t.Fatalf("want no finding, got %v", s.summary())
	}
}

func (s *site) summary() (lines []string) {
	for i := range s.findings {
		f := &s.findings[i]
		lines = append(lines, f.Activity.String()+" "+string(f.Kind)+": "+f.Message)
	}
	return lines
}

var scanner = addr("10.1.200.200")

func (s *site) refused(src, dst packet.Addr) {
	s.syn(src, dst)
	s.event(tcp(dst, src, 445, 40000, packet.RST|packet.ACK))
}
