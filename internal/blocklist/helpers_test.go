package blocklist

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const start = packet.Time(1_790_000_040 * 1e9) // a full minute

var clock = time.Unix(1_790_000_000, 0)

func addr(text string) packet.Addr { return packet.AddrFrom(netip.MustParseAddr(text)) }

// file is a list on disk, each version with a time of its own.
type file struct {
	t    *testing.T
	path string
	day  int
}

func newFile(t *testing.T, lines ...string) *file {
	f := &file{t: t, path: filepath.Join(t.TempDir(), "list")}
	f.write(lines...)
	return f
}

func (f *file) write(lines ...string) {
	f.t.Helper()
	f.day++
	if err := os.WriteFile(f.path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		f.t.Fatal(err)
	}
	at := clock.Add(time.Duration(f.day) * 24 * time.Hour)
	if err := os.Chtimes(f.path, at, at); err != nil {
		f.t.Fatal(err)
	}
}

// set returns the lists of files named a, b, ...; they have to be good.
func set(t *testing.T, files ...*file) *Set {
	t.Helper()
	s := New(configs(files...))
	for _, i := range s.Refresh(clock) {
		if i.Err != nil {
			t.Fatal(i.Err)
		}
	}
	return s
}

func configs(files ...*file) (cs []Config) {
	for i, f := range files {
		cs = append(cs, Config{Name: string(rune('a' + i)), Path: f.path})
	}
	return cs
}

// hits returns what names an address, as LIST ENTRY.
func hits(s *Set, ip string) (out []string) {
	for _, h := range s.Lookup(addr(ip), nil) {
		out = append(out, s.List(h)+" "+s.Entry(h))
	}
	return out
}

// contact has home hosts try addresses, a minute apart, and counts the hits.
func contact(s *Set, now packet.Time, ips ...string) (n int) {
	for i, ip := range ips {
		for _, h := range s.Lookup(addr(ip), nil) {
			s.Contacted(h, now.Add(time.Duration(i)*time.Minute))
			n++
		}
	}
	return n
}

// matched returns the entries of a list that ever matched.
func matched(s *Set, list int) []Entry {
	info := s.Lists()[list]
	out := slices.Collect(info.Entries(false))
	if n := info.Matched(); n != len(out) {
		return nil
	}
	return out
}
