package alert_test

import (
	"math"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

var anyCount = rapid.IntRange(0, math.MaxInt32)

var anyVisibility = rapid.SampledFrom([]alert.Visibility{
	alert.VisibilityDrops, alert.VisibilityOneWay, alert.VisibilityLearning, alert.VisibilityOK,
})

var (
	anyPorts  = rapid.SliceOfDistinct(rapid.Uint16(), rapid.ID)
	anyStep   = rapid.Map(rapid.Int64(), func(ns int64) time.Duration { return time.Duration(ns) })
	foreign   = rapid.SliceOfN(hostile, 0, 5) // a list of strings off the wire
	anyListed = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alert.Listing {
		return alert.Listing{List: named.Draw(t, "list"), Entry: named.Draw(t, "entry")}
	}), 0, 3)
)

var anyKnock = rapid.Custom(func(t *rapid.T) *alert.Knock {
	if rapid.Bool().Draw(t, "silent") {
		return nil
	}
	return &alert.Knock{
		Hosts: anyCount.Draw(t, "hosts"), Dialects: foreign.Draw(t, "dialects"), Trees: foreign.Draw(t, "trees"),
		Pipes: foreign.Draw(t, "pipes"), LogonFailures: anyCount.Draw(t, "failures"), Encrypted: anyCount.Draw(t, "encrypted"),
		Telling: foreign.Draw(t, "telling"),
	}
})

var anyIRC = rapid.Custom(func(t *rapid.T) *alert.IRC {
	return &alert.IRC{
		Server: anyAddr.Draw(t, "server"), Port: rapid.Uint16().Draw(t, "port"), ServerName: hostile.Draw(t, "name"),
		Nick: hostile.Draw(t, "nick"), User: hostile.Draw(t, "user"), Real: hostile.Draw(t, "real"),
		Channels: foreign.Draw(t, "channels"), Keyed: foreign.Draw(t, "keyed"), Orders: foreign.Draw(t, "orders"),
		Lines: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alert.IRCLine {
			return alert.IRCLine{Time: anyTime.Draw(t, "time"), Server: rapid.Bool().Draw(t, "side"), Text: hostile.Draw(t, "text")}
		}), 0, 8).Draw(t, "lines"),
		TLS: rapid.Bool().Draw(t, "tls"), Answered: rapid.Bool().Draw(t, "answered"), Open: rapid.Bool().Draw(t, "open"),
		Bot: rapid.Bool().Draw(t, "bot"), Novel: rapid.Bool().Draw(t, "novel"), Hosts: anyCount.Draw(t, "hosts"),
		Score: anyFloat.Draw(t, "score"), Threshold: positiveFloat.Draw(t, "threshold"),
		Parts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alert.Part {
			name := rapid.SampledFrom([]string{"nick_shape", "port", "orders"}).Draw(t, "part")
			return alert.Part{Name: name, Weight: anyFloat.Draw(t, "weight"), Why: hostile.Draw(t, "why")}
		}), 0, 5).Draw(t, "parts"),
		Listed: anyListed.Draw(t, "listed"), Visibility: anyVisibility.Draw(t, "visibility"),
		Interface: hostile.Draw(t, "interface"), VLAN: rapid.Uint16Max(4095).Draw(t, "vlan"),
	}
})

var anyEdge = rapid.Custom(func(t *rapid.T) *alert.Edge {
	return &alert.Edge{
		Services: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"smb", "nbns", "x\x1b"}), 1, 3, rapid.ID).Draw(t, "services"),
		Ports:    anyPorts.Draw(t, "ports"), Contacts: anyCount.Draw(t, "contacts") + 1, Peers: anyCount.Draw(t, "peers") + 1,
		Answered: anyCount.Draw(t, "answered") + 1, Bytes: rapid.Uint64().Draw(t, "bytes"),
		LowerBound: rapid.Bool().Draw(t, "lower bound"), Lookups: rapid.Bool().Draw(t, "look-ups"),
		HomeDefault: rapid.Bool().Draw(t, "default"),
		Samples:     anySamples.Draw(t, "samples"), Answers: anySamples.Draw(t, "answers"),
		Knock: anyKnock.Draw(t, "knock"), Listed: anyListed.Draw(t, "listed"), Visibility: anyVisibility.Draw(t, "visibility"),
		Interface: hostile.Draw(t, "interface"), VLAN: rapid.Uint16Max(4095).Draw(t, "vlan"),
	}
})

