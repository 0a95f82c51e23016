package alert_test

import (
	"net/netip"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// The story of the examples: 10.20.3.44 takes orders by IRC and sweeps, 10.20.3.90 answers
// it and sweeps in its turn.

func ircBot() alert.Finding {
	return alert.Finding{
		Kind: alert.IRCC2, Activity: alert.Create, Severity: alert.High, Confidence: 94,
		UID: "2b9f04c81e6d4f7390a5c6d1e8b37f42", Episode: "6e1c09d2f4a87b35", Sequence: 1,
		Time: at(-58_400), FirstSeen: at(-61_000), LastSeen: at(-58_400),
		Sensor:     "core-1",
		Source:     alert.Endpoint{IP: netip.MustParseAddr("10.20.3.44"), MAC: "00:1b:44:11:3a:b7", Home: true},
		Message:    "10.20.3.44 is a bot on the IRC server 203.0.113.9:4915 (irc.example.net) as USA|XP|483920 in #scan, #idle; it was given the orders advscan; nick USA|XP|483920: a country, a system, six digits (score 21.6, a bot from 10)",
		Remedy:     "Block 203.0.113.9:4915 at the edge, for all hosts. Isolate 10.20.3.44 (00:1b:44:11:3a:b7) at its switch port and rebuild it. Look for other home hosts on that server.",
		Techniques: []string{"T1071", "T1571"},
		Analytic:   "irc.c2", Version: "1",
		IRC: &alert.IRC{
			Server: netip.MustParseAddr("203.0.113.9"), Port: 4915, ServerName: "irc.example.net",
			Nick: "USA|XP|483920", User: "tfxqwe", Real: "tfxqwe",
			Channels: []string{"#scan", "#idle"}, Keyed: []string{"#scan"}, Orders: []string{"advscan"},
			Lines: []alert.IRCLine{
				{Time: at(-61_000), Text: "NICK USA|XP|483920"},
				{Time: at(-60_980), Text: "USER tfxqwe 0 0 :tfxqwe"},
				{Time: at(-58_910), Text: "JOIN #scan k3y"},
				{Time: at(-58_400), Server: true, Text: ":irc.example.net 332 USA|XP|483920 #scan :.advscan netapi 100 5 0 -r"},
			},
			Answered: true, Open: true, Bot: true, Novel: true, Hosts: 1,
			Score: 21.6, Threshold: 10,
			Parts: []alert.Part{
				{Name: "orders", Weight: 9, Why: "the server passed on commands as bots take them: advscan"},
				{Name: "nick_shape", Weight: 6.6, Why: "nick USA|XP|483920: a country, a system, six digits"},
				{Name: "port", Weight: 2, Why: "port 4915 is none that IRC servers usually have"},
				{Name: "novel", Weight: 2, Why: "nobody here was ever seen on this server before"},
				{Name: "keyed_channel", Weight: 2, Why: "a channel takes a key: #scan"},
			},
			Visibility: alert.VisibilityOK, Interface: "span0", VLAN: 30,
		},
	}
}

// ircPerson is encrypted: hardly anything is known.
func ircPerson() alert.Finding {
	f := ircBot()
	f.UID, f.Episode = "c45d7a10b2e94c6d8f31a0e75b69d284", "a08d5f7be3c14962"
	f.Severity, f.Confidence, f.Techniques = alert.Low, 30, []string{"T1071"}
	f.Source = alert.Endpoint{IP: netip.MustParseAddr("fd00:20::77"), Home: true}
	f.Message = "fd00:20::77 speaks TLS with [2001:db8:66::1]:6697, a port of IRC: nothing of what is said there is known; the server is new here, and nothing makes it a bot (score 2.0, a bot from 10)"
	f.Remedy = "Ask the user of fd00:20::77; if the server is wanted, allow it."
	f.IRC = &alert.IRC{
		Server: netip.MustParseAddr("2001:db8:66::1"), Port: 6697, TLS: true, Novel: true, Hosts: 2,
		Score: 2, Threshold: 10, Parts: []alert.Part{{Name: "novel", Weight: 2, Why: "nobody here was ever seen on this server before"}},
		Visibility: alert.VisibilityLearning, Interface: "span0",
	}
	return f
}

// ircHostile has a server and a bot that lie in all that they say.
func ircHostile() alert.Finding {
	f := ircBot()
	f.UID, f.Episode = "0d7e3b5a94c14f28b6a1d8e0c7f25394", "d5b2a8f01c7e4963"
	f.Source.IP = netip.MustParseAddr("10.20.3.66")
	f.Source.Hostname = "pc\x1b]0;owned\a"
	f.Message = "10.20.3.66 takes orders as \x1b[2J\x1b[31mroot\u202e"
	i := *f.IRC
	i.ServerName, i.Nick = "irc\x00\r\nevil", "\x1b[2J\x1b[31mroot\u202e\xff"
	i.User, i.Real = "\x9b31m\u2028", "\u009b\ufeff\U000e0041"
	i.Channels, i.Keyed = []string{"#\a\x1b[1A", "&\xc3("}, []string{"#\a\x1b[1A"}
	i.Orders = []string{"\x1b[8mdownload"}
	i.Lines = []alert.IRCLine{
		{Time: at(0), Text: "NICK \x1b[2J\x1b[31mroot\u202e\xff"},
		{Time: at(1), Server: true, Text: "\r\n2026-09-21T12:00:02.100Z  LOW  a forged row\x00"},
	}
	i.Parts = []alert.Part{{Name: "nick_shape", Weight: 4, Why: "escapes in \x1b[2J"}, {Name: "nick_shape", Weight: 2.5, Why: "\u202e"}}
	i.Listed = []alert.Listing{{List: "feed\n", Entry: "203.0.113.9\x1b"}, {List: "another"}}
	i.Interface = "span0\t"
	f.IRC = &i
	return f
}

func egress() alert.Finding {
	f := fastHome()
	f.Kind, f.Severity, f.Confidence = alert.NetBIOSEgress, alert.Medium, 90
	f.UID, f.Episode, f.Analytic = "8ac02e6f5d7b49138e0fb6a2c4d97e15", "3f9b62d80ae5714c", "netbios.egress"
	f.Message = "10.20.3.44 spoke smb (port 139, 445) with hosts outside: 2 of 3 answered, 48213 octets of payload went over; what for: asked for control pipe svcctl, 7 failed logons (STATUS_WRONG_PASSWORD)"
	f.Remedy = "Block 135 to 139 and 445 at the edge in both directions, and find out what on 10.20.3.44 wants outside."
	f.Techniques = []string{"T1021.002"}
	f.Scan = nil
	f.Edge = &alert.Edge{
		Services: []string{"smb"}, Ports: []uint16{139, 445}, Contacts: 5, Peers: 3, Answered: 2, Bytes: 48_213,
		Samples: edgePeers(3), Answers: edgePeers(2),
		Knock: &alert.Knock{
			Hosts: 2, Dialects: []string{"SMB 1 (NT LM 0.12)", "SMB 3.1.1"}, Trees: []string{"IPC$", "ADMIN$"}, Pipes: []string{"svcctl"},
			LogonFailures: 7, Encrypted: 1, Telling: []string{"asked for control pipe svcctl", "7 failed logons (STATUS_WRONG_PASSWORD)"},
		},
		Listed:     []alert.Listing{{List: "drop", Entry: "198.51.100.0/24"}},
		Visibility: alert.VisibilityOK, Interface: "span0", VLAN: 30,
	}
	return f
}

func edgePeers(n int) []alert.Sample {
	out := targets(n, 7, 445, 500)
	for i := range out {
		out[i].IP = netip.AddrFrom4([4]byte{198, 51, 100, byte(7 + i)})
	}
	return out
}

// lookups is what Windows does on its own, at a site that has not said what its home is.
func lookups() alert.Finding {
	f := egress()
	f.UID, f.Episode = "51f7d03ac8be4296a0d95b7e1c3f8264", "e40a7c92b5d8136f"
	f.Severity, f.Confidence = alert.Informational, 50
	f.Message = "10.20.3.44 asked 3 hosts outside for their NetBIOS names (137/udp) and none answered; Windows does so on its own, and tells everybody that it is there; networks.home is only the default, so that what counts as outside may be yours"
	f.Remedy = "Block 137/udp at the edge; set networks.home."
	f.Edge = &alert.Edge{
		Services: []string{"nbns"}, Ports: []uint16{137}, Contacts: 9, Peers: 3, Bytes: 450,
		Lookups: true, HomeDefault: true, LowerBound: true,
		Samples: edgePeers(3), Visibility: alert.VisibilityOneWay, Interface: "span0",
	}
	return f
}

func ingress() alert.Finding {
	f := egress()
	f.Kind, f.UID, f.Episode, f.Analytic = alert.NetBIOSIngress, "fe38b1d79c024a65873bd0f6a95c1e42", "17c5e08b93d6fa24", "netbios.ingress"
	f.Source = alert.Endpoint{IP: netip.MustParseAddr("198.51.100.7")}
	f.Message = "198.51.100.7 came from outside and spoke nbns and smb (port 137, 445) with home hosts: 1 of 2 answered, 912 octets of payload went over"
	f.Remedy = "Block 135 to 139 and 445 from outside at the edge, and look at the hosts that answered."
	f.Edge = &alert.Edge{
		Services: []string{"nbns", "smb"}, Ports: []uint16{137, 445}, Contacts: 2, Peers: 2, Answered: 1, Bytes: 912,
		Samples: targets(2, 90, 445, 200), Answers: targets(1, 90, 445, 200),
		Visibility: alert.VisibilityOK, Interface: "span0",
	}
	return f
}

// knocked is a scan of which it was seen what it was for, from a source that is listed.
func knocked() alert.Finding {
	f := fastHome()
	f.UID, f.Episode = "a6d91f04b87e4c35926fd0b1e7c83a59", "29e8d0b5c17fa463"
	f.Severity, f.Source = alert.High, alert.Endpoint{IP: netip.MustParseAddr("198.51.100.7")}
	f.Techniques = []string{"T1595.001", "T1210"}
	f.Scan.Knock = egress().Edge.Knock
	f.Scan.Listed = egress().Edge.Listed
	f.Scan.Counted = &alert.Counted{Openings: 431, Repeats: 12}
	return f
}

func incident() alert.Finding {
	f := fastHome()
	f.Kind, f.Severity, f.Confidence = alert.HostCompromised, alert.Critical, 96
	f.UID, f.Episode, f.Analytic = "d93e7c5b01a84f62bd50e9c7a38f1046", "74c0f8a2e6d5913b", "host.compromised"
	f.Activity, f.Sequence = alert.Update, 2
	f.Source = alert.Endpoint{IP: netip.MustParseAddr("10.20.3.90"), MAC: "00:1b:44:11:40:5a", Hostname: "ws-0390.corp.example", Home: true}
	f.Time, f.FirstSeen, f.LastSeen = at(455_000), at(300), at(455_000)
	f.Message = "10.20.3.90 is compromised: it was infected by 10.20.3.44, takes orders by IRC and sweeps smb; it has infected 10.20.3.101"
	f.Remedy = "Isolate 10.20.3.90 now and rebuild it; block 203.0.113.9; then look at 10.20.3.44, which infected it, and at 10.20.3.101."
	f.Techniques = []string{"T1046", "T1071", "T1571", "T1210"}
	f.Scan = nil
	f.Incident = &alert.Incident{
		Timeline: []alert.Moment{
			{Time: at(300), Kind: "infection", Message: "10.20.3.44 met it on port 445 and sent 48,213 octets; it called back to 10.20.3.44, port 69"},
			{Time: at(31_000), Kind: "irc.c2", Episode: "9a6b0d3f71ce5824", Message: "takes orders from the IRC server 203.0.113.9:4915"},
			{Time: at(252_300), Kind: "scan.fast", Episode: "c8e15a04d7b2f693", Message: "swept 20 hosts on smb in 2.0 s"},
		},
		Omitted:    1,
		InfectedBy: &alert.Infection{Host: netip.MustParseAddr("10.20.3.44"), Time: at(300), Delay: 252 * time.Second, Port: 445, Bytes: 48_213, CalledBack: 69, Protocol: "udp"},
		Infected:   []alert.Infection{{Host: netip.MustParseAddr("10.20.3.101"), Time: at(253_000), Delay: 202 * time.Second, Port: 445, Bytes: 48_213}},
		Kinds:      []string{"scan", "irc", "infection"},
	}
	return f
}

// firstIncident has neither a known way in nor victims.
func firstIncident() alert.Finding {
	f := incident()
	f.Activity, f.Sequence = alert.Create, 1
	f.UID, f.Episode = "3e0b97d5c2f84a16b7d3a09e5f61c874", "b1a6d42f9c0e7835"
	f.Source = fastHome().Source
	f.Time, f.FirstSeen, f.LastSeen = at(1980), at(-61_000), at(1980)
	f.Message = "10.20.3.44 is compromised: it takes orders by IRC and sweeps smb\x1b[2J"
	f.Incident = &alert.Incident{
		Timeline: []alert.Moment{
			{Time: at(-58_400), Kind: "irc.c2", Episode: "6e1c09d2f4a87b35", Message: "takes orders from \x1b[31m203.0.113.9:4915\r\n"},
			{Time: at(1980), Kind: "scan.fast", Episode: "b41d7e6a90c25f38", Message: "swept 20 hosts on smb in 2.0 s"},
		},
		Kinds: []string{"irc", "scan"},
	}
	return f
}

func aTest() alert.Finding {
	return alert.TestFinding("core-1", "e5b1a0d37c2f4968b0d41e7f9a3c6852", at(0))
}

func firstSeen() alert.Finding {
	f := fastHome()
	f.Kind, f.Severity, f.Confidence = alert.FirstSeen, alert.Low, 60
	f.UID, f.Episode, f.Analytic = "7f4c82d1a0be4953c6e7159d08b3fa2e", "5d0e93a7b2f4c816", "novelty.first_seen"
	f.Message = "10.20.3.44 did 3 things that were never seen before here, last: smb to 198.51.100.7:445"
	f.Remedy = "Ask what changed on 10.20.3.44; nothing else has to be done if it is expected."
	f.Techniques, f.Scan = nil, nil
	f.Novelty = &alert.Novelty{
		Items: []alert.NovelItem{
			{Time: at(-61_000), What: "irc_server", IP: netip.MustParseAddr("203.0.113.9"), Port: 4915},
			{Time: at(0), What: "service", Service: "smb"},
			{Time: at(20), What: "target", IP: netip.MustParseAddr("198.51.100.7"), Port: 445, Service: "smb"},
		},
		Count: 3,
	}
	return f
}
