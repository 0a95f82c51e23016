package outbox

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// descriptors returns how many files this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Whatever bbolt panics at, nothing is lost of a file that is whole, what was handed out
// can be acknowledged, and no file stays open.
func TestPanicLosesNothing(t *testing.T) {
	s := reopened(t, tmpfs(t, "64m"), DefaultConfig())
	for i := range 50 {
		must(t, s, rec(i, alert.Create, alert.High, 3000))
	}
	handed, err := s.Next(0, 10, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	for range 10 {
		s.mu.Lock()
		err := s.update(func(*work) error { panic("page 7 is no page") })
		s.mu.Unlock()
		var aside *Aside
		if !errors.As(err, &aside) || aside.Lost != 0 || aside.Salvaged != 50 {
			t.Fatal(err)
		}
	}
	if now := descriptors(t); now > before {
		t.Errorf("%d files are open, there were %d", now, before)
	}
	if _, err := s.Commit(nil, []uint64{handed[3].ID}, nil); err != nil {
		t.Fatal(err)
	}
	if got := all(t, s, false); len(got) != 49 || got[3].UID != "uid-000004" {
		t.Errorf("%v", uids(got))
	}
}

// All at once, from many goroutines, and closed in the middle of it.
func TestConcurrently(t *testing.T) {
	s := opened(t, Config{MaxSize: 1 << 20, MaxAge: time.Hour})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var done []uint64
			for i := range 100 {
				_, err := s.Commit([]record.Record{rec(g*1000+i, alert.Activity(i%4), alert.High, 3000)}, done, nil)
				es, err2 := s.Next(0, 5, 1<<20)
				done = done[:0]
				for _, e := range es {
					done = append(done, e.ID)
				}
				if i%10 == 0 {
					err2 = errors.Join(err2, s.Bury(done[:min(1, len(done))], "too big", epoch))
					_, err3 := s.Retry(nil, true)
					_, err4 := s.Expire(epoch)
					err2 = errors.Join(err2, err3, err4)
				}
				if st := s.Stats(); st.Damaged {
					t.Error("damaged")
				}
				if err := errors.Join(err, err2); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					return
				}
				if g == 0 && i == 80 {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}
