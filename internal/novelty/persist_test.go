package novelty

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/table"
)

// full returns a store with some of everything, after three days.
func full(seed uint64, tune ...func(*Config)) *Store {
	s := New(config(tune...), []string{"smb", "nbns"}, seed)
	now := start
	for d := range 3 {
		for i := range 300 {
			s.Watch(now)
			s.Target(now, outside(i), 443)
			s.Port(now, uint16(i))
			if i%3 <= d {
				s.Service(now, addr("10.0.0.1"), uint32(i), uint8(i%2))
				s.IRCServer(now, addr("2001:db8::1"), uint16(6660+i))
			}
			now = now.Add(time.Minute)
		}
		now = now.Add(19 * time.Hour)
	}
	return s
}

// dump returns what a store would write, its entries in an order of their own.
func dump(t testing.TB, s *Store) (prologue []byte, records [][]byte) {
	t.Helper()
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	records = slices.Collect(slices.Chunk(file[prologueSize:], recordSize))
	slices.SortFunc(records, bytes.Compare)
	return file[:prologueSize], records
}

func same(t testing.TB, a, b *Store) bool {
	ap, ar := dump(t, a)
	bp, br := dump(t, b)
	return bytes.Equal(ap, bp) && slices.EqualFunc(ar, br, bytes.Equal)
}

// restored returns a store that loads what s saves.
func restored(t *testing.T, s *Store, seed uint64, tune ...func(*Config)) *Store {
	t.Helper()
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	again := New(config(tune...), []string{"other", "smb", "nbns"}, seed)
	if err := again.Load(&b, Version); err != nil {
		t.Fatal(err)
	}
	if b.Len() != 0 {
		t.Errorf("%d octets were not read", b.Len())
	}
	return again
}

func TestSaveAndLoad(t *testing.T) {
	s := full(1)
	again := restored(t, s, 99)
	if !same(t, s, again) || again.Stats() != s.Stats() {
		t.Errorf("%+v, want %+v", again.Stats(), s.Stats())
	}
	now := start.Add(10 * day)
	if a, b := s.Target(now, outside(7), 443), again.Target(now, outside(7), 443); a != b || a.Last == 0 {
		t.Errorf("%+v, want %+v", b, a)
	}
	// The services were numbered anew, and are known by their names.
	if a, b := s.Service(now, addr("10.0.0.1"), 3, 1), again.Service(now, addr("10.0.0.1"), 3, 2); a != b || a.Last == 0 {
		t.Errorf("%+v, want %+v", b, a)
	}
	if got := again.Service(now, addr("10.0.0.1"), 3, 0); got.Last != 0 {
		t.Errorf("a service that was never used: %+v", got)
	}
}

// Learning goes on where it stopped; the time between counts for nothing.
func TestLearningGoesOn(t *testing.T) {
	hours := func(n int) func(*Config) { return func(c *Config) { c.Learning = time.Duration(n) * time.Hour } }
	s := New(config(hours(2)), nil, 1)
	s.Watch(start)
	s.Watch(start.Add(time.Hour))
	again := restored(t, s, 1, hours(2))
	again.Watch(start.Add(50 * day))
	if got := again.Stats(); !got.Learning || got.Watched != time.Hour {
		t.Errorf("%+v", got)
	}
	again.Port(start.Add(50*day), 80)
	again.Watch(start.Add(50*day + time.Hour))
	if got := again.Stats(); got.Learning {
		t.Errorf("%+v", got)
	}
	last := restored(t, again, 1, hours(2))
	if got := last.Port(start.Add(50*day+2*time.Hour), 80); got.New || got.Learning {
		t.Errorf("a port of the time of learning: %+v", got)
	}
	if got := restored(t, again, 1, hours(3)).Stats(); !got.Learning {
		t.Error("a longer time to learn is not asked for")
	}
}

// A smaller store keeps what is worth most, whatever comes first.
func TestLoadIntoSmallerStore(t *testing.T) {
	s := knowing()
	for d := range 3 {
		for i := range 800 {
			s.Port(start.Add(time.Duration(d)*day), uint16(i))
		}
	}
	for i := range 20_000 {
		s.Target(start.Add(3*day), outside(i), 80)
	}
	small := restored(t, s, 5, func(c *Config) { c.Tables.Seen = 1024 })
	perSet := map[int]int{}
	kept, room := 0, 0
	for i := range 800 {
		k := key{what: uint32(i), kind: port}
		h := k.hash(small.seed)
		if perSet[small.table.Set(h)]++; perSet[small.table.Set(h)] <= table.Ways {
			room++
		}
		if _, e := small.table.Get(h, k); e != nil {
			kept++
		}
	}
	if kept != room || room < 650 {
		t.Errorf("%d ports kept, there is room for %d", kept, room)
	}
}

