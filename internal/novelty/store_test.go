package novelty

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	start = packet.Time(1_790_000_040 * 1e9) // a full minute
	day   = 24 * time.Hour
)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// outside returns the i-th of many servers.
func outside(i int) packet.Addr {
	return packet.AddrFrom4([]byte{198, byte(i >> 16), byte(i >> 8), byte(i)})
}

func config(tune ...func(*Config)) Config {
	c := DefaultConfig()
	c.Learning = 0
	for _, f := range tune {
		f(&c)
	}
	return c
}

// knowing returns a store that watches since start and has learned.
func knowing(tune ...func(*Config)) *Store {
	s := New(config(tune...), []string{"smb", "nbns"}, 1)
	s.Watch(start)
	return s
}

func TestSightings(t *testing.T) {
	s := knowing()
	server := addr("203.0.113.9")
	at := func(d time.Duration) packet.Time { return start.Add(d) }
	for _, c := range []struct {
		after, last time.Duration // last before: -1 for never
		count       uint32
		isNew       bool
	}{
		{0, -1, 1, true},
		{59 * time.Second, 0, 1, true}, // within the minute
		{60 * time.Second, 0, 2, true},
		{23 * time.Hour, time.Minute, 3, true},
		{24*time.Hour - time.Second, 23 * time.Hour, 4, true},
		{24 * time.Hour, 23*time.Hour + 59*time.Minute, 5, false}, // new_for is over
		{59 * day, day, 6, false},
		{119 * day, 59 * day, 7, false},              // age, and not above it
		{179*day + time.Minute, -1, 1, true},         // forgotten
		{178 * day, 179*day + time.Minute, 1, false}, // time went back
	} {
		now := at(c.after)
		want := Sight{First: start, Count: c.count, New: c.isNew}
		if c.after > 170*day {
			want.First = at(179*day + time.Minute)
		}
		if c.last >= 0 {
			want.Last = at(c.last)
		}
		if got := s.Target(now, server, 4915); got != want {
			t.Errorf("after %s: %+v, want %+v", c.after, got, want)
		}
	}
}

// Each of these is another thing than the first, and all are remembered beside it.
func TestThingsApart(t *testing.T) {
	s := knowing()
	a, b := addr("203.0.113.9"), addr("2001:db8::9")
	see := map[string]func(now packet.Time) Sight{
		"target":        func(now packet.Time) Sight { return s.Target(now, a, 80) },
		"other port":    func(now packet.Time) Sight { return s.Target(now, a, 81) },
		"other address": func(now packet.Time) Sight { return s.Target(now, b, 80) },
		"IRC server":    func(now packet.Time) Sight { return s.IRCServer(now, a, 80) },
		"port":          func(now packet.Time) Sight { return s.Port(now, 80) },
		"port 81":       func(now packet.Time) Sight { return s.Port(now, 81) },
		"service":       func(now packet.Time) Sight { return s.Service(now, a, 0, 0) },
		"other service": func(now packet.Time) Sight { return s.Service(now, a, 0, 1) },
		"other realm":   func(now packet.Time) Sight { return s.Service(now, a, 80, 0) },
		"other host":    func(now packet.Time) Sight { return s.Service(now, b, 0, 0) },
	}
	for name, f := range see {
		if got := f(start); got.Last != 0 || got.Count != 1 || !got.New {
			t.Errorf("%s, the first time: %+v", name, got)
		}
	}
	for name, f := range see {
		if got := f(start.Add(time.Hour)); got.Last != start || got.Count != 2 {
			t.Errorf("%s, again: %+v", name, got)
		}
	}
	if got := s.Stats().Entries; got != len(see) {
		t.Errorf("%d entries", got)
	}
}

func TestLearning(t *testing.T) {
	s := New(config(func(c *Config) { c.Learning = 7 * day }), nil, 1)
	now := start
	see := func(p uint16, want Sight) {
		t.Helper()
		want.First = cmpTime(want.First, now)
		if got := s.Port(now, p); got != want {
			t.Errorf("port %d: %+v, want %+v", p, got, want)
		}
	}
	s.Watch(now)
	see(80, Sight{Count: 1, New: true, Learning: true})
	for range 7*24 - 1 { // gaps of a month count for an hour
		now = now.Add(30 * day)
		s.Watch(now)
	}
	see(443, Sight{Count: 1, New: true, Learning: true})
	old := now
	for range 60 {
		now = now.Add(time.Minute)
		s.Watch(now)
		s.Watch(now.Add(-time.Hour)) // time that goes back is not watched twice
	}
	if got := s.Stats(); got.Learning || got.Watched != 7*day {
		t.Errorf("%+v", got)
	}
	see(443, Sight{First: old, Last: old, Count: 2}) // seen while it learned: not new
	see(4915, Sight{Count: 1, New: true})
}

func cmpTime(t, otherwise packet.Time) packet.Time {
	if t != 0 {
		return t
	}
	return otherwise
}

// A store against a map with the rules as they are documented, as long as nothing has to go.
func TestStoreAgainstMap(t *testing.T) {
	type known struct {
		first, last packet.Time
		count       uint32
	}
	rapid.Check(t, func(t *rapid.T) {
		s := knowing()
		ref := map[uint16]known{}
		now := start
		for range rapid.IntRange(1, 60).Draw(t, "sightings") {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, time.Hour, 30 * day, 61 * day}).Draw(t, "pause"))
			p := rapid.Uint16Range(1, 5).Draw(t, "port")
			floor := now - now%packet.Time(time.Minute)
			was, there := ref[p]
			want := Sight{First: was.first, Last: was.last, Count: was.count}
			switch {
			case !there || floor.Sub(was.last) > 60*day:
				want = Sight{First: floor, Count: 1}
			case floor > was.last:
				want.Count++
			}
			want.New = floor.Sub(want.First) < day
			if got := s.Port(now, p); got != want {
				t.Fatalf("port %d: %+v, want %+v", p, got, want)
			}
			ref[p] = known{want.First, floor, want.Count}
		}
	})
}

