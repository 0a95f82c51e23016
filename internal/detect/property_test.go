package detect

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// anyEvent is a packet among a few hosts on a few ports, of any kind.
func anyEvent(t *rapid.T) packet.Event {
	hosts := rapid.IntRange(0, 40)
	ports := rapid.SampledFrom([]uint16{135, 137, 139, 445, 1801, 443, 50000})
	ev := packet.Event{
		Kind:     rapid.SampledFrom([]packet.Kind{packet.KindTCP, packet.KindTCP, packet.KindUDP, packet.KindUnreachable, packet.KindARPRequest, packet.KindARPReply, packet.KindOther}).Draw(t, "kind"),
		Proto:    packet.ProtoTCP,
		Src:      host(rapid.IntRange(0, 4).Draw(t, "src")), // few sources, many targets
		Dst:      host(hosts.Draw(t, "dst")),
		SrcPort:  ports.Draw(t, "sport"),
		DstPort:  ports.Draw(t, "dport"),
		TCPFlags: rapid.SampledFrom([]uint8{packet.SYN, packet.SYN, packet.SYN | packet.ACK, packet.RST, packet.ACK, packet.FIN | packet.ACK}).Draw(t, "flags"),
		Flags:    packet.Flags(rapid.SampledFrom([]packet.Flags{0, 0, 0, packet.FlagReply, packet.FlagRelayed, packet.FlagCut}).Draw(t, "facts")),
	}
	if rapid.IntRange(0, 9).Draw(t, "outside") == 0 {
		ev.Src = packet.AddrFrom4([]byte{198, 51, 100, 7})
	}
	return ev
}

// reply turns an event round: the answer that its kind asks for, most of the time.
func reply(t *rapid.T, ev packet.Event) packet.Event {
	ev.Src, ev.Dst, ev.SrcPort, ev.DstPort = ev.Dst, ev.Src, ev.DstPort, ev.SrcPort
	ev.TCPFlags = rapid.SampledFrom([]uint8{packet.SYN | packet.ACK, packet.RST | packet.ACK, packet.ACK}).Draw(t, "answer")
	if ev.Kind == packet.KindARPRequest {
		ev.Kind = packet.KindARPReply
	}
	if rapid.IntRange(0, 9).Draw(t, "unreachable") == 0 {
		ev.Kind = packet.KindUnreachable
	}
	return ev
}

// small is a configuration that alerts soon and forgets soon.
func small() (flow.Config, Config) {
	fc, dc := flow.DefaultConfig(), DefaultConfig()
	fc.Memory.Learning = time.Hour
	fc.Memory.HalfOpen, fc.Memory.Pairs, fc.Memory.Addresses = 1024, 1024, 1024
	dc.Fast.Targets, dc.Fast.NovelTargets = 3, 6
	dc.Slow.Score, dc.Slow.Watch, dc.Slow.DarkTargets, dc.Slow.FailedTargets, dc.Slow.NovelTargets = 4, 2, 2, 3, 4
	dc.Learning.Odds = 1
	dc.Episodes.Quiet = time.Hour
	dc.Tables = Tables{Sources: 1024, Dossiers: 64, Targets: 1024, Prefixes: 64, Episodes: 16}
	return fc, dc
}

// replay runs events; ticks says how often time is told between two of them.
func replay(events []packet.Event, ticks int) []alert.Finding {
	fc, dc := small()
	tr, e := flow.New(fc, 1), New(dc, Site{Sensor: "test", Services: fc.Services}, 1)
	var contacts []flow.Contact
	var findings []alert.Finding
	judge := func() {
		for i := range contacts {
			findings = e.Observe(&contacts[i], findings)
		}
	}
	now := events[0].Time
	for i := range events {
		gap := events[i].Time.Sub(now)
		for k := range ticks {
			at := now.Add(gap * time.Duration(k+1) / time.Duration(ticks+1))
			contacts = tr.Advance(at, contacts[:0])
			judge()
			findings = e.Advance(at, findings)
		}
		now = events[i].Time
		contacts = tr.Observe(&events[i], contacts[:0])
		judge()
	}
	return e.Advance(now, findings)
}

// Whatever passes: every finding is in order and keeps the schema, and telling the time
// between packets changes nothing.
func TestAnyTraffic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := start
		events := make([]packet.Event, rapid.IntRange(1, 200).Draw(t, "n"))
		for i := range events {
			events[i] = anyEvent(t)
			if i > 0 && rapid.Bool().Draw(t, "reply") {
				events[i] = reply(t, events[i-1])
			}
			gap := rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond, time.Second, 20 * time.Second, 90 * time.Minute}).Draw(t, "gap")
			now = now.Add(gap)
			events[i].Time = now
		}
		plain := replay(events, 0)
		a, b := lines(plain), lines(replay(events, 3))
		if !bytes.Equal(a, b) {
			t.Fatalf("telling the time changed the findings:\n%s\n%s", a, b)
		}
		check(t, plain)
	})
}

func lines(fs []alert.Finding) (out []byte) {
	for i := range fs {
		out = append(alert.AppendOCSF(out, &fs[i], "test"), '\n')
	}
	return out
}

// check holds findings to what their readers rely on.
func check(t *rapid.T, fs []alert.Finding) {
	state := map[string]int{}
	for i := range fs {
		f := &fs[i]
		alerttest.Validate(t, alert.AppendOCSF(nil, f, "test"))
		if i > 0 && f.Time.Before(fs[i-1].Time) {
			t.Fatalf("out of order: %s", f.Message)
		}
		if f.Sequence != state[f.Episode]+1 || (f.Activity == alert.Create) != (f.Sequence == 1) {
			t.Fatalf("record %d of the episode is a %s", f.Sequence, f.Activity)
		}
		state[f.Episode] = f.Sequence
		s := f.Scan
		if s.Dark+s.Refused+s.Silent+s.Answered+s.Waiting > s.Targets || s.Targets > s.Contacts {
			t.Fatalf("counts: %+v", s)
		}
		if f.FirstSeen.After(f.LastSeen) || f.LastSeen.After(f.Time) {
			t.Fatalf("times: %s to %s, judged %s", f.FirstSeen, f.LastSeen, f.Time)
		}
	}
}
