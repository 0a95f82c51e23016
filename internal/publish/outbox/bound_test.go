package outbox

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// fileFactor and fileSlack are what the file may take at most, of max_size and beside it.
// The slack is what one transaction rewrites, and by how much the file grows at a time.
const (
	fileFactor = 1.5
	fileSlack  = 8 << 20
)

// The file stays within its factor of max_size under whatever mix of ranks and sizes, as
// what is given up together lies together; and a file that is larger than what it holds
// shrinks at the next start.
func TestFileIsBounded(t *testing.T) {
	const bound = 24 << 20
	for name, draw := range map[string]func(i int) record.Record{
		"3 KB, all ranks": func(i int) record.Record {
			return rec(i, alert.Activity(1+rand.IntN(3)), alert.Severity(1+rand.IntN(5)), 3000)
		},
		"updates between creates": func(i int) record.Record {
			if i%4 == 0 {
				return rec(i, alert.Create, alert.High, 3000)
			}
			return rec(i, alert.Update, alert.High, 3000)
		},
		"small": func(i int) record.Record { return rec(i, alert.Activity(1+rand.IntN(3)), alert.High, rand.IntN(300)) },
		"any size": func(i int) record.Record {
			return rec(i, alert.Activity(1+rand.IntN(3)), alert.High, int(100*float64(uint64(1)<<rand.IntN(13))*rand.Float64()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tmpfs(t, "128m")
			s, err := Open(dir, Config{MaxSize: bound, MaxAge: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			n, added, worst := 0, uint64(0), uint64(0)
			for added < 3*bound {
				var add []record.Record
				var done []uint64
				for octets := 0; octets < 1<<20 && len(add) < chunk; n++ {
					r := draw(n)
					add, octets = append(add, r), octets+len(r.Body)+100
				}
				if some, err := s.Next(0, rand.IntN(40), 1<<20); err != nil {
					t.Fatal(err)
				} else if rand.IntN(2) == 0 {
					for _, e := range some {
						done = append(done, e.ID)
					}
				}
				if _, err := s.Commit(add, done, nil); err != nil {
					t.Fatal(err)
				}
				s.Release(nil)
				for _, r := range add {
					added += uint64(len(r.Body)) + 100
				}
				st := s.Stats()
				worst = max(worst, st.FileBytes)
				if st.Bytes > bound {
					t.Fatalf("%d octets wait, more than %d", st.Bytes, bound)
				}
			}
			st := s.Stats()
			t.Logf("%d records; %d octets wait in a file of %d (%.2f of max_size), lost %v", st.Records, st.Bytes, worst, float64(worst)/bound, st.Lost)
			if float64(worst) > fileFactor*bound+fileSlack || st.Lost[Full] == 0 {
				t.Errorf("the file had %d octets, with %d of max_size", worst, bound)
			}
			if _, err := s.Drop(nil, true, false); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFileShrinksAtTheStart(t *testing.T) {
	dir := tmpfs(t, "256m")
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; s.Stats().FileBytes <= spare; i++ {
		must(t, s, rec(i, alert.Create, alert.High, 900_000))
	}
	keep := must(t, s, rec(1_000_000, alert.Create, alert.High, 3000), rec(1_000_001, alert.Create, alert.High, 3000))
	if err := s.Bury(keep[1:], "too big", epoch); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(nil, nil, []Loss{lostOf(QueueFull, &record.Record{})}); err != nil {
		t.Fatal(err)
	}
	var done []uint64
	for _, e := range all(t, s, false) {
		if e.ID != keep[0] {
			done = append(done, e.ID)
		}
	}
	_, err = s.Commit(nil, done, nil)
	next := s.next
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, dir, DefaultConfig())
	losses, err := s.Losses()
	if w, d := all(t, s, false), all(t, s, true); len(w) != 1 || len(d) != 1 || len(losses) != 1 || err != nil || w[0].ID != keep[0] {
		t.Fatalf("%d, %d and %d are left: %v", len(w), len(d), len(losses), err)
	}
	if info, err := os.Stat(s.path); err != nil || info.Size() > 2*growth {
		t.Errorf("%d octets: %v", info.Size(), err)
	}
	if ids := must(t, s, rec(7, alert.Create, alert.High, 10)); ids[0] != next+1 || s.Stats().Damaged {
		t.Errorf("ID %d comes behind %d", ids[0], next)
	}
}

// Who only looks keeps to no bound.
func TestLookingGivesNothingUp(t *testing.T) {
	dir := t.TempDir()
	s := reopened(t, dir, Config{MaxSize: 64 << 20, MaxAge: time.Hour})
	must(t, s, rec(1, alert.Update, alert.Low, 2<<20))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := OpenKnown(dir)
	if err != nil || s.Stats().Records != 1 || len(s.Stats().Lost) != 0 {
		t.Fatalf("%v, %+v", err, s.Stats())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A bound that is lower than what waits is kept to from the start on.
func TestLowerBound(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	var add []record.Record
	for i := range 3000 {
		add = append(add, rec(i, alert.Activity(1+i%3), alert.High, 1000))
	}
	must(t, s, add...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, dir, Config{MaxSize: 1 << 20, MaxAge: time.Hour})
	if st := s.Stats(); st.Bytes > 1<<20 || st.Bytes < 1<<20-1200 || st.Lost[Full]+st.Records != 3000 {
		t.Errorf("%+v", st)
	}
	for _, e := range all(t, s, false) {
		if e.Activity != alert.Create {
			t.Fatalf("%s is kept, and Creates are lost", e.UID)
		}
	}
}

func TestFind(t *testing.T) {
	s := opened(t, DefaultConfig())
	ids := must(t, s, rec(100, alert.Create, alert.High, 5), rec(101, alert.Create, alert.High, 5), rec(200, alert.Update, alert.High, 5))
	if err := s.Bury(ids[2:], "too big", epoch); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		uid, want string
		dead      bool
		err       error
	}{
		{"uid-000100", "uid-000100", false, nil},
		{"uid-0002", "uid-000200", true, nil},
		{"uid-0001", "", false, ErrAmbiguous},
		{"uid-", "", false, ErrAmbiguous},
		{"uid", "", false, ErrUnknown},
		{"", "", false, ErrUnknown},
		{"uid-0009", "", false, ErrUnknown},
	} {
		e, dead, err := s.Find(c.uid)
		if e.UID != c.want || dead != c.dead || !errors.Is(err, c.err) {
			t.Errorf("%q: %s, %v, %v", c.uid, e.UID, dead, err)
		}
	}
}