// patched returns a file with one entry that has a field changed.
func patched(at int, value ...byte) []byte {
	s := knowing()
	s.Service(start, addr("10.0.0.1"), 0, 0)
	var b bytes.Buffer
	_ = s.Save(&b) // a buffer takes everything
	copy(b.Bytes()[at:], value)
	return b.Bytes()
}

func TestImpossibleFiles(t *testing.T) {
	le := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	m := uint32(minuteOf(start))
	twice := patched(16, 2)
	twice = append(twice, twice[prologueSize:]...)
	const r = prologueSize
	for _, c := range []struct {
		name    string
		file    []byte
		version uint16
		says    string
	}{
		{"good", patched(0), Version, ""},
		{"version", patched(0), 2, "version 2 of the format is not known"},
		{"version 0", patched(0), 0, "version 0 of the format is not known"},
		{"empty", nil, Version, "prologue: EOF"},
		{"negative time watched", patched(7, 0x80), Version, "impossible"},
		{"300 years watched", patched(0, 0, 0, 0, 0, 0, 0, 0, 0x7f), Version, "impossible"},
		{"learned before 1970", patched(15, 0x80), Version, "impossible"},
		{"four billion entries", patched(16, 0xff, 0xff, 0xff, 0xff), Version, "entry 2 of 4294967295: EOF"},
		{"twice", twice, Version, "entry 2 of 2: it is there twice"},
		{"kind 0", patched(r, 0), Version, "kind 0 is not known"},
		{"kind 5", patched(r, 5), Version, "kind 5 is not known"},
		{"a port with an address", patched(r, byte(port)), Version, "for a port"},
		{"no day", patched(r+1, 0), Version, "seen on 0 days"},
		{"two days in a minute", patched(r+1, 2), Version, "seen on 2 days"},
		{"a realm of a target", patched(r, append([]byte{byte(target), 1}, append(make([]byte, 16), 7)...)...), Version, "realm 7 for kind 3"},
		{"port of a target", patched(r, byte(target)), Version, "port "},
		{"first after last", patched(r+26, le(m+1)...), Version, "seen from minute"},
		{"seen in 2400", patched(r+30, le(uint32(lastMinute)+1)...), Version, "seen from minute"},
		{"never seen", patched(r+34, le(0)...), Version, "seen in 0 minutes"},
		{"seen twice in a minute", patched(r+34, le(2)...), Version, "seen in 2 minutes"},
		{"two days, one minute apart", patched(r, append([]byte{byte(service), 2}, patched(0)[r+2:]...)...), Version, "seen on 2 days"},
	} {
		s := full(1)
		err := s.Load(bytes.NewReader(c.file), c.version)
		switch {
		case c.says == "" && (err != nil || s.Stats().Entries != 1):
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v does not say %q", c.name, err, c.says)
		case c.says != "" && s.Stats() != (Stats{}):
			t.Errorf("%s: not empty: %+v", c.name, s.Stats())
		}
	}
}

func TestEveryCut(t *testing.T) {
	whole := patched(0)
	for n := range whole {
		s := New(config(), nil, 1)
		if err := s.Load(bytes.NewReader(whole[:n]), Version); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

// fullAfter takes n octets.
type fullAfter int

func (f *fullAfter) Write(b []byte) (int, error) {
	if *f -= fullAfter(len(b)); *f < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestSaveFails(t *testing.T) {
	s := full(1)
	for _, n := range []fullAfter{0, prologueSize, prologueSize + recordSize} {
		if err := s.Save(&n); !errors.Is(err, io.ErrShortWrite) {
			t.Error(err)
		}
	}
}

// FuzzLoad: what is believed of a file is what a store can write, whatever its seed.
func FuzzLoad(f *testing.F) {
	f.Add(patched(0), uint16(Version))
	f.Add(patched(prologueSize+1, 9), uint16(Version))
	var b bytes.Buffer
	if err := full(1, func(c *Config) { c.Tables.Seen = 1024 }).Save(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), uint16(Version))
	f.Add(b.Bytes()[:b.Len()/2], uint16(7))
	small := func(c *Config) { c.Tables.Seen = 1024 }
	f.Fuzz(func(t *testing.T, file []byte, version uint16) {
		s := New(config(small), []string{"smb"}, 1)
		if err := s.Load(bytes.NewReader(file), version); err != nil {
			if s.Stats() != (Stats{}) {
				t.Fatalf("%v, and not empty: %+v", err, s.Stats())
			}
			return
		}
		again := New(config(func(c *Config) { c.Tables.Seen = 1 << 16 }), []string{"smb"}, 2)
		var b bytes.Buffer
		if err := s.Save(&b); err != nil {
			t.Fatal(err)
		}
		if err := again.Load(&b, Version); err != nil || !same(t, s, again) {
			t.Fatalf("what was loaded cannot be loaded again: %v", err)
		}
		s.Watch(start)
		s.Port(start, 80)
		s.Target(start, outside(1), 80)
	})
}
