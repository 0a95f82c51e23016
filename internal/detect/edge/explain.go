package edge

import (
	"fmt"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// message says in one sentence who crosses the edge, and how far that went.
func message(f *alert.Finding, estimated bool) string {
	var b strings.Builder
	d := f.Edge
	if f.Activity == alert.Close {
		b.WriteString("Over: ")
	}
	peers := fmt.Sprint(d.Peers)
	if estimated {
		peers = "about " + peers
	}
	switch {
	case d.Lookups:
		fmt.Fprintf(&b, "%s asked %s hosts outside for their NetBIOS names (137/udp) and none answered; "+
			"Windows does so on its own, and tells everybody that it is there", f.Source.IP, peers)
	case f.Source.Home:
		fmt.Fprintf(&b, "%s spoke %s with hosts outside: %d of %s answered", f.Source.IP, services(d), d.Answered, peers)
	default:
		fmt.Fprintf(&b, "%s came from outside and spoke %s with home hosts: %d of %s answered", f.Source.IP, services(d), d.Answered, peers)
	}
	if d.Bytes > 0 && !d.Lookups {
		fmt.Fprintf(&b, ", %d octets of payload went over", d.Bytes)
	}
	if d.Knock != nil && len(d.Knock.Telling) > 0 {
		fmt.Fprintf(&b, "; what for: %s", strings.Join(d.Knock.Telling, ", "))
	}
	if d.HomeDefault {
		b.WriteString("; networks.home is only the default, so that what counts as outside may be yours")
	}
	return b.String()
}

// services names the groups with the ports.
func services(d *alert.Edge) string {
	return fmt.Sprintf("%s (port %s)", strings.Join(d.Services, " and "),
		strings.Trim(strings.Join(strings.Fields(fmt.Sprint(d.Ports)), ", "), "[]"))
}

// remedy says what to do now.
func remedy(f *alert.Finding) string {
	const block = "Block ports 135, 137-139 and 445 (TCP and UDP) at the edge, in both directions"
	const expected = "If that is a partner or a VPN, add its range to networks.home, or an allow entry with a reason."
	switch {
	case f.Edge.Lookups:
		return block + "; nothing else has to be done. " + expected
	case f.Source.Home:
		return fmt.Sprintf("%s, and find out what on %s speaks with the hosts that answered (answered_samples). %s",
			block, f.Source.IP, expected)
	}
	return block + ", and look at the home hosts that answered (answered_samples). " + expected
}
