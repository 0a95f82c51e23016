package alert_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestTreeStory(t *testing.T) {
	golden(t, "tree.txt", []byte(drawn(t, 100, story()...)))
}

// order are the hosts' first lines, each with its rails and what is said of it besides.
func order(tree string) string {
	var out []string
	for line := range strings.Lines(tree) {
		m := regexp.MustCompile(`^([|+ \x60-]*)(10\.20\.3\.|198\.51\.100\.)(\d+).*?(; see above)?\n$`).FindStringSubmatch(line)
		if m != nil {
			out = append(out, strings.Repeat(".", len(m[1])/4)+m[3]+strings.TrimPrefix(m[4], "; see "))
		}
	}
	return strings.Join(out, " ")
}

func TestTreeShapes(t *testing.T) {
	later := func(f alert.Finding, sequence int) alert.Finding {
		f.Sequence, f.Episode = sequence, "the same"
		return f
	}
	mapped := compromised(2, 1, 10)
	mapped.Source.IP = netip.MustParseAddr("::ffff:10.20.3.2")
	mapped.Incident.InfectedBy.Host = netip.MustParseAddr("::ffff:10.20.3.1")
	in := func(realm uint32, f alert.Finding) alert.Finding {
		f.Realm = realm
		return f
	}
	for name, c := range map[string]struct {
		findings []alert.Finding
		want     string
	}{
		"story":                     {story(), "4 .11 ..21 ..22 7 50"},
		"nothing":                   {nil, ""},
		"told by the victim only":   {[]alert.Finding{compromised(2, 1, 10)}, "1 .2"},
		"told by the infector only": {[]alert.Finding{compromised(1, 0, 10, met(2, 20))}, "1 .2"},
		"of itself":                 {[]alert.Finding{compromised(1, 1, 10, met(1, 20))}, "1"},
		"children by time":          {[]alert.Finding{compromised(1, 0, 0, met(9, 40), met(5, 30), met(7, 20))}, "1 .7 .5 .9"},
		"roots by time":             {[]alert.Finding{compromised(9, 0, 50, met(2, 60)), compromised(8, 0, 40, met(3, 70)), sweep(1, 0)}, "8 .3 9 .2 1"},
		"two infected it":           {[]alert.Finding{compromised(1, 0, 0, met(3, 10)), compromised(2, 0, 1, met(3, 20)), compromised(3, 0, 30, met(4, 40))}, "1 .3 ..4 2 .3above"},
		"each other":                {[]alert.Finding{compromised(9, 1, 20), compromised(1, 9, 10)}, "9 .1 ..9above"},
		"a circle of three":         {[]alert.Finding{compromised(1, 3, 30), compromised(2, 1, 10), compromised(3, 2, 20)}, "1 .2 ..3 ...1above"},
		"hanging on a circle":       {[]alert.Finding{compromised(1, 2, 20, met(5, 30)), compromised(2, 1, 10), compromised(5, 0, 30, met(6, 40))}, "1 .2 ..1above .5 ..6"},
		"the later record counts":   {[]alert.Finding{later(compromised(2, 1, 10), 1), later(compromised(2, 3, 10), 2)}, "3 .2"},
		"in whatever order":         {[]alert.Finding{later(compromised(2, 3, 10), 2), later(compromised(2, 1, 10), 1)}, "3 .2"},
		"however it is written":     {[]alert.Finding{compromised(1, 0, 0, met(2, 10)), mapped}, "1 .2"},
		"realms apart":              {[]alert.Finding{in(1, compromised(2, 1, 10)), in(2, compromised(2, 3, 20))}, "1 .2 3 .2"},
	} {
		if got := order(drawn(t, 100, c.findings...)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestTreeTellsRealms(t *testing.T) {
	f := compromised(2, 1, 10)
	f.Realm = 7
	if got := drawn(t, 10, f); !strings.Contains(got, "10.20.3.1 (realm 7)\n") || !strings.Contains(got, "10.20.3.2 (home, realm 7): infected") {
		t.Error(got)
	}
}

// TestTreeServers: one line a server, the latest that was said of it.
func TestTreeServers(t *testing.T) {
	person, bot := orders(4, 0), orders(4, 0)
	person.IRC.Bot, person.IRC.Nick = false, "guest"
	bot.Sequence = 2
	want := "orders from 203.0.113.9:4915 as USA|XP|483920 in #scan, #idle\n"
	for name, fs := range map[string][]alert.Finding{"in order": {person, bot}, "late": {bot, person}} {
		if got := drawn(t, 10, fs...); strings.Count(got, "203.0.113.9") != 1 || !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTreeIsBounded(t *testing.T) {
	outside := func(host byte) alert.Finding {
		f := sweep(0, int(host))
		f.Source = alert.Endpoint{IP: netip.AddrFrom4([4]byte{198, 51, 100, host})}
		return f
	}
	tree := alert.NewTree(3)
	add := func(fs ...alert.Finding) {
		for i := range fs {
			tree.Add(&fs[i])
		}
	}
	expect := func(want string, left int) {
		t.Helper()
		got := written(t, tree)
		if order(got) != want {
			t.Errorf("got %q, want %q", order(got), want)
		}
		if said := strings.Contains(got, fmt.Sprintf("\nfindings about hosts for which there is no room here: %d\n", left)); said != (left > 0) {
			t.Errorf("not %d left: %s", left, got)
		}
	}
	add(outside(1), outside(2), outside(3))
	expect("1 2 3", 0)
	add(outside(4), outside(5), outside(3))
	expect("1 2 3", 2)
	add(sweep(50, 100), sweep(51, 101), sweep(52, 102)) // home before outside; 198.51.100.3 had two findings
	expect("50 51 52", 6)
	add(sweep(53, 103))
	expect("50 51 52", 7)
	add(compromised(60, 0, 104), compromised(61, 60, 105), compromised(62, 60, 106), compromised(63, 60, 107))
	expect("60 .61 .62", 11)
}

// TestTreeHostOfMany: what one host brings is bounded as well.
func TestTreeHostOfMany(t *testing.T) {
	tree := alert.NewTree(10)
	for i := range 100 {
		f := compromised(1, 0, i)
		f.Incident.Infected = make([]alert.Infection, 500)
		for j := range f.Incident.Infected {
			f.Incident.Infected[j].Host = netip.AddrFrom4([4]byte{10, 30, byte(i), byte(j)})
		}
		tree.Add(&f)
		f = orders(1, i)
		f.IRC.Port, f.IRC.Nick = uint16(i), strings.Repeat("\x1b", 100_000)
		f.IRC.Channels = make([]string, 1000)
		tree.Add(&f)
		f = told(alert.Kind(fmt.Sprint("kind", i)), 1, i)
		tree.Add(&f)
	}
	got := written(t, tree)
	for what, most := range map[string]int{": infected": 8 * 64, "orders from": 8, " since ": len(alert.Kinds), `\x1b`: 8 * 64, ", ": 8 * 3} {
		if n := strings.Count(got, what); n == 0 || n > most {
			t.Errorf("%q: %d times, want at most %d and some", what, n, most)
		}
	}
}

func TestTreeAnyFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := rapid.SliceOfN(anyFinding, 0, 12).Draw(t, "findings")
		tree := alert.NewTree(rapid.IntRange(1, 20).Draw(t, "limit"))
		for i := range fs { // many of few, so that they meet
			host := func() netip.Addr { return inside(rapid.ByteRange(1, 5).Draw(t, "host")) }
			fs[i].Source.IP = host()
			if c := fs[i].Incident; c != nil {
				if c.InfectedBy != nil {
					c.InfectedBy.Host = host()
				}
				for j := range c.Infected {
					c.Infected[j].Host = host()
				}
			}
			tree.Add(&fs[i])
		}
		out := written(t, tree)
		if out != written(t, tree) {
			t.Fatal("a second look differs")
		}
		full := map[string]int{}
		for line := range strings.Lines(out) {
			for _, r := range strings.TrimSuffix(line, "\n") {
				if !unicode.IsPrint(r) {
					t.Fatalf("unprintable %U in %q", r, line)
				}
			}
			if m := regexp.MustCompile(`^[|+ \x60-]*(10\.20\.3\.\d)( \(.*?\))?(: infected .*?)?\n$`).FindStringSubmatch(line); m != nil && !strings.HasSuffix(line, "; see above\n") {
				full[m[1]]++
			}
		}
		for host, n := range full {
			if n != 1 {
				t.Fatalf("%s is drawn %d times:\n%s", host, n, out)
			}
		}
	})
}

// TestTreeOfAnyOrder: records can be late.
func TestTreeOfAnyOrder(t *testing.T) {
	fs := story()
	want := drawn(t, 100, fs...)
	for seed := range uint64(50) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(fs), func(i, j int) { fs[i], fs[j] = fs[j], fs[i] })
		if got := drawn(t, 100, fs...); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestTextClose: the tree stands at the end, if there is anything in it.
func TestTextClose(t *testing.T) {
	for want, fs := range map[string][]alert.Finding{
		"":                                  {sweep(1, 0), orders(1, 0)},
		"\nWho infected whom:\n10.20.3.1 (": {sweep(1, 0), compromised(1, 0, 10)},
	} {
		var out bytes.Buffer
		text := alert.NewText(&out, true)
		for i := range fs {
			if err := text.Write(&fs[i]); err != nil {
				t.Fatal(err)
			}
		}
		before := out.Len()
		if err := text.Close(); err != nil {
			t.Fatal(err)
		}
		if got := out.String()[before:]; !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// failing fails from the n-th write on.
type failing struct{ after int }

func (w *failing) Write(p []byte) (int, error) {
	if w.after--; w.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestTextCloseFails(t *testing.T) {
	for after := 1; after <= 2; after++ {
		text := alert.NewText(&failing{after}, false)
		f := compromised(1, 0, 0)
		if err := text.Write(&f); err != nil {
			t.Fatal(err)
		}
		if err := text.Close(); !errors.Is(err, errFull) || err.Error() != "write tree: no space left on device" {
			t.Errorf("after %d writes: %v", after, err)
		}
	}
}
