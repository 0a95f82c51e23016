package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// filled returns the octets of a file with records of several ranks, dead letters, losses
// and free pages, and what is in it, by UID.
func filled(t testing.TB, records, octets int) (file []byte, in map[string]record.Record) {
	t.Helper()
	dir := tmpfs(t, "64m")
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	in = map[string]record.Record{}
	var gone []uint64
	for i := range records {
		r := rec(i, alert.Activity(i%4), alert.Severity(i%6), octets)
		ids := must(t, s, r)
		if i%5 == 4 {
			gone = append(gone, ids[0])
		} else {
			in[r.UID] = r
		}
		if i%5 == 3 {
			if err := s.Bury(ids, "too big", epoch); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Commit(nil, gone, []Loss{{QueueFull, "scan.fast", alert.Create, alert.High, 7, epoch, epoch}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err = os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return file, in
}

// survives opens a store on the octets of a file, and checks that what comes out of it is
// what went in, that what is missing is accounted for, and that it can be used.
func survives(t testing.TB, dir string, file []byte, in map[string]record.Record) (aside *Aside) {
	t.Helper()
	path := filepath.Join(dir, fileName)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, DefaultConfig())
	if err != nil && !errors.As(err, &aside) {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, dead := range []bool{false, true} {
		for _, e := range all(t, s, dead) {
			if want, known := in[e.UID]; known && !same(want, e.Record) {
				t.Fatalf("%s is altered", e.UID)
			}
			out[e.UID] = true
		}
	}
	missing := 0
	for uid := range in {
		if !out[uid] {
			missing++
		}
	}
	if aside != nil {
		if st := s.Stats(); !st.Damaged || missing > 0 && st.Lost[Damaged] == 0 {
			t.Fatalf("%d missing, %+v: %v", missing, st, aside)
		}
		kept, err := os.ReadFile(aside.To)
		if err != nil || !bytes.Equal(kept, file) {
			t.Fatalf("%s is not as it was: %v", aside.To, err)
		}
	} else if missing > 0 {
		t.Fatalf("%d missing, and no word of it", missing)
	}
	must(t, s, rec(999_999, alert.Create, alert.High, 10))
	if es := all(t, s, false); es[len(es)-1].UID != "uid-999999" {
		t.Fatalf("the last is %s", es[len(es)-1].UID)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, DefaultConfig()); err != nil {
		t.Fatalf("the second time: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, e := range []string{path + ".damaged-1", path} {
		_ = os.Remove(e)
	}
	return aside
}

func TestTruncatedAnywhere(t *testing.T) {
	file, in := filled(t, 120, 3000)
	dir := tmpfs(t, "64m")
	whole := 0
	for n := 0; n <= len(file); n += 4096 {
		if survives(t, dir, file[:n], in) == nil {
			whole++
		}
	}
	if survives(t, dir, file, in) != nil {
		t.Error("what is whole was set aside")
	}
	t.Logf("%d octets; %d lengths were enough for all", len(file), whole)
}

// Each page once with an octet flipped in its header, in its elements, and in what these
// point to.
func TestFlippedAnywhere(t *testing.T) {
	file, in := filled(t, 120, 3000)
	dir := tmpfs(t, "64m")
	found, all := 0, 0
	flip := func(at int, mask byte) {
		bad := bytes.Clone(file)
		bad[at] ^= mask
		all++
		if survives(t, dir, bad, in) != nil {
			found++
		}
	}
	for page := 0; page < len(file); page += pageSize {
		for _, at := range []int{0, 8, 10, 12, 15, 16, 20, 24, 28, 50, 70, 2000} {
			flip(page+at, 1<<(at%8))
		}
		flip(page+page/3%pageSize, 0xff)
	}
	t.Logf("%d of %d were set aside", found, all)
	if found == 0 {
		t.Error("none was found")
	}
}

// A page of zeros, as a disk leaves that lost a write: all that was elsewhere is salvaged.
func TestZeroedPageLosesOnlyWhatWasInIt(t *testing.T) {
	file, in := filled(t, 400, 3000)
	dir := tmpfs(t, "64m")
	for page := 2 * pageSize; page < len(file); page += pageSize {
		bad := bytes.Clone(file)
		clear(bad[page : page+pageSize])
		// A leaf has five such records, and what runs over more pages has no more.
		if aside := survives(t, dir, bad, in); aside != nil && (aside.Lost > 6 || aside.Salvaged < len(in)-6) {
			t.Errorf("page %d: %v", page/pageSize, aside)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("users"))
		return errors.Join(err, b.Put([]byte("a"), []byte("b")))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"empty": {}, "text": []byte("hello\n"), "zeros": make([]byte, 1<<16), "another database": other,
	} {
		if aside := survives(t, t.TempDir(), file, nil); aside == nil || !strings.Contains(aside.Error(), "look after the disk") {
			t.Errorf("%s: %v", name, aside)
		}
	}
}

func TestNewerIsSetAsideUnread(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, rec(1, alert.Create, alert.High, 10))
	err = s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyVersion, encodeVersion(formatVersion+1))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err := OpenKnown(dir); s != nil || !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "use the wormwatch that wrote it") {
		t.Fatal(err)
	}
	s, err = Open(dir, DefaultConfig())
	var aside *Aside
	if !errors.As(err, &aside) || !errors.Is(err, ErrNewer) || s == nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, says := range []string{"version 2 of the format, this wormwatch reads up to 1", "outbox.db.newer-1", "run the newer wormwatch again"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q does not say %q", err, says)
		}
	}
	if st := s.Stats(); st.Records != 0 || st.Lost[Damaged] != 0 {
		t.Errorf("%+v", st)
	}
	must(t, s, rec(2, alert.Create, alert.High, 10))
}

func TestSetAsideFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	for i := range 9 {
		if err := os.WriteFile(filepath.Join(dir, fileName), fmt.Append(nil, i), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, DefaultConfig())
		if !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"outbox.db", "outbox.db.damaged-6", "outbox.db.damaged-7", "outbox.db.damaged-8", "outbox.db.damaged-9", "outbox.pid"}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// The file is cut, zeroed or overwritten under a store that runs: the next call says so
// once, and from then on it works with what could be saved.
func TestDamagedInUse(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"emptied": func(p string) error { return os.Truncate(p, 0) },
		"cut":     func(p string) error { return os.Truncate(p, 3*pageSize+100) },
		"zeroed": func(p string) error {
			info, err := os.Stat(p)
			return errors.Join(err, overwrite(p, 0, make([]byte, info.Size())))
		},
		"records zeroed": func(p string) error {
			info, err := os.Stat(p)
			return errors.Join(err, overwrite(p, 2*pageSize, make([]byte, info.Size()-2*pageSize)))
		},
		"garbage": func(p string) error { return overwrite(p, 2*pageSize, bytes.Repeat([]byte("garbage!"), 20_000)) },
	} {
		for use, call := range map[string]func(*Store) error{
			"commit": func(s *Store) error {
				_, err := s.Commit([]record.Record{rec(5000, alert.Create, alert.High, 10)}, nil, nil)
				return err
			},
			"next":   func(s *Store) error { _, err := s.Next(0, 1000, 1<<20); return err },
			"list":   func(s *Store) error { _, err := s.List(true, 0, 1000); return err },
			"expire": func(s *Store) error { _, err := s.Expire(epoch.Add(1000 * time.Hour)); return err },
			"find":   func(s *Store) error { _, _, err := s.Find("uid-000001"); return err },
		} {
			t.Run(name+" "+use, func(t *testing.T) { damagedInUse(t, harm, call) })
		}
	}
}

