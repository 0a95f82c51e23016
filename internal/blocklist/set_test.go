package blocklist

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestLookup(t *testing.T) {
	s := set(t,
		newFile(t, "192.0.2.0/24", "192.0.2.7", "192.0.2.16-192.0.2.40", "2001:db8::/32"),
		newFile(t, "192.0.2.7", "198.51.100.0-198.51.100.9", "2001:db8:1::/48"),
		newFile(t, "192.0.2.0/25"),
		newFile(t, "192.0.2.0/26"),
		newFile(t, "192.0.2.0/27"),
	)
	for ip, want := range map[string][]string{
		"192.0.2.7":       {"a 192.0.2.7", "b 192.0.2.7", "c 192.0.2.0/25", "d 192.0.2.0/26"}, // and no more than four
		"192.0.2.20":      {"a 192.0.2.16-192.0.2.40", "c 192.0.2.0/25", "d 192.0.2.0/26", "e 192.0.2.0/27"},
		"192.0.2.41":      {"a 192.0.2.0/24", "c 192.0.2.0/25", "d 192.0.2.0/26"},
		"192.0.2.200":     {"a 192.0.2.0/24"},
		"192.0.3.0":       nil,
		"198.51.100.9":    {"b 198.51.100.0-198.51.100.9"},
		"198.51.100.10":   nil,
		"2001:db8:1::1":   {"a 2001:db8::/32", "b 2001:db8:1::/48"},
		"2001:db9::":      nil,
		"::c000:207":      nil, // another address, though its octets are the same
		"::ffff:c000:207": {"a 192.0.2.7", "b 192.0.2.7", "c 192.0.2.0/25", "d 192.0.2.0/26"},
	} {
		if got := hits(s, ip); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", ip, got, want)
		}
	}
	if got := hits(New(nil), "192.0.2.7"); got != nil {
		t.Errorf("no lists: %q", got)
	}
	if got := hits(New([]Config{{Name: "a", Path: "none"}}), "192.0.2.7"); got != nil {
		t.Errorf("a list that was never read: %q", got)
	}
}

// An address is found if any entry holds it, and no entry lies within the one found that
// holds it too.
func TestLookupAgainstAllEntries(t *testing.T) {
	within := func(n uint32) packet.Addr {
		return packet.AddrFrom4(binary.BigEndian.AppendUint32(nil, 0xc0000200+n))
	}
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(0, 12).Draw(t, "entries") {
			a, b := rapid.Uint32Range(0, 63).Draw(t, "from"), rapid.Uint32Range(0, 63).Draw(t, "to")
			switch rapid.IntRange(0, 2).Draw(t, "form") {
			case 0:
				lines = append(lines, within(a).String())
			case 1:
				lines = append(lines, fmt.Sprintf("%s/%d", within(a), 26+b%7))
			default:
				lines = append(lines, fmt.Sprintf("%s-%s", within(min(a, b)), within(max(a, b))))
			}
		}
		cfg := Config{}.withDefaults()
		c, err := read(strings.NewReader(strings.Join(lines, "\n")), &cfg)
		if err != nil || c.garbage > 0 {
			t.Fatal(err, c.problems)
		}
		for n := range uint32(64) {
			a := within(n)
			one := span{from: a, to: a}
			i, found := c.tree.Lookup(a.Netip())
			for j := range c.spans {
				s := &c.spans[j]
				if !s.holds(&one) {
					continue
				}
				if !found {
					t.Fatalf("%q: %s is not found", lines, a)
				}
				if got := &c.spans[i]; !got.holds(&one) || got != s && got.holds(s) {
					t.Fatalf("%q: %s is found in %s, and is in %s", lines, a, got, s)
				}
			}
			if found && !c.spans[i].holds(&one) {
				t.Fatalf("%q: %s is found in %s", lines, a, &c.spans[i])
			}
		}
	})
}

func TestMarks(t *testing.T) {
	f := newFile(t, "192.0.2.1", "192.0.2.0/24", "192.0.2.0/25")
	s := set(t, f)
	for i, ip := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.9"} {
		for _, h := range s.Lookup(addr(ip), nil) {
			if i == 3 {
				s.Knocked(h, start.Add(-time.Hour)) // time went back
			} else {
				s.Contacted(h, start.Add(time.Duration(i)*time.Hour))
			}
		}
	}
	want := []Entry{
		{Text: "192.0.2.0/25", Line: 3, Matched: true, First: start.Add(time.Hour), Last: start.Add(time.Hour), Contacts: 1, Knocks: 1},
		{Text: "192.0.2.0/24", Line: 2},
		{Text: "192.0.2.1", Line: 1, Matched: true, First: start, Last: start.Add(2 * time.Hour), Contacts: 2},
	}
	info := s.Lists()[0]
	if got := slices.Collect(info.Entries(true)); !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	for range info.Entries(true) {
		break // not all of them are asked for
	}
	full := mark{contacts: ^count(0)}
	full.contacts.add()
	if full.contacts != ^count(0) {
		t.Error("a counter begins anew")
	}
}

func TestWatch(t *testing.T) {
	s := set(t, newFile(t, "192.0.2.1"))
	for _, d := range []time.Duration{0, time.Hour, time.Minute, -time.Hour} {
		s.Watch(start.Add(d))
	}
	if i := s.Lists()[0]; i.From != start.Add(-time.Hour) || i.Until != start.Add(time.Hour) {
		t.Errorf("from %d to %d", i.From, i.Until)
	}
}

