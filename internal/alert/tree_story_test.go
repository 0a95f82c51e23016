package alert_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
)

// told is a finding about 10.20.3.host, sec seconds into the story.
func told(kind alert.Kind, host byte, sec int) alert.Finding {
	return alert.Finding{
		Kind: kind, Activity: alert.Create, Sequence: 1, Episode: fmt.Sprintf("%s-%d-%d", kind, host, sec),
		Time: at(sec * 1000), FirstSeen: at(sec * 1000), LastSeen: at(sec * 1000),
		Source: alert.Endpoint{IP: inside(host), Home: true},
	}
}

func inside(host byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 20, 3, host}) }

func met(host byte, sec int) alert.Infection {
	return alert.Infection{Host: inside(host), Time: at(sec * 1000), Delay: 90 * time.Second, Port: 445, Bytes: 48_213}
}

// compromised is an incident of host, which by infected (0: not known) at that second, and
// which infected others.
func compromised(host, by byte, sec int, victims ...alert.Infection) alert.Finding {
	f := told(alert.HostCompromised, host, sec)
	f.Incident = &alert.Incident{Infected: victims}
	if by != 0 {
		m := met(by, sec)
		f.Incident.InfectedBy = &m
	}
	return f
}

func sweep(host byte, sec int) alert.Finding {
	f := told(alert.ScanFast, host, sec)
	f.Scan = &alert.Scan{Service: "smb"}
	return f
}

// orders is an IRC session of a bot.
func orders(host byte, sec int) alert.Finding {
	f := told(alert.IRCC2, host, sec)
	irc := *ircBot().IRC
	f.IRC = &irc
	return f
}

func drawn(t alerttest.TB, limit int, fs ...alert.Finding) string {
	t.Helper()
	tree := alert.NewTree(limit)
	for i := range fs {
		tree.Add(&fs[i])
	}
	return written(t, tree)
}

func written(t alerttest.TB, tree *alert.Tree) string {
	t.Helper()
	var out bytes.Buffer
	if err := tree.Write(&out); err != nil {
		t.Fatalf("%v", err)
	}
	return out.String()
}

// story is A (.4) that takes orders and infects B (.11), which infects C (.21) and D (.22);
// C fetched its body from B. E (.50) and a source outside sweep on their own.
func story() []alert.Finding {
	outside := sweep(0, 5)
	outside.Source = alert.Endpoint{IP: netip.MustParseAddr("198.51.100.7")}
	lone := sweep(50, 20)
	lone.Source.Hostname = "\x1b[2Jws\u202e\n-50"
	b := compromised(11, 4, 60, met(21, 300), met(22, 400))
	fetched := compromised(21, 11, 300)
	fetched.Incident.InfectedBy.CalledBack, fetched.Incident.InfectedBy.Protocol = 69, "udp"
	return []alert.Finding{
		outside, orders(4, 0), lone, sweep(4, 30), compromised(4, 0, 30), sweep(11, 150), orders(11, 70), b, sweep(21, 390), fetched,
	}
}
