package blocklist

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func save(t testing.TB, s *Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func load(t *testing.T, s *Set, b []byte) {
	t.Helper()
	r := bytes.NewReader(b)
	if err := s.Load(r, Version); err != nil || r.Len() != 0 {
		t.Fatalf("%d octets left: %v", r.Len(), err)
	}
}

// state is what is to survive of a list.
type state struct {
	matched     []Entry
	from, until int64
	loaded      time.Time
}

func states(s *Set) (out []state) {
	for i, info := range s.Lists() {
		out = append(out, state{matched(s, i), int64(info.From), int64(info.Until), info.Loaded.UTC()})
	}
	return out
}

func TestSaveAndLoad(t *testing.T) {
	a, b := newFile(t, "192.0.2.1", "192.0.2.0/24", "192.0.2.16-192.0.2.40"), newFile(t, "192.0.2.1", "2001:db8::1")
	s := set(t, a, b)
	s.Watch(start)
	contact(s, start, "192.0.2.1", "192.0.2.17", "2001:db8::1")
	s.Watch(start.Add(time.Hour))
	want, saved := states(s), save(t, s)
	if len(want[0].matched) != 2 || len(want[1].matched) != 2 {
		t.Fatalf("%+v", want)
	}

	// Either order of reading and loading; whoever only looks does not claim to have read.
	for name, step := range map[string]func(s *Set){
		"read first": func(s *Set) { s.Refresh(time.Time{}); load(t, s, saved) },
		"load first": func(s *Set) {
			load(t, s, saved)
			s.Refresh(clock)
		},
	} {
		again := New(configs(a, b))
		step(again)
		if got := states(again); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v\nwant %+v", name, got, want)
		}
		if got := save(t, again); !bytes.Equal(got, saved) {
			t.Errorf("%s: saved again it is another file", name)
		}
	}
}

// A list that cannot be read for a while does not lose what is known of it.
func TestMatchesWaitForTheirList(t *testing.T) {
	a := newFile(t, "192.0.2.1")
	s := set(t, a)
	contact(s, start, "192.0.2.1")
	saved := save(t, s)
	_ = os.Rename(a.path, a.path+".aside")
	without := New(configs(a))
	load(t, without, saved)
	without.Refresh(clock)
	if got := save(t, without); !bytes.Equal(got, saved) {
		t.Error("the matches are lost")
	}
	_ = os.Rename(a.path+".aside", a.path)
	without.Refresh(clock)
	if got := matched(without, 0); len(got) != 1 || got[0].Contacts != 1 {
		t.Errorf("%+v", got)
	}
}

// What is configured decides: lists that are new, renamed or gone are no trouble.
func TestLoadIntoOtherLists(t *testing.T) {
	a, b := newFile(t, "192.0.2.1"), newFile(t, "192.0.2.1", "192.0.2.2")
	s := set(t, a, b)
	contact(s, start, "192.0.2.1", "192.0.2.2")
	saved := save(t, s)
	cs := configs(b, a)
	cs[1].Name = "new"
	again := New(cs) // "a" with b's file, and "new"
	again.Refresh(clock)
	load(t, again, saved)
	if got := matched(again, 0); len(got) != 1 || got[0].Text != "192.0.2.1" || len(matched(again, 1)) != 0 {
		t.Errorf("%+v, %+v", got, matched(again, 1))
	}
	none := New(nil)
	load(t, none, saved)
	if got := save(t, none); !bytes.Equal(got, []byte{0, 0}) {
		t.Errorf("no lists are saved as %x", got)
	}
	load(t, again, []byte{0, 0})
}

// patched returns a file with one list and one match that has a field changed. A name of
// one octet makes: lists 0, name 2, loaded 5, from 13, until 21, matches 29, match 33.
func patched(t testing.TB, at int, value ...byte) []byte {
	s := New([]Config{{Name: "a"}})
	s.lists[0].from, s.lists[0].until = start, start
	one := span{from: addr("192.0.2.1"), to: addr("192.0.2.1")}
	s.lists[0].saved = []match{{one, mark{minuteOf(start), minuteOf(start), 1, 0}}}
	b := save(t, s)
	copy(b[at:], value)
	return b
}

func TestImpossibleFiles(t *testing.T) {
	le := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	m := uint32(minuteOf(start))
	for _, c := range []struct {
		name    string
		file    []byte
		version uint16
		says    string
	}{
		{"version", patched(t, 0), 2, "version 2 of the format is not known"},
		{"too many lists", patched(t, 0, 65), Version, "65 lists"},
		{"a long name", patched(t, 2, 1, 1), Version, "list 1 of 1: a name of 257 octets"},
		{"counted from before 1970", patched(t, 20, 0x80), Version, "counted from"},
		{"counted to before it began", patched(t, 21, make([]byte, 8)...), Version, "counted from"},
		{"counted to 2262", patched(t, 28, 0x7f), Version, "counted from"},
		{"four billion matches", patched(t, 29, 0xff, 0xff, 0xff, 0xff), Version, "entry 2 of 4294967295"},
		{"first after last", patched(t, 65, le(m+1)...), Version, "entry 1 of 1: matched 1 and 0 times"},
		{"in 2400", patched(t, 65, append(le(m), le(uint32(lastMinute)+1)...)...), Version, "entry 1 of 1: matched"},
		{"never", patched(t, 73, 0), Version, "matched 0 and 0 times"},
	} {
		f := newFile(t, "192.0.2.1")
		s := set(t, f)
		err := s.Load(bytes.NewReader(c.file), c.version)
		if err == nil || !strings.Contains(err.Error(), c.says) || len(matched(s, 0)) != 0 {
			t.Errorf("%s: %v, %+v", c.name, err, matched(s, 0))
		}
	}
}

func TestEveryCut(t *testing.T) {
	whole := patched(t, 0)
	for n := range whole {
		s := New([]Config{{Name: "a"}})
		if err := s.Load(bytes.NewReader(whole[:n]), Version); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

// broken takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestSaveFails(t *testing.T) {
	for _, s := range []*Set{New(nil), New([]Config{{Name: "a"}})} {
		if err := s.Save(broken{}); !errors.Is(err, io.ErrShortWrite) {
			t.Error(err)
		}
	}
}

// FuzzLoad: what is believed of a file can be saved and loaded again, and does no harm to
// a list.
func FuzzLoad(f *testing.F) {
	f.Add(patched(f, 0), uint16(Version))
	f.Add(patched(f, 0, 2), uint16(Version))
	f.Add(slices.Concat(patched(f, 0, 2), patched(f, 0)[2:]), uint16(Version))
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, file []byte, version uint16) {
		cfg := Config{Name: "a", MaxEntries: 2}
		s := New([]Config{cfg})
		if err := s.Load(bytes.NewReader(file), version); err != nil {
			if len(s.lists[0].saved) > 0 {
				t.Fatalf("%v, and taken in all the same", err)
			}
			return
		}
		saved := save(t, s)
		again := New([]Config{cfg})
		if err := again.Load(bytes.NewReader(saved), Version); err != nil || !bytes.Equal(save(t, again), saved) || len(again.lists[0].saved) > 2 {
			t.Fatalf("what was loaded cannot be loaded again: %v", err)
		}
		c, err := read(strings.NewReader("192.0.2.1\n192.0.2.0/24"), &cfg)
		if err != nil {
			t.Fatal(err)
		}
		again.lists[0].adopt(reading{content: c}, clock)
		contact(again, start, "192.0.2.1")
		save(t, again)
	})
}
