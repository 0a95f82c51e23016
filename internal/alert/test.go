package alert

import (
	"net/netip"
	"time"
)

// nobody is the source of a test: an address of documentation (RFC 5737), which no host has.
var nobody = netip.AddrFrom4([4]byte{192, 0, 2, 1})

// TestFinding returns a finding by which nobody is suspected: it goes where findings go, so
// that a person sees that they arrive. uid is its identity and that of its episode; at is
// when it is written, here by the system's clock, since no packet is behind it.
func TestFinding(sensor, uid string, at time.Time) Finding {
	return Finding{
		Kind: Test, Activity: Create, Severity: Informational,
		UID: uid, Episode: uid, Sequence: 1,
		Time: at, FirstSeen: at, LastSeen: at,
		Sensor:   sensor,
		Source:   Endpoint{IP: nobody},
		Message:  "Test of the way that findings take from sensor " + sensor + ": this record arrived. Nothing was found and nobody is suspected; " + nobody.String() + " is an address that no host has",
		Remedy:   "Nothing has to be done.",
		Analytic: string(Test), Version: "1",
	}
}

// testData marks a test also where only the evidence is looked at.
type testData struct {
	Test bool `json:"test"`
}