func TestOld(t *testing.T) {
	a, b := newFile(t, "192.0.2.1"), newFile(t, "192.0.2.1")
	cs := configs(a, b)
	cs[1].MaxAge = 2 * time.Hour
	cs = append(cs, Config{Name: "none", Path: a.path + ".none"})
	s := New(cs)
	s.Refresh(clock)
	day := 24 * time.Hour
	oldA := a.path + ": has not changed for 168h1m, its max_age is 168h: fetch the list again, or take it out of blocklists"
	for _, c := range []struct {
		after time.Duration
		want  []string
	}{
		{day, nil},
		{day + 2*time.Hour, nil},
		{day + 3*time.Hour, []string{b.path + ": has not changed for 3h, its max_age is 2h: fetch"}},
		{day + 7*day + time.Minute, []string{oldA, b.path + ": has not changed for 168h1m, its"}}, // 7d when absent
		{-day, nil}, // the file is of the future
	} {
		got := s.Old(clock.Add(c.after))
		if !slices.EqualFunc(got, c.want, func(err error, want string) bool { return strings.HasPrefix(err.Error(), want) }) {
			t.Errorf("after %s: %q, want %q", c.after, got, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Config{Name: "feed", Path: "/var/lib/feed.txt", Column: "ip", MaxAge: time.Hour, MaxEntries: 10}
	if ps := Validate([]Config{good, {Name: "other", Path: "x"}}); len(ps) != 0 {
		t.Error(ps)
	}
	bad := func(tune func(*Config)) []Config {
		c := good
		tune(&c)
		return []Config{c}
	}
	for want, cs := range map[string][]Config{
		`[0].name: "" is no name: write 1 to 64 characters that print`: bad(func(c *Config) { c.Name = "" }),
		`[0].name: "a\x1b" is no name`:                                 bad(func(c *Config) { c.Name = "a\x1b" }),
		`[0].name: "a\xff" is no name`:                                 bad(func(c *Config) { c.Name = "a\xff" }),
		`[0].name: "` + strings.Repeat("n", 65) + `" is no name`:       bad(func(c *Config) { c.Name = strings.Repeat("n", 65) }),
		`[1].name: "feed" is taken`:                                    {good, good},
		`[0].path: is missing: name the file of the list`:              bad(func(c *Config) { c.Path = "" }),
		`[0].max_age: 1s is out of range`:                              bad(func(c *Config) { c.MaxAge = time.Second }),
		`[0].max_entries: -1 is out of range`:                          bad(func(c *Config) { c.MaxEntries = -1 }),
	} {
		ps := Validate(cs)
		if len(ps) != 1 || !strings.HasPrefix(ps[0].Key+": "+ps[0].Text, want) {
			t.Errorf("%v, want %s", ps, want)
		}
	}
	var lists []Config
	for i := range maxLists + 1 {
		lists = append(lists, Config{Name: fmt.Sprint(i), Path: "x"})
	}
	if ps := Validate(lists); len(ps) != 1 || ps[0].Key != "[64]" {
		t.Error(ps)
	}
}

// many returns the lines of a list of n addresses all over IPv4.
func many(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = packet.AddrFrom4(binary.BigEndian.AppendUint32(nil, uint32(i)*2654435761)).String()
	}
	return lines
}

func TestAllocations(t *testing.T) {
	s := New([]Config{{Name: "a", MaxEntries: 5000}, {Name: "b", MaxEntries: 5000}})
	for _, l := range s.lists {
		c, err := read(strings.NewReader(strings.Join(many(5000), "\n")), &l.cfg)
		if err != nil {
			t.Fatal(err)
		}
		l.held = c
	}
	var buf [MaxHits]Hit
	i, found := uint32(0), 0
	if n := testing.AllocsPerRun(5000, func() {
		a := packet.AddrFrom4([]byte{byte(i * 2654435761 >> 24), byte(i * 2654435761 >> 16), byte(i * 2654435761 >> 8), byte(i * 2654435761)})
		i++
		for _, h := range s.Lookup(a, buf[:0]) {
			found++
			s.Contacted(h, start)
			s.Knocked(h, start)
		}
		s.Watch(start)
	}); n != 0 || found < 9000 {
		t.Errorf("%v allocations, %d found", n, found)
	}
}

func BenchmarkLookup(b *testing.B) {
	cfg := Config{Name: "a"}.withDefaults()
	c, err := read(strings.NewReader(strings.Join(many(100_000), "\n")), &cfg)
	if err != nil {
		b.Fatal(err)
	}
	s := New([]Config{cfg})
	s.lists[0].held = c
	for name, step := range map[string]uint32{"listed": 2654435761, "not listed": 2654435763} {
		b.Run(name, func(b *testing.B) {
			var buf [MaxHits]Hit
			i := uint32(0)
			for b.Loop() {
				i = (i + 1) % 100_000
				var a [4]byte
				binary.BigEndian.PutUint32(a[:], i*step)
				s.Lookup(packet.AddrFrom4(a[:]), buf[:0])
			}
		})
	}
}

// BenchmarkMemory tells what an entry takes.
func BenchmarkMemory(b *testing.B) {
	text := strings.Join(many(100_000), "\n")
	cfg := Config{}.withDefaults()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		before := heap()
		c, err := read(strings.NewReader(text), &cfg)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(heap()-before)/float64(len(c.spans)), "B/entry")
		runtime.KeepAlive(c)
	}
}
