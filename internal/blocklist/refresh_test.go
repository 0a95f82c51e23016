package blocklist

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// told returns what a Refresh says, as NAME or NAME: ERROR.
func told(infos []Info) (out []string) {
	for _, i := range infos {
		if i.Err != nil {
			out = append(out, strings.Replace(i.Err.Error(), i.Path, i.Name, 1))
		} else {
			out = append(out, i.Name)
		}
	}
	return out
}

func says(t *testing.T, infos []Info, want ...string) {
	t.Helper()
	got := told(infos)
	if !slices.EqualFunc(got, want, func(g, w string) bool { return g == w || strings.Contains(w, ":") && strings.HasPrefix(g, w) }) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRefreshReadsWhatChanged(t *testing.T) {
	a, b := newFile(t, "192.0.2.1"), newFile(t, "192.0.2.1", "what?")
	s := New(configs(a, b))
	says(t, s.Refresh(clock), "a", "b")
	says(t, s.Refresh(clock.Add(time.Minute)))
	if i := s.Lists()[1]; i.Size != 1 || i.Garbage != 1 || !i.Loaded.Equal(clock) || i.Problems[0].Error() != b.path+`:2: "what?" is no address, prefix or range` {
		t.Errorf("%+v", i)
	}
	generation := s.Generation()
	a.write("192.0.2.2")
	says(t, s.Refresh(clock.Add(time.Hour)), "a")
	if got := hits(s, "192.0.2.2"); !slices.Equal(got, []string{"a 192.0.2.2"}) || s.Generation() == generation {
		t.Errorf("%q", got)
	}
	if i := s.Lists()[0]; !i.Loaded.Equal(clock.Add(time.Hour)) || !i.Modified.Equal(clock.Add(2*24*time.Hour)) {
		t.Errorf("%+v", i)
	}
}

func TestGarbageIsTold(t *testing.T) {
	f := newFile(t, many(100)...)
	f.write(slices.Concat(many(20), []string{"what?"}, slices.Repeat([]string{"!"}, 20))...)
	i := set(t, f).Lists()[0]
	if i.Size != 20 || i.Garbage != 21 || len(i.Problems) != maxProblems+1 ||
		i.Problems[0].Error() != f.path+`:21: "what?" is no address, prefix or range` ||
		i.Problems[maxProblems].Error() != f.path+": 11 more lines that are no entry" {
		t.Errorf("%+v", i)
	}
}

// A list that names nobody is one that failed to come, even at the first reading.
func TestEmptyListIsTold(t *testing.T) {
	const empty = ": has no entries: fetch the list again, or take it out of blocklists"
	for name, c := range map[string]struct {
		lines []string
		want  []string // behind the path
	}{
		"nothing":  {nil, []string{empty}},
		"comments": {[]string{"# a feed"}, []string{empty}},
		"garbage":  {[]string{"what?"}, []string{empty, `:1: "what?" is no address, prefix or range`}},
		"an entry": {[]string{"192.0.2.1"}, nil},
	} {
		f := newFile(t, c.lines...)
		i := New(configs(f)).Refresh(clock)[0]
		same := func(p error, want string) bool { return p.Error() == f.path+want }
		if i.Err != nil || !slices.EqualFunc(i.Problems, c.want, same) {
			t.Errorf("%s: %v, %q", name, i.Err, i.Problems)
		}
	}
}

// Whatever becomes of a file, the entries that were read stay in force, and it is told
// once.
func TestTroubleKeepsTheOldList(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(f *file)
		want  string
	}{
		"missing":   {func(f *file) { _ = os.Remove(f.path) }, "a: no such file or directory: fetch the list, or take it out of blocklists"},
		"directory": {func(f *file) { _ = os.Remove(f.path); _ = os.Mkdir(f.path, 0o700) }, "a: is no ordinary file: name the file of the list"},
		"empty":     {func(f *file) { _ = os.Truncate(f.path, 0) }, "a: has no entry any more, and 0 lines that are none; the 3 of before stay in force: fetch"},
		"a web page": {
			func(f *file) { f.write("<html>", "<h1>503</h1>", "</html>") },
			"a: has no entry any more, and 3 lines that are none; the 3 of before stay in force: fetch",
		},
		"too long": {func(f *file) { f.write(many(100)...) }, "a: has more than 50 entries, ranges taken apart: raise its max_entries, or take a shorter list"},
	} {
		f := newFile(t, "192.0.2.1", "192.0.2.2", "192.0.2.3")
		cs := configs(f)
		cs[0].MaxEntries = 50
		s := New(cs)
		s.Refresh(clock)
		c.spoil(f)
		says(t, s.Refresh(clock), c.want)
		for range 3 {
			says(t, s.Refresh(clock)) // the same, and not again
		}
		if i := s.Lists()[0]; len(hits(s, "192.0.2.3")) != 1 || i.Size != 3 || i.Err == nil {
			t.Errorf("%s: %+v", name, i)
		}
		_ = os.RemoveAll(f.path)
		f.write("192.0.2.2", "192.0.2.9")
		says(t, s.Refresh(clock), "a")
		if i := s.Lists()[0]; len(hits(s, "192.0.2.9")) != 1 || i.Err != nil {
			t.Errorf("%s, and good again: %+v", name, i)
		}
	}
}