var anyInfection = rapid.Custom(func(t *rapid.T) alert.Infection {
	return alert.Infection{
		Host: anyAddr.Draw(t, "host"), Time: anyTime.Draw(t, "time"), Delay: anyStep.Draw(t, "delay"),
		Port: rapid.Uint16().Draw(t, "port"), Bytes: rapid.Uint64().Draw(t, "bytes"), CalledBack: rapid.Uint16().Draw(t, "call"),
		Protocol: rapid.SampledFrom([]string{"", "tcp", "udp"}).Draw(t, "protocol"),
	}
})

var anyIncident = rapid.Custom(func(t *rapid.T) *alert.Incident {
	i := &alert.Incident{
		Timeline: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alert.Moment {
			return alert.Moment{
				Time:    anyTime.Draw(t, "time"),
				Kind:    rapid.SampledFrom([]string{"scan.slow", "irc.c2", "watched", "listed", "novel", "infection"}).Draw(t, "kind"),
				Episode: hostile.Draw(t, "episode"), Message: named.Draw(t, "message"),
			}
		}), 1, 10).Draw(t, "timeline"),
		Omitted:  anyCount.Draw(t, "omitted"),
		Infected: rapid.SliceOfN(anyInfection, 0, 4).Draw(t, "infected"),
		Kinds:    rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"scan", "irc", "edge", "listed", "novel", "infection"}), 2, 3, rapid.ID).Draw(t, "kinds"),
	}
	if rapid.Bool().Draw(t, "known") {
		by := anyInfection.Draw(t, "by")
		i.InfectedBy = &by
	}
	return i
})

var anyNovelty = rapid.Custom(func(t *rapid.T) *alert.Novelty {
	return &alert.Novelty{
		Items: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alert.NovelItem {
			i := alert.NovelItem{
				Time: anyTime.Draw(t, "time"), What: rapid.SampledFrom([]string{"service", "irc_server", "target"}).Draw(t, "what"),
				Port: rapid.Uint16().Draw(t, "port"), Service: hostile.Draw(t, "service"),
			}
			if rapid.Bool().Draw(t, "address") {
				i.IP = anyAddr.Draw(t, "ip")
			}
			return i
		}), 1, 5).Draw(t, "items"),
		Count: anyCount.Draw(t, "count") + 1,
	}
})

// give gives f the evidence of its kind, and the severity that goes with it.
func give(t *rapid.T, f *alert.Finding) {
	told := func(k *alert.Knock) bool { return k != nil && len(k.Telling) > 0 }
	either := func(a, b alert.Severity) alert.Severity {
		return rapid.SampledFrom([]alert.Severity{a, b}).Draw(t, "severity")
	}
	switch f.Kind {
	case alert.ScanFast, alert.ScanSlow:
		f.Scan, f.Severity = anyScan.Draw(t, "scan"), alert.High
		if rapid.Bool().Draw(t, "outside") {
			f.Source.Home = false
			f.Severity = either(alert.Low, alert.Medium)
			if told(f.Scan.Knock) {
				f.Severity = either(f.Severity, alert.High)
			}
		}
	case alert.IRCC2:
		f.IRC, f.Severity = anyIRC.Draw(t, "irc"), alert.Low
		if f.IRC.Bot {
			f.Severity = alert.High
		}
	case alert.NetBIOSEgress, alert.NetBIOSIngress:
		f.Edge, f.Severity = anyEdge.Draw(t, "edge"), alert.Low
		if f.Edge.HomeDefault {
			f.Severity = alert.Informational
		}
		if f.Kind == alert.NetBIOSIngress {
			f.Source.Home, f.Severity = false, alert.Medium
		}
		if told(f.Edge.Knock) {
			f.Severity = either(f.Severity, f.Severity+1)
		}
	case alert.HostCompromised:
		f.Incident, f.Severity = anyIncident.Draw(t, "incident"), alert.Critical
	case alert.FirstSeen:
		f.Novelty = anyNovelty.Draw(t, "novelty")
		f.Severity = either(alert.Informational, alert.Low)
	case alert.Test:
		*f = alert.TestFinding(f.Sensor, f.UID, f.Time)
	}
}
