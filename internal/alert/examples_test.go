package alert_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// version stands for the program's in golden files.
const version = "1.0.0"

// example is a finding with the name of its golden file.
type example struct {
	name    string
	finding alert.Finding
}

var start = time.Date(2026, 9, 21, 12, 0, 0, 120e6, time.UTC)

// at is n milliseconds into the example's time.
func at(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }

// targets are n samples from 10.20.3.host up, each a source port and step milliseconds
// after the one before.
func targets(n, host int, port uint16, step int) []alert.Sample {
	out := make([]alert.Sample, n)
	for i := range out {
		out[i] = alert.Sample{
			IP:      netip.AddrFrom4([4]byte{10, 20, 3, byte(host + i)}),
			Port:    port,
			SrcPort: uint16(49200 + host + i),
			Time:    at(i * step),
		}
	}
	return out
}

func fastHome() alert.Finding {
	return alert.Finding{
		Kind: alert.ScanFast, Activity: alert.Create, Severity: alert.High, Confidence: 92,
		UID: "5c1f0f9d2a7be1c40d5a3c8e9b604f17", Episode: "b41d7e6a90c25f38", Sequence: 1,
		Time: at(1980), FirstSeen: at(0), LastSeen: at(1980),
		Sensor: "core-1",
		Source: alert.Endpoint{
			IP: netip.MustParseAddr("10.20.3.44"), MAC: "00:1b:44:11:3a:b7", Home: true,
		},
		Message:    "10.20.3.44 tried 20 hosts on smb (port 139, 445) in 2.0 s: 14 unused addresses, 2 answered, 1 refused, 3 not answered yet; so few answers from so many within seconds are a worm-like sweep",
		Remedy:     "Isolate 10.20.3.44 now and block 135, 139 and 445 between workstations; rebuild it, and check the targets that answered.",
		Techniques: []string{"T1046"},
		Analytic:   "scan.fast", Version: "1",
		Scan: &alert.Scan{
			Service: "smb", Ports: []uint16{139, 445},
			Contacts: 21, Targets: 20, Dark: 14, Refused: 1, Silent: 0, Answered: 2, Waiting: 3,
			WindowMS: 1980, Threshold: 20, Score: 53.4,
			Parts:    alert.ScoreParts{Dark: 51.8, Refused: 0.6, Answered: 1},
			RatePerS: 10.101, Visibility: alert.VisibilityOK,
			Samples: targets(16, 45, 445, 100), Answers: targets(2, 90, 445, 640),
			Interface: "span0", VLAN: 30,
		},
	}
}

func fastHomeUpdate() alert.Finding {
	f := fastHome()
	f.Activity, f.Sequence, f.UID = alert.Update, 2, "e0a9433b7a0c54d81f6be2207c9d3a55"
	f.Time, f.LastSeen = at(20100), at(20100)
	f.Message = "10.20.3.44 tried 200 hosts on smb (port 139, 445) in 20.1 s: 141 unused addresses, 11 answered, 13 refused, 32 stayed silent; so few answers from so many within seconds are a worm-like sweep"
	f.Scan.Contacts, f.Scan.Targets, f.Scan.Dark, f.Scan.Answered = 214, 200, 141, 11
	f.Scan.Silent, f.Scan.Refused, f.Scan.WindowMS = 32, 13, 20100
	f.Scan.Score = 554.2
	f.Scan.Parts = alert.ScoreParts{Dark: 521.7, Refused: 7.8, Silent: 19.2, Answered: 5.5}
	f.Scan.LowerBound, f.Scan.Visibility = true, alert.VisibilityDrops
	return f
}

func fastHomeClose() alert.Finding {
	f := fastHomeUpdate()
	f.Activity, f.Sequence, f.UID = alert.Close, 3, "77d18c02b9e64f0aa35be8117c20d9f4"
	f.Time = f.LastSeen.Add(24 * time.Hour)
	f.Message = "Over: 10.20.3.44 tried 200 hosts on smb (port 139, 445) in 20.1 s: 141 unused addresses, 11 answered, 13 refused, 32 stayed silent; so few answers from so many within seconds are a worm-like sweep"
	return f
}

