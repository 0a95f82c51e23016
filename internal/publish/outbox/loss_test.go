package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// The account survives a restart, merges what is of one sort, and does not grow with kinds.
func TestAccountIsBounded(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	var losses []Loss
	for i := range 2000 {
		at := epoch.Add(time.Duration(i) * time.Second)
		losses = append(losses, Loss{QueueFull, fmt.Sprint("kind-", i%1000), alert.Update, alert.Low, 2, at, at})
	}
	if _, err := s.Commit(nil, nil, losses); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, dir, DefaultConfig())
	got, err := s.Losses()
	if err != nil || len(got) != maxLosses+1 {
		t.Fatalf("%d sorts: %v", len(got), err)
	}
	total := uint64(0)
	for _, l := range got {
		total += l.Count
		switch {
		case l.Kind == "" && l.Count != 2*2*(1000-maxLosses), l.Kind != "" && l.Count != 4:
			t.Errorf("%+v", l)
		case l.Kind == "kind-5" && (!l.First.Equal(epoch.Add(5*time.Second)) || !l.Last.Equal(epoch.Add(1005*time.Second))):
			t.Errorf("%+v", l)
		}
	}
	if total != 4000 {
		t.Errorf("%d are accounted for", total)
	}
	ok, err := s.Report(func(ls []Loss) record.Record { return rec(len(ls), 0, alert.High, 10) })
	if err != nil || !ok || s.Stats().Records != 1 {
		t.Errorf("%v, %v, %+v", ok, err, s.Stats())
	}
	if got, err := s.Losses(); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// Dead letters are kept to a tenth of a bound that was lowered, too.
func TestLowerBoundOfTheDead(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	var add []record.Record
	for i := range 300 {
		add = append(add, rec(i, alert.Create, alert.High, 1000))
	}
	if err := s.Bury(must(t, s, add...), "too big", epoch); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, dir, Config{MaxSize: 1 << 20, MaxAge: time.Hour})
	st := s.Stats()
	dead := all(t, s, true)
	if st.DeadBytes > 1<<20/10 || st.Dead == 0 || st.Lost[DeadFull]+st.Dead != 300 || dead[len(dead)-1].UID != "uid-000299" {
		t.Errorf("%+v", st)
	}
}
