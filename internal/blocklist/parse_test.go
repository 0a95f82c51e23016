package blocklist

import (
	"bytes"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1":                     "192.0.2.1",
		"192.0.2.1/32":                  "192.0.2.1",
		"192.0.2.1:443":                 "192.0.2.1",
		"192.0.2.77/24":                 "192.0.2.0/24",
		"192.0.2.0-192.0.2.255":         "192.0.2.0/24",
		"192.0.2.1-192.0.2.1":           "192.0.2.1",
		"192.0.2.1-192.0.3.4":           "192.0.2.1-192.0.3.4",
		"192.0.2.1 - 192.0.3.4":         "192.0.2.1-192.0.3.4",
		"224.0.0.0/3":                   "224.0.0.0/3",
		"::ffff:192.0.2.1":              "192.0.2.1",
		"::ffff:192.0.2.0/120":          "192.0.2.0/24",
		"2001:DB8::1":                   "2001:db8::1",
		"[2001:db8::1]:80":              "2001:db8::1",
		"2001:db8::/32":                 "2001:db8::/32",
		"2001:db8::1-2001:db8::4":       "2001:db8::1-2001:db8::4",
		"2001:db8::-2001:db8::ffff":     "2001:db8::/112",
		"::fffe:0:1-::1:0:0:0":          "::fffe:0:1-::1:0:0:0",
		"fe80::/10":                     "fe80::/10",
		"255.255.255.255":               "255.255.255.255",
		"255.255.255.0-255.255.255.255": "255.255.255.0/24",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124",

		"":                        "! is no address, prefix or range",
		"example.org":             "! is no address, prefix or range",
		"192.0.2":                 "! is no address, prefix or range",
		"192.0.2.256":             "! is no address, prefix or range",
		"192.0.2.01":              "! is no address, prefix or range",
		"192.0.2.1/33":            "! is no address, prefix or range",
		"192.0.2.1/":              "! is no address, prefix or range",
		"/24":                     "! is no address, prefix or range",
		"-":                       "! is no address, prefix or range",
		"192.0.2.1-":              "! is no address, prefix or range",
		"192.0.2.1-192.0.2.9-192": "! is no address, prefix or range",
		"192.0.2.0/24-192.0.3.0":  "! is no address, prefix or range",
		"192.0.2.9-192.0.2.1":     "! is a range that ends before it starts",
		"192.0.2.9-2001:db8::1":   "! is a range from one address family to the other",
		"fe80::1%eth0":            "! has a zone, which means something on one host only",
		"0.0.0.0/0":               "! holds more than an eighth of all addresses",
		"::/0":                    "! holds more than an eighth of all addresses",
		"::ffff:0:0/96":           "! holds more than an eighth of all addresses",
		"128.0.0.0/2":             "! holds more than an eighth of all addresses",
		"0.0.0.0-255.255.255.255": "! holds more than an eighth of all addresses",
		"31.0.0.0-63.0.0.0":       "! holds more than an eighth of all addresses",
	} {
		s, err := parse(text)
		got := s.String()
		if err != nil {
			got = "! " + err.Error()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// The prefixes of a span are the span: each begins where the one before it ends, and no
// two of them could be one.
func TestPrefixes(t *testing.T) {
	address := rapid.Custom(func(t *rapid.T) packet.Addr {
		a := rapid.SampledFrom([]packet.Addr{
			addr("0.0.0.0"), addr("192.0.2.0"), addr("255.255.255.0"), addr("::fffe:ffff:ff00"), addr("2001:db8::"),
			addr("2001:db8:0:0:ffff:ffff:ffff:ff00"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00"),
		}).Draw(t, "base")
		copy(a[13:], rapid.SliceOfN(rapid.Byte(), 3, 3).Draw(t, "host"))
		return a
	})
	rapid.Check(t, func(t *rapid.T) {
		s := span{from: address.Draw(t, "from"), to: address.Draw(t, "to")}
		if s.from.Is4() != s.to.Is4() {
			return
		}
		if bytes.Compare(s.from[:], s.to[:]) > 0 {
			s.from, s.to = s.to, s.from
		}
		ps := s.prefixes(nil)
		at := number(s.from.Netip())
		for i, p := range ps {
			if p != p.Masked() || p.Addr().Is4() != s.from.Is4() || number(p.Addr()).Cmp(at) != 0 {
				t.Fatalf("%s-%s: %s is not the prefix at %x", s.from, s.to, p, at)
			}
			if i > 0 && ps[i-1].Bits() == p.Bits() && wider(ps[i-1]).Contains(p.Addr()) {
				t.Fatalf("%s and %s could be one", ps[i-1], p)
			}
			size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
			at.Add(at, size)
		}
		if end := number(s.to.Netip()); at.Cmp(end.Add(end, big.NewInt(1))) != 0 {
			t.Fatalf("%s-%s: the prefixes end before %x", s.from, s.to, at)
		}
		if back, err := parse(s.String()); err == nil && back != s {
			t.Fatalf("%s is read as %s", s.String(), back.String())
		}
	})
}

func number(a netip.Addr) *big.Int { return new(big.Int).SetBytes(a.AsSlice()) }

func wider(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
}

// entries reads a list, and returns what it holds and what is said of it.
func entries(column string, text string) (got, problems []string, err error) {
	cfg := Config{Path: "bad.txt", Column: column}.withDefaults()
	c, err := read(strings.NewReader(text), &cfg)
	if err != nil {
		return nil, nil, err
	}
	for i := range c.spans {
		got = append(got, c.spans[i].String())
	}
	for _, p := range c.problems {
		problems = append(problems, p.Error())
	}
	return got, problems, nil
}

func TestPlainLists(t *testing.T) {
	for _, c := range []struct {
		name, text     string
		want, problems []string
	}{
		{"empty", "", nil, nil},
		{"comments", "# list\n; of 2026\n\n   \n#192.0.2.1\n", nil, nil},
		{"last line without an end", "192.0.2.1\n192.0.2.2", []string{"192.0.2.1", "192.0.2.2"}, nil},
		{"Windows", "\ufeff192.0.2.1\r\n192.0.2.2\r\n", []string{"192.0.2.1", "192.0.2.2"}, nil},
		{
			"what stands behind", "192.0.2.1 # bad\n192.0.2.2;SBL1\n192.0.2.3\t17\n 192.0.2.4  host.example 1 - 2\n192.0.2.64/26 ; SBL2\n192.0.3.1 - 192.0.3.2 bots",
			[]string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.64/26", "192.0.3.1-192.0.3.2"},
			nil,
		},
		{
			"garbage", "192.0.2.1\nexample.org\n\n10.0.0.0/0\n\x00\x01\n192.0.2.2\n",
			[]string{"192.0.2.1", "192.0.2.2"},
			[]string{
				`bad.txt:2: "example.org" is no address, prefix or range`,
				`bad.txt:4: "10.0.0.0/0" holds more than an eighth of all addresses`,
				`bad.txt:5: "\x00\x01" is no address, prefix or range`,
			},
		},
		{
			"long lines", "192.0.2.1\n" + strings.Repeat("x", 3*maxLine) + "\n192.0.2.2\n" + strings.Repeat("y", 100) + "\n" + strings.Repeat("z", maxLine),
			[]string{"192.0.2.1", "192.0.2.2"},
			[]string{
				`bad.txt:2: is longer than 65536 octets`,
				`bad.txt:4: "` + strings.Repeat("y", 64) + `" is no address, prefix or range`,
				`bad.txt:5: is longer than 65536 octets`,
			},
		},
		{"UTF-16", "1\x009\x002\x00\n", nil, []string{`bad.txt:1: "1\x009\x002\x00" is no address, prefix or range`}},
	} {
		got, problems, err := entries("", c.text)
		if err != nil || !slices.Equal(got, c.want) || !slices.Equal(problems, c.problems) {
			t.Errorf("%s: %q, %q, %v", c.name, got, problems, err)
		}
	}
}

func TestCSV(t *testing.T) {
	two := []string{"192.0.2.1", "192.0.2.2"}
	for _, c := range []struct {
		name, text     string
		want, problems []string
	}{
		{"comma", "id,IP,what\n1,192.0.2.1,bot\n2,192.0.2.2,\n", two, nil},
		{"semicolon", "id;ip;what\n1;192.0.2.1;a, b\n2;192.0.2.2;c\n", two, nil},
		{"tab", "id\tip\n1\t192.0.2.1\n2\t192.0.2.2", two, nil},
		{"alone", "ip\n192.0.2.1\n192.0.2.2\n", two, nil},
		{"quotes", "\"id\", \"ip\", \"what\"\n\"1,1\", \"192.0.2.1\", \"a \"\"b\"\", c\"\n2,192.0.2.2 ,\"x\"\n", two, nil},
		{"header in a comment", "# a feed\n#\n# first_seen,ip,port\n2026-01-01,192.0.2.1,443\n# more\n2026-01-02,192.0.2.2,443\n", two, nil},
		{"Windows", "\ufeff\"id\",\"ip\"\r\n\r\n1,\"192.0.2.1\"\r\n2,\"192.0.2.2\"\r\n", two, nil},
		{
			"a quote that is not closed spoils its line", "a,ip,c\n\"x,192.0.2.9,y\n1,192.0.2.1,\"z\n2,192.0.2.2,\"\"\"\n", two,
			[]string{"bad.txt:2: has 1 column, the addresses are in column 2"},
		},
		{"short rows", "a,b,ip\nx,y\n1,2,192.0.2.1\n1,2,192.0.2.2\n", two, []string{"bad.txt:2: has 2 columns, the addresses are in column 3"}},
		{
			"garbage", "ip,c\n192.0.2.1\n,x\nexample.org,x\n192.0.2.2,x\n", two,
			[]string{"bad.txt:3: the column is empty", `bad.txt:4: "example.org" is no address, prefix or range`},
		},
		{"quotes in the middle", "c,ip\n\"x\"\",y\",192.0.2.1\nsay \"hi\",192.0.2.1\n\"say\" hi\",192.0.2.2\n", two, nil},
		{"only a header", "id,ip\n", nil, nil},
	} {
		got, problems, err := entries("ip", c.text)
		if err != nil || !slices.Equal(got, c.want) || !slices.Equal(problems, c.problems) {
			t.Errorf("%s: %q, %q, %v", c.name, got, problems, err)
		}
	}
	for text, want := range map[string]string{
		"":                       `has no header row with a column "ip"`,
		"# nothing here\n":       `has no header row with a column "ip"`,
		"\n# x\nid,address\n1,2": `has no column "ip" in its header row, line 3: "id,address"`,
		"192.0.2.1\n":            `has no column "ip" in its header row, line 1: "192.0.2.1"`,
	} {
		if _, _, err := entries("ip", text); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTooManyEntries(t *testing.T) {
	for text, ok := range map[string]bool{
		"192.0.2.1\n192.0.2.2\n192.0.2.3\n":              true,
		"192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n":   false,
		"192.0.2.1-192.0.2.6\n":                          false, // four prefixes
		"192.0.2.0-192.0.2.6\n192.0.2.4/31\n192.0.2.6\n": true,
	} {
		_, err := read(strings.NewReader(text), &Config{MaxEntries: 3})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "has more than 3 entries") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestOnlySomeProblemsAreTold(t *testing.T) {
	c, err := read(strings.NewReader(strings.Repeat("?\n", 1000)+"192.0.2.1\n192.0.2.1\n"), &Config{MaxEntries: 9})
	if err != nil || c.garbage != 1000 || len(c.problems) != maxProblems || len(c.spans) != 1 || c.doubles != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// FuzzRead: no file does more than be refused, and what is taken from it is looked up.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"192.0.2.1\n2001:db8::/32 # x\n192.0.2.1-192.0.9.7\n", "# id;ip\n1;\"192.0.2.1\"\n", "::-::1:2:3\n", "\ufeffip\n\x00",
		"::fffe:ffff:ffff-::1:0:0:0\n0.0.0.0-31.255.255.255", "ip\n\"\n\"\"\n,,,\n",
	} {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "ip")
	}
	f.Fuzz(func(t *testing.T, text []byte, column string) {
		cfg := Config{Column: column, MaxEntries: 1000}
		c, err := read(bytes.NewReader(text), &cfg)
		if err != nil {
			return
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		if len(c.spans)+c.garbage+c.doubles > lines || c.tree.Size() > cfg.MaxEntries {
			t.Fatalf("%d entries of %d lines", len(c.spans), lines)
		}
		for i := range c.spans {
			s := &c.spans[i]
			if again, err := parse(s.String()); err != nil || again.order(s) != 0 {
				t.Fatalf("%s is read as %s: %v", s.String(), again.String(), err)
			}
			for _, a := range []packet.Addr{s.from, s.to} {
				n, found := c.tree.Lookup(a.Netip())
				if !found || !c.spans[n].holds(&span{from: a, to: a}) {
					t.Fatalf("%s is not found", a)
				}
			}
		}
	})
}