// A flood of servers that nobody saw before displaces no server that comes back day after
// day, no port, and none of the services that hosts use.
func TestFloodWashesNothingOut(t *testing.T) {
	s := knowing(func(c *Config) { c.Tables.Seen = 4096 })
	const known = 800
	now := start
	visit := func(check func(name string, v Sight)) {
		for i := range known {
			check("target", s.Target(now, outside(i), 443))
			check("port", s.Port(now, uint16(1+i)))
			if i%10 == 0 {
				check("IRC server", s.IRCServer(now, outside(i), 6667))
				check("service", s.Service(now, outside(i), 0, 0))
			}
		}
	}
	for range 3 {
		visit(func(string, Sight) {})
		now = now.Add(day)
	}
	for i := range 40 {
		s.IRCServer(now, outside(i), 4915)
	}
	for i := range 200_000 {
		for range 2 { // the flood repeats itself
			s.Target(now, outside(1000+i), 4915)
			now = now.Add(90 * time.Second / 100)
		}
	}
	gone := map[string]int{}
	visit(func(name string, v Sight) {
		if v.Count < 3 {
			gone[name]++
		}
	})
	for i := range 40 {
		if s.IRCServer(now, outside(i), 4915).Last == 0 {
			gone["IRC server seen once"]++
		}
	}
	// 3.6 such entries a set on average: 1 in 50 sets has more than the seven that a flood
	// cannot reach.
	if gone["target"] > 20 || len(gone) > 1 {
		t.Errorf("displaced: %v", gone)
	}
	if got := s.Stats().Lost; got < 190_000-4096 {
		t.Errorf("%d displaced, by the counter", got)
	}
}

// Of what was seen once, what is longest unseen goes.
func TestLongestUnseenGoesFirst(t *testing.T) {
	s := knowing(func(c *Config) { c.Tables.Seen = 1024 })
	now := start
	for i := range 8000 {
		s.Target(now, outside(i), 443)
		now = now.Add(time.Minute)
	}
	lost := 0
	for i := range 300 {
		if s.Target(now, outside(7999-i), 443).Last == 0 {
			lost++
		}
	}
	if lost > 10 {
		t.Errorf("%d of the latest 300 are lost", lost)
	}
}

// What is forgotten goes before anything else, and is no loss.
func TestForgottenGoesFirst(t *testing.T) {
	s := knowing(func(c *Config) { c.Tables.Seen = 1024 })
	now := start
	for d := range 10 { // well known, and then seen no more
		for i := range 500 {
			s.Target(now.Add(time.Duration(d)*day), outside(i), 443)
		}
	}
	before := s.Stats().Lost
	now = now.Add(80 * day)
	for i := range 300 {
		s.Target(now, outside(10_000+i), 443)
	}
	if got := s.Stats().Lost - before; got > 0 {
		t.Errorf("%d displaced that were not forgotten", got)
	}
}

func TestValidate(t *testing.T) {
	c := DefaultConfig()
	if ps := c.Validate(); len(ps) != 0 {
		t.Fatal(ps)
	}
	for want, tune := range map[string]func(*Config){
		"learning: -1s is out of range: write a duration from 0s to 2160h": func(c *Config) { c.Learning = -time.Second },
		"age: 1h is out of range":                                  func(c *Config) { c.Age, c.NewFor = time.Hour, time.Hour },
		"new_for: 1s is out of range":                              func(c *Config) { c.NewFor = time.Second },
		"new_for: 72h is above age (48h)":                          func(c *Config) { c.Age, c.NewFor = 2*day, 3*day },
		"quiet: 1s is out of range":                                func(c *Config) { c.Quiet = time.Second },
		"tables.openings: 0 is out of range":                       func(c *Config) { c.Tables.Openings = 0 },
		"tables.told: 0 is out of range":                           func(c *Config) { c.Tables.Told = 0 },
		"tables.episodes: 0 is out of range":                       func(c *Config) { c.Tables.Episodes = 0 },
		"tables.seen: 7 is out of range: write a number from 1024": func(c *Config) { c.Tables.Seen = 7 },
	} {
		c := DefaultConfig()
		tune(&c)
		ps := c.Validate()
		if len(ps) != 1 || !strings.HasPrefix(ps[0].Key+": "+ps[0].Text, want) {
			t.Errorf("%v, want %q", ps, want)
		}
	}
}

func TestBill(t *testing.T) {
	c := DefaultConfig()
	if b := c.Bill(); len(b) != 1 || b[0].Bytes != 48<<17 || b[0].Entries != 1<<17 {
		t.Errorf("%+v", b)
	}
}

func TestAllocations(t *testing.T) {
	s := knowing(func(c *Config) { c.Tables.Seen = 1024 })
	now, i := start, 0
	if n := testing.AllocsPerRun(5000, func() {
		now = now.Add(time.Second)
		i++
		s.Watch(now)
		s.Target(now, outside(i), 80)
		s.Port(now, uint16(i))
		s.IRCServer(now, outside(i), 6667)
		s.Service(now, outside(i), 0, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTarget(b *testing.B) {
	for _, n := range []int{100, 1 << 16, 1 << 20} {
		b.Run(fmt.Sprintf("%d servers", n), func(b *testing.B) {
			s := knowing()
			i, now := 0, start
			for b.Loop() {
				i, now = i+1, now+1e6
				s.Target(now, outside(i%n), 443)
			}
		})
	}
}