func TestListThatIsMissingFromTheStart(t *testing.T) {
	f := newFile(t)
	_ = os.Remove(f.path)
	s := New(configs(f))
	says(t, s.Refresh(clock), "a: no such file or directory: fetch the list")
	if i := s.Lists()[0]; i.Err == nil || !i.Modified.IsZero() || i.Old(clock.Add(1e18)) != nil {
		t.Errorf("%+v", i)
	}
	f.write("# nothing yet")
	says(t, s.Refresh(clock), "a")
	f.write("192.0.2.1")
	says(t, s.Refresh(clock), "a")
}

// A file that comes back as it was is no trouble any more.
func TestTroubleThatGoesAway(t *testing.T) {
	f := newFile(t, "192.0.2.1")
	s := set(t, f)
	aside := f.path + ".aside"
	for range 2 {
		_ = os.Rename(f.path, aside)
		says(t, s.Refresh(clock), "a: no such file")
		_ = os.Rename(aside, f.path)
		says(t, s.Refresh(clock))
		if i := s.Lists()[0]; i.Err != nil {
			t.Error(i.Err)
		}
	}
}

// A list that shrinks below half may be half written: it is believed if it stays so.
func TestShrunkListIsBelievedTheSecondTime(t *testing.T) {
	f := newFile(t, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5")
	s := set(t, f)
	const doubt = "a: has 2 entries instead of 5, which stay in force; if it is still the same at the next look, it takes their place"
	f.write("192.0.2.1", "192.0.2.2")
	says(t, s.Refresh(clock), doubt)
	f.write("192.0.2.2", "192.0.2.1") // it is being written
	s.Refresh(clock)
	if got := hits(s, "192.0.2.5"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	says(t, s.Refresh(clock), "a")
	if got := hits(s, "192.0.2.5"); len(got) != 0 {
		t.Errorf("%q", got)
	}
	f.write("# no bots today")
	says(t, s.Refresh(clock), "a: has 0 entries instead of 2")
	says(t, s.Refresh(clock), "a")
	f.write("192.0.2.7")
	says(t, s.Refresh(clock), "a")
}

func TestMatchesOfEntriesThatStayAreKept(t *testing.T) {
	f := newFile(t, "192.0.2.1", "192.0.2.2", "192.0.2.16-192.0.2.40", "2001:db8::/32")
	s := set(t, f)
	if n := contact(s, start, "192.0.2.1", "192.0.2.2", "192.0.2.20", "2001:db8::1", "192.0.2.2"); n != 5 {
		t.Fatalf("%d hits", n)
	}
	f.write("2001:db8::/32", "192.0.2.0/24", "192.0.2.2", "192.0.2.16-192.0.2.40", "192.0.2.16/28")
	says(t, s.Refresh(clock), "a")
	at := func(minutes int) int64 { return int64(start.Add(time.Duration(minutes) * time.Minute)) }
	var got []string
	for _, e := range matched(s, 0) {
		got = append(got, e.Text)
		if e.Text == "192.0.2.2" && (int64(e.First) != at(1) || int64(e.Last) != at(4) || e.Contacts != 2 || e.Line != 3) {
			t.Errorf("%+v", e)
		}
	}
	if !slices.Equal(got, []string{"192.0.2.2", "192.0.2.16-192.0.2.40", "2001:db8::/32"}) {
		t.Errorf("%q", got)
	}
}

// Reading goes on beside looking up.
func TestRereadBesideLookup(t *testing.T) {
	f := newFile(t, many(1000)...)
	s := set(t, f)
	f.write(append(many(1000), "192.0.2.1")...)
	done := make(chan *Reading)
	go func() { done <- s.Reread() }()
	for i := 0; ; i++ {
		select {
		case r := <-done:
			says(t, s.Adopt(r, clock), "a")
			if got := hits(s, "192.0.2.1"); len(got) != 1 {
				t.Errorf("%q", got)
			}
			return
		default:
			contact(s, start, many(1000)[i%1000])
			s.Watch(start)
		}
	}
}

// growing is a file that somebody adds to while it is read.
type growing struct {
	*os.File
	f *file
}

func (g growing) Read(b []byte) (int, error) {
	n, err := g.File.Read(b)
	g.f.write("192.0.2.1", "192.0.2.2")
	return n, err
}

func TestFileThatIsBeingWritten(t *testing.T) {
	f := newFile(t, "192.0.2.1")
	cfg := configs(f)[0].withDefaults()
	open, err := os.Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if _, err := readSteady(growing{open, f}, &cfg); err == nil || !strings.Contains(err.Error(), "is being written") {
		t.Errorf("%v", err)
	}
}
