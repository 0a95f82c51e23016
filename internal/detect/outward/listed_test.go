package outward

import (
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// entry returns what is known of an entry of the list feed.
func (l *lab) entry(text string) blocklist.Entry {
	l.t.Helper()
	info := l.lists.Lists()[0]
	for e := range info.Entries(true) {
		if e.Text == text {
			return e
		}
	}
	l.t.Fatalf("no entry %s", text)
	return blocklist.Entry{}
}

func TestAttemptAtListedHost(t *testing.T) {
	l := newLab(t)
	l.listing("203.0.113.9", "198.51.100.0/24")
	l.syn(worm, server, 6667)
	want := incident.Evidence{
		Time: l.now, Host: worm, Kind: incident.Listed, Event: "listed", MAC: [6]byte{2, 0, 0, 0, 0, 5}, Peer: server, Port: 6667,
		Message: "10.0.0.5 tried 203.0.113.9:6667, which the blocklist feed (203.0.113.9) names",
	}
	if got := l.told(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v", got)
	}

	// The same within the hour, on whatever port, answered or not: it is counted.
	l.wait(time.Minute)
	l.syn(worm, server, 6667)
	l.answer(worm, server, 6667)
	l.wait(58 * time.Minute)
	l.syn(worm, server, 80)
	l.says("10.0.0.5 connected to 203.0.113.9:6667: TCP port 6667, which no home host was ever seen to use outward before")
	l.syn(inside(6), server, 80)
	l.says("10.0.0.6 tried 203.0.113.9:80, which the blocklist feed (203.0.113.9) names")
	l.syn(worm, addr("198.51.100.7"), 80)
	l.says("10.0.0.5 tried 198.51.100.7:80, which the blocklist feed (198.51.100.0/24) names")
	l.syn(worm, addr("198.51.100.8"), 80)
	l.says() // the same entry
	l.wait(time.Minute)
	l.syn(worm, server, 80)
	l.says("10.0.0.5 tried 203.0.113.9:80, which the blocklist feed (203.0.113.9) names") // the hour is over

	if e := l.entry("203.0.113.9"); e.Contacts != 5 || e.Knocks != 0 || e.First != start || e.Last != start.Add(time.Hour) {
		t.Errorf("%+v", e)
	}
	if s := l.Stats(); s.Contacted != 7 || s.Knocked != 0 || s.Evidence != 5 || s.Repeated != 3 {
		t.Errorf("%+v", s)
	}
}

func TestSeveralLists(t *testing.T) {
	l := newLab(t)
	if err := os.WriteFile(l.list+".other", []byte("203.0.113.0-203.0.113.20\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.listing("203.0.113.9")
	l.syn(worm, server, 80)
	l.says("10.0.0.5 tried 203.0.113.9:80, which the blocklists feed (203.0.113.9), other (203.0.113.0-203.0.113.20) name")
	want := []alert.Listing{{List: "feed", Entry: "203.0.113.9"}, {List: "other", Entry: "203.0.113.0-203.0.113.20"}}
	if got := l.Listings(server); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := l.Listings(worm); got != nil {
		t.Errorf("%+v", got)
	}
}

// The Internet knocks at everybody: that is counted, and no evidence against whom it
// knocks at.
func TestKnockOfListedHost(t *testing.T) {
	l := newLab(t)
	l.listing("203.0.113.9")
	for range 3 {
		l.syn(server, worm, 445)
	}
	l.answer(server, worm, 445)
	l.says()
	if e := l.entry("203.0.113.9"); e.Contacts != 0 || e.Knocks != 3 {
		t.Errorf("%+v", e)
	}
	if s := l.Stats(); s.Knocked != 3 || s.Contacted != 0 {
		t.Errorf("%+v", s)
	}
}

// What is no connection from home to outside is no contact, whatever a list names.
func TestOtherPacketsAreNoContacts(t *testing.T) {
	l := newLab(t)
	l.listing("10.0.0.0/8", "203.0.113.9", "224.0.0.0/4", "0.0.0.0/8")
	l.syn(worm, inside(6), 445)                                    // home to home
	l.syn(server, outside(6), 445)                                 // outside to outside
	l.syn(worm, addr("224.0.0.5"), 445)                            // nobody in particular
	l.syn(worm, addr("0.0.0.0"), 445)                              // nobody
	l.packet(worm, server, 1, 2, packet.ACK)                       // no start
	l.packet(worm, server, 1, 2, packet.SYN|packet.RST)            // no sense
	l.packet(worm, server, 1, 2, packet.SYN|packet.FIN)            // no sense
	l.packet(worm, server, 1, 2, packet.SYN|packet.ACK)            // an answer outward
	l.packet(server, worm, 1, 2, packet.SYN|packet.ACK|packet.FIN) // no sense
	udp := packet.Event{Time: l.now, Kind: packet.KindUDP, Src: worm, Dst: server, TCPFlags: packet.SYN}
	cut := packet.Event{Time: l.now, Kind: packet.KindTCP, Src: worm, Dst: server, TCPFlags: packet.SYN, Flags: packet.FlagCut}
	l.evidence = l.Packet(&udp, l.evidence)
	l.evidence = l.Packet(&cut, l.evidence)
	l.says()
	if s := l.Stats(); s != (Stats{}) {
		t.Errorf("%+v", s)
	}
}

func TestEvidenceByHostIsBounded(t *testing.T) {
	l := newLab(t)
	l.listing(slices.Collect(func(yield func(string) bool) {
		for i := range 100 {
			if !yield(outside(i).String()) {
				return
			}
		}
	})...)
	for range 2 {
		for i := range 100 {
			l.syn(worm, outside(i), 80)
		}
		if n := len(l.told()); n != mostListings {
			t.Errorf("%d pieces of evidence", n)
		}
		l.syn(inside(6), outside(7), 80) // another host has its own
		if n := len(l.told()); n != 1 {
			t.Errorf("%d pieces of evidence", n)
		}
		l.wait(time.Hour)
	}
	if s := l.Stats(); s.Held != 2*(100-mostListings) || s.Evidence != 2*(mostListings+1) {
		t.Errorf("%+v", s)
	}
}

// Entries are numbered anew with each version of a list: one must not be taken for another.
func TestEntriesOfAListReadAnew(t *testing.T) {
	l := newLab(t)
	l.listing("203.0.113.9", "203.0.113.10")
	l.syn(worm, server, 80)
	l.listing("203.0.113.10", "203.0.113.11", "203.0.113.12")
	l.told()
	l.syn(worm, addr("203.0.113.10"), 80)
	l.says("10.0.0.5 tried 203.0.113.10:80, which the blocklist feed (203.0.113.10) names")
}

func TestRealmsSeparateHosts(t *testing.T) {
	l := newLab(t, func(_ *novelty.Config, _ *Site, f *flow.Config) { f.Networks.Realms = []uint32{7, 8} })
	l.listing("203.0.113.9")
	for _, l.vlan = range []uint16{7, 8, 9} {
		l.syn(worm, server, 80)
	}
	got := l.told()
	if len(got) != 3 || got[0].Realm != 7 || got[1].Realm != 8 || got[2].Realm != 0 {
		t.Errorf("%+v", got)
	}
	l.vlan = 7
	l.answer(worm, server, 80)
	l.vlan = 3
	l.answer(worm, server, 80) // the same as 9
	l.wait(time.Second)
	if s := l.Stats(); s.Unasked != 0 {
		t.Errorf("%+v", s)
	}
	l.packet(server, worm, 80, 40001, packet.SYN|packet.ACK)
	if s := l.Stats(); s.Unasked != 1 {
		t.Errorf("%+v", s)
	}
}

// More hosts than there is room for: what is told twice is counted.
func TestToldIsBounded(t *testing.T) {
	l := newLab(t, func(c *novelty.Config, _ *Site, _ *flow.Config) { c.Tables.Told = 64 })
	l.listing("203.0.113.9")
	for range 2 {
		for i := range 1000 {
			l.syn(inside(i), server, 80)
			l.wait(time.Millisecond)
		}
	}
	if s := l.Stats(); s.ToldLost < 3000 || s.Evidence+s.Repeated != 2000 || s.Evidence < 1900 {
		t.Errorf("%+v", s)
	}
}
