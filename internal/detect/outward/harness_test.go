package outward

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/stream"
)

const (
	start = packet.Time(1_790_000_040 * 1e9) // a full minute: 2026-09-21 14:14 UTC
	day   = 24 * time.Hour
)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// inside and outside return the i-th home and outside address.
func inside(i int) packet.Addr {
	return packet.AddrFrom4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func outside(i int) packet.Addr {
	return packet.AddrFrom4([]byte{198, byte(i >> 16), byte(i >> 8), byte(i)})
}

var worm, server = inside(5), addr("203.0.113.9")

// lab has home hosts connect outward before a judge.
type lab struct {
	*Judge
	t        *testing.T
	now      packet.Time
	vlan     uint16
	store    *novelty.Store
	list     string // file of the list feed
	evidence []incident.Evidence
	found    []alert.Finding
}

// newLab returns one that has learned, without lists.
func newLab(t *testing.T, tune ...func(*novelty.Config, *Site, *flow.Config)) *lab {
	cfg, fc := novelty.DefaultConfig(), flow.DefaultConfig()
	cfg.Learning = 0
	cfg.Tables = novelty.Tables{Seen: 4096, Openings: 1024, Told: 1024, Episodes: 16}
	site := Site{Sensor: "test", Services: fc.Services}
	for _, f := range tune {
		f(&cfg, &site, &fc)
	}
	for _, p := range cfg.Validate() {
		t.Fatalf("configuration: %s: %s", p.Key, p.Text)
	}
	site.Territory = flow.NewTerritory(&fc.Networks)
	l := &lab{t: t, now: start, store: novelty.New(cfg, []string{"smb", "nbns", "msmq"}, 1), list: filepath.Join(t.TempDir(), "list")}
	lists := blocklist.New([]blocklist.Config{{Name: "feed", Path: l.list}, {Name: "other", Path: l.list + ".other"}})
	l.Judge = New(cfg, site, l.store, lists, 1)
	return l
}

// listing writes the list feed, and has it read.
func (l *lab) listing(lines ...string) {
	l.t.Helper()
	if err := os.WriteFile(l.list, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		l.t.Fatal(err)
	}
	for _, i := range l.lists.Refresh(time.Unix(0, int64(l.now))) {
		if i.Err != nil && i.Name == "feed" {
			l.t.Fatal(i.Err)
		}
	}
}

func (l *lab) packet(src, dst packet.Addr, sport, dport uint16, flags uint8) {
	ev := packet.Event{
		Time: l.now, Kind: packet.KindTCP, Proto: packet.ProtoTCP, Src: src, Dst: dst,
		SrcPort: sport, DstPort: dport, TCPFlags: flags, VLAN: l.vlan, SrcMAC: [6]byte{2, 0, 0, 0, 0, src[15]},
	}
	l.evidence = l.Packet(&ev, l.evidence)
	l.found = l.Advance(l.now, l.found)
}

func (l *lab) syn(src, dst packet.Addr, port uint16) { l.packet(src, dst, 40000, port, packet.SYN) }

func (l *lab) answer(src, dst packet.Addr, port uint16) {
	l.packet(dst, src, port, 40000, packet.SYN|packet.ACK)
}

// connect is a connection that is answered.
func (l *lab) connect(src, dst packet.Addr, port uint16) {
	l.syn(src, dst, port)
	l.answer(src, dst, port)
}

// try is a contact in a service group.
func (l *lab) try(src, dst packet.Addr, group uint8, port uint16) {
	c := flow.Contact{
		Time: l.now, OpenedAt: l.now, Source: src, Target: dst, Port: port, Group: group, Outcome: flow.Opened,
		MAC: [6]byte{2, 0, 0, 0, 0, src[15]}, Facts: flow.SourceHome,
	}
	l.found = l.Observe(&c, l.found)
}

// talk is an IRC session that is told of.
func (l *lab) talk(client, to packet.Addr, port uint16) (novelty.Sight, string) {
	t := stream.Talk{Time: l.now, Client: client, Server: to, ServerPort: port, MAC: [6]byte{2, 0, 0, 0, 0, client[15]}}
	sight, listed := l.Server(&t)
	l.found = l.Advance(l.now, l.found)
	return sight, listed
}

func (l *lab) wait(d time.Duration) {
	l.now = l.now.Add(d)
	l.found = l.Advance(l.now, l.found)
}

// told returns the evidence since the last time.
func (l *lab) told() []incident.Evidence {
	out := l.evidence
	l.evidence = nil
	return out
}

// says checks the messages of the evidence since the last time.
func (l *lab) says(want ...string) {
	l.t.Helper()
	got := l.told()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			l.t.Errorf("no evidence %q", want[i])
		case i >= len(want):
			l.t.Errorf("evidence %q", got[i].Message)
		case got[i].Message != want[i]:
			l.t.Errorf("evidence %q, want %q", got[i].Message, want[i])
		}
	}
}

// take returns the findings since the last time, as ACTIVITY MESSAGE.
func (l *lab) take() (fs []alert.Finding, lines []string) {
	l.t.Helper()
	fs = l.found
	l.found = nil
	for i := range fs {
		alerttest.Validate(l.t, alert.AppendOCSF(nil, &fs[i], "test"))
		lines = append(lines, fs[i].Activity.String()+" "+fs[i].Message)
	}
	return fs, lines
}

func alerting(c *novelty.Config, _ *Site, _ *flow.Config) { c.Alert = true }
