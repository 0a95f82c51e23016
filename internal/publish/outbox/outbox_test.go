package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// rec returns the i-th record of a test.
func rec(i int, activity alert.Activity, severity alert.Severity, octets int) record.Record {
	return record.Record{
		Stream: record.Findings, UID: fmt.Sprintf("uid-%06d", i), Key: "10.0.0.1", Kind: "scan.fast",
		Episode: "episode", Activity: activity, Severity: severity, Sensor: "core-1",
		Raised: epoch.Add(time.Duration(i) * time.Second), Body: bytes.Repeat([]byte{byte('a' + i%26)}, octets),
	}
}

// opened returns a store in a new directory.
func opened(t testing.TB, cfg Config) *Store {
	t.Helper()
	return reopened(t, t.TempDir(), cfg)
}

func reopened(t testing.TB, dir string, cfg Config) *Store {
	t.Helper()
	s, err := Open(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// must adds records, and fails the test if it cannot.
func must(t testing.TB, s *Store, add ...record.Record) []uint64 {
	t.Helper()
	ids, err := s.Commit(add, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func uids(es []Entry) (out []string) {
	for _, e := range es {
		out = append(out, e.UID)
	}
	return out
}

func all(t testing.TB, s *Store, dead bool) (out []Entry) {
	t.Helper()
	if err := s.each(dead, func(e *Entry) bool { out = append(out, *e); return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(a, b record.Record) bool {
	if !bytes.Equal(a.Body, b.Body) || !a.Raised.Equal(b.Raised) {
		return false
	}
	a.Body, b.Body, a.Raised, b.Raised = nil, nil, time.Time{}, time.Time{}
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

func TestCommitNextAndReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "outbox")
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	var in []record.Record
	for i := range 50 {
		r := rec(i, alert.Activity(i%4), alert.Severity(i%6), i*100)
		r.Test = i%7 == 0
		if i%5 == 0 {
			r.Stream = record.Health
		}
		in = append(in, r)
	}
	must(t, s, in[:20]...)
	must(t, s, in[20:]...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(0, 1, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	s = reopened(t, dir, DefaultConfig())
	var out []Entry
	for after := uint64(0); ; {
		some, err := s.Next(after, 7, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			break
		}
		octets := 0
		for _, e := range some {
			octets += len(e.Body)
		}
		if len(some) > 7 || len(some) > 1 && octets > 10_000 {
			t.Errorf("%d entries of %d octets", len(some), octets)
		}
		after = some[len(some)-1].ID
		out = append(out, some...)
	}
	if len(out) != len(in) {
		t.Fatalf("%d of %d", len(out), len(in))
	}
	var ids []uint64
	for i, e := range out {
		if !same(e.Record, in[i]) || i > 0 && e.ID <= out[i-1].ID {
			t.Errorf("%d: %+v", i, e)
		}
		ids = append(ids, e.ID)
	}
	if st := s.Stats(); st.Records != 50 || !st.Oldest.Equal(epoch) || st.FileBytes == 0 {
		t.Errorf("%+v", st)
	}
	if _, err := s.Commit(nil, append(ids[1:], 0, 1<<60), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(nil, ids, nil); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Records != 0 || st.Bytes != 0 || !st.Oldest.IsZero() || len(s.handed) != 0 {
		t.Errorf("%+v, handed %v", st, s.handed)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, filepath.Join(dir, fileName): 0o600, filepath.Join(dir, lockName): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