func overwrite(path string, at int64, with []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(with, at)
	return errors.Join(err, f.Close())
}

func damagedInUse(t *testing.T, harm func(string) error, call func(*Store) error) {
	dir := tmpfs(t, "64m")
	s := reopened(t, dir, DefaultConfig())
	for i := range 60 {
		ids := must(t, s, rec(i, alert.Activity(i%4), alert.High, 3000))
		if i%4 == 0 {
			if err := s.Bury(ids, "too big", epoch); err != nil {
				t.Fatal(err)
			}
		}
	}
	last := s.next
	if err := harm(s.path); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 3 { // a call that needs nothing of what is damaged may succeed
		if err = call(s); err != nil {
			break
		}
		if _, err = s.Commit([]record.Record{rec(6000, alert.Create, alert.High, 10)}, nil, nil); err != nil {
			break
		}
	}
	var aside *Aside
	if !errors.Is(err, ErrDamaged) || !errors.As(err, &aside) {
		t.Fatalf("%v", err)
	}
	ids, err := s.Commit([]record.Record{rec(7000, alert.Create, alert.High, 10)}, nil, nil)
	if err != nil {
		t.Fatalf("once it is set aside: %v", err)
	}
	if ids[0] <= last {
		t.Errorf("ID %d was given before", ids[0])
	}
	st := s.Stats()
	if !st.Damaged || uint64(aside.Lost) != st.Lost[Damaged] || aside.Lost == 0 {
		t.Errorf("%+v, %+v", st, aside)
	}
	losses, err := s.Losses()
	if err != nil || !slices.ContainsFunc(losses, func(l Loss) bool { return l.Reason == Damaged && l.Count == uint64(aside.Lost) }) {
		t.Errorf("%+v, %v", losses, err)
	}
	if _, err := os.Stat(aside.To); err != nil {
		t.Error(err)
	}
}