func slowHome() alert.Finding {
	f := fastHome()
	f.Kind, f.UID, f.Episode = alert.ScanSlow, "93be5507f1c84d2ab0e6a91c55d7e302", "0f6d2c81be9a4477"
	f.Confidence, f.Analytic = 71, "scan.slow"
	f.Source = alert.Endpoint{
		IP: netip.MustParseAddr("10.20.7.12"), MAC: "00:1b:44:11:40:02", Hostname: "ws-0712.corp.example", Home: true,
	}
	f.Time, f.LastSeen = at(25_225_000), at(25_220_000)
	f.Message = "10.20.7.12 tried 8 hosts on smb (port 445) in 7.0 hours: 5 unused addresses, 1 refused, 2 stayed silent; score 18.1 (alert at 17): no ordinary host tries so many unused addresses"
	f.Remedy = "Isolate 10.20.7.12 and look at what runs there; block 135, 139 and 445 between workstations."
	f.Scan = &alert.Scan{
		Service: "smb", Ports: []uint16{445},
		Contacts: 8, Targets: 8, Dark: 5, Refused: 1, Silent: 2,
		WindowMS: 25_220_000, Threshold: 17, Score: 18.1234,
		Parts:    alert.ScoreParts{Dark: 16.72, Refused: 0.46, Silent: 0.94, Novelty: 0.0034},
		RatePerS: 8.0 / 25220, Visibility: alert.VisibilityLearning,
		Samples: targets(8, 130, 445, 3_602_857), Interface: "span0",
	}
	return f
}

func slowOutside() alert.Finding {
	f := slowHome()
	f.UID, f.Episode = "1ce85b6f0d3a4e97825fb40ac6e7d913", "c7a3e9104b5d8f62"
	f.Severity, f.Confidence, f.Techniques = alert.Low, 38, []string{"T1595.001"}
	f.Source = alert.Endpoint{IP: netip.MustParseAddr("2001:db8:7:1::beef")}
	f.Message = "2001:db8:7:1::beef tried 18 hosts on smb (port 445) in 7.0 hours: 18 stayed silent; score 17.6 (alert at 17): most of what it tries fails, at whatever pace"
	f.Remedy = "Block 445 at the edge: nothing inside is there for the outside."
	f.Scan.Contacts, f.Scan.Targets, f.Scan.Silent, f.Scan.Dark, f.Scan.Refused = 18, 18, 18, 0, 0
	f.Scan.Score, f.Scan.Parts = 17.62, alert.ScoreParts{Silent: 17.62}
	f.Scan.RatePerS, f.Scan.Visibility = 18.0/25220, alert.VisibilityOneWay
	f.Scan.Samples = targets(16, 1, 445, 1_483_529)
	for i := range f.Scan.Samples {
		f.Scan.Samples[i].IP = netip.MustParseAddr(fmt.Sprintf("fd00:20::%x", i+1))
	}
	return f
}

// arpHome asks for addresses that nobody has, from a host that lies in its strings.
func arpHome() alert.Finding {
	f := fastHome()
	f.UID, f.Episode, f.Techniques = "aa0e4c71d95b4f3882c6017fb3e92d58", "58d1f07ce2b94a36", []string{"T1018"}
	f.Sensor, f.Source.MAC = "core\n-1", "not a link address"
	f.Source.Hostname = "pc\x1b[2J\u202e\xff\u2028"
	f.Message = "10.20.3.44 asked for 20 addresses that nobody has:\r\n\x00\x9f it sweeps its subnet."
	f.Scan.Service, f.Scan.Ports, f.Scan.Answers, f.Scan.Answered = "arp", nil, nil, 0
	f.Scan.Interface = "span0\t\x7f"
	f.Scan.Samples = targets(16, 45, 0, 100)
	for i := range f.Scan.Samples {
		f.Scan.Samples[i].SrcPort = 0
	}
	return f
}

func examples() []example {
	return []example{
		{"scan.fast-create", fastHome()},
		{"scan.fast-update", fastHomeUpdate()},
		{"scan.fast-close", fastHomeClose()},
		{"scan.slow-create", slowHome()},
		{"scan.slow-outside", slowOutside()},
		{"scan.fast-hostile", arpHome()},
		{"scan.fast-knock", knocked()},
		{"irc.c2-bot", ircBot()},
		{"irc.c2-person", ircPerson()},
		{"irc.c2-hostile", ircHostile()},
		{"netbios.egress", egress()},
		{"netbios.egress-lookups", lookups()},
		{"netbios.ingress", ingress()},
		{"host.compromised-create", firstIncident()},
		{"host.compromised-update", incident()},
		{"novelty.first_seen", firstSeen()},
		{"test", aTest()},
	}
}
