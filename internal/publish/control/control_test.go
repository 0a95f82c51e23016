package control

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when the records of the tests were raised.
var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func recordOf(i int) record.Record {
	return record.Record{
		Stream: record.Findings, UID: fmt.Sprintf("%08x-uid", i*0x01010101), Key: fmt.Sprintf("10.0.0.%d", i),
		Kind: "scan.fast", Episode: "e", Activity: 1, Severity: 4, Sensor: "core-1",
		Raised: start.Add(time.Duration(i) * time.Second), Body: fmt.Appendf(nil, `{"n":%d}`, i),
	}
}

// openStore has n records that wait, and as many dead letters before them.
func openStore(dir string, n int) (*outbox.Store, error) {
	s, err := outbox.Open(dir, outbox.DefaultConfig())
	if err != nil {
		return nil, err
	}
	for i := range 2 * n {
		ids, err := s.Commit([]record.Record{recordOf(i)}, nil, nil)
		if err == nil && i < n {
			err = s.Bury(ids, "refused for good: too large", start)
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func newStore(t testing.TB, dir string, n int) *outbox.Store {
	t.Helper()
	s, err := openStore(dir, n)
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

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func serve(t testing.TB, box Box, dir string) (stop func()) {
	t.Helper()
	stop, err := Serve(t.Context(), box, dir, Options{Log: quiet(), Degraded: func() string { return "no broker" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

func connect(t testing.TB, dir string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClientIsTheStore holds that whatever is asked over the socket, the answer is that of
// a store which is asked itself, and what becomes of both is the same.
func TestClientIsTheStore(t *testing.T) {
	top, round := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		const n = 6
		round++
		var boxes [2]Local
		for i := range boxes {
			store, err := openStore(filepath.Join(top, fmt.Sprint(round), fmt.Sprint(i)), n)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			boxes[i] = Local{store}
		}
		near, dir := boxes[1], filepath.Join(top, fmt.Sprint(round), "0")
		stop, err := Serve(t.Context(), boxes[0], dir, Options{Log: quiet(), Degraded: func() string { return "no broker" }})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		client, err := Dial(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		uid := rapid.OneOf(
			rapid.Custom(func(t *rapid.T) string { return recordOf(rapid.IntRange(0, 2*n).Draw(t, "i")).UID }),
			rapid.SampledFrom([]string{"0", "0000", "01010", "0101", "\xff", "a b&dead=true", "../../x"}))
		same := func(what string, a, b any, ea, eb error) {
			t.Helper()
			for _, is := range []error{outbox.ErrUnknown, outbox.ErrAmbiguous} {
				if errors.Is(ea, is) != errors.Is(eb, is) {
					t.Fatalf("%s: %v, the store says %v", what, ea, eb)
				}
			}
			if (ea == nil) != (eb == nil) || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s: %+v, %v\nthe store says\n%+v, %v", what, a, ea, b, eb)
			}
		}
		orders := func() (uids []string, all bool) {
			if all = rapid.IntRange(0, 9).Draw(t, "all") == 0; !all {
				uids = rapid.SliceOfN(uid, 1, 4).Draw(t, "uids")
			}
			return uids, all
		}
		t.Repeat(map[string]func(*rapid.T){
			"list": func(t *rapid.T) {
				dead, after, most := rapid.Bool().Draw(t, "dead"), rapid.Uint64().Draw(t, "after")%30, rapid.IntRange(1, 1000).Draw(t, "max")
				a, ea := client.List(dead, after, most)
				b, eb := near.List(dead, after, most)
				same("list", a, b, ea, eb)
			},
			"find": func(t *rapid.T) {
				u := uid.Draw(t, "uid")
				a, da, ea := client.Find(u)
				b, db, eb := near.Find(u)
				same("find "+u, found{a, da}, found{b, db}, ea, eb)
			},
			"retry": func(t *rapid.T) {
				uids, all := orders()
				a, ea := client.Retry(uids, all)
				b, eb := near.Retry(uids, all)
				same("retry", a, b, ea, eb)
			},
			"drop": func(t *rapid.T) {
				uids, all := orders()
				dead := rapid.Bool().Draw(t, "dead")
				a, ea := client.Drop(uids, all, dead)
				b, eb := near.Drop(uids, all, dead)
				same("drop", a, b, ea, eb)
			},
			"": func(t *rapid.T) {
				again, err := Dial(t.Context(), dir)
				if err != nil {
					t.Fatal(err)
				}
				a, b := again.Stats(), near.Stats()
				a.FileBytes, b.FileBytes = 0, 0
				same("stats", a, b, nil, nil)
				if again.Degraded() != "no broker" {
					t.Fatalf("degraded: %q", again.Degraded())
				}
			},
		})
	})
}

func TestLongOrderIsSplit(t *testing.T) {
	dir := t.TempDir()
	store := newStore(t, dir, 0)
	var rs []record.Record
	var uids []string
	for i := range 2*maxUIDs + 10 {
		r := recordOf(i)
		r.UID = fmt.Sprintf("uid-%d", i)
		rs, uids = append(rs, r), append(uids, r.UID)
	}
	if _, err := store.Commit(rs, nil, nil); err != nil {
		t.Fatal(err)
	}
	serve(t, Local{store}, dir)
	c := connect(t, dir)
	var listed int
	for after := uint64(0); ; {
		items, err := c.List(false, after, 1<<20)
		if err != nil || len(items) > MaxPage {
			t.Fatalf("%d items, %v", len(items), err)
		}
		if len(items) == 0 {
			break
		}
		listed, after = listed+len(items), items[len(items)-1].ID
	}
	n, err := c.Drop(uids[:len(uids)-1], false, false)
	if err != nil || n != len(uids)-1 || listed != len(uids) || store.Stats().Records != 1 {
		t.Errorf("%d of %d listed, %d dropped, %v: %+v", listed, len(uids), n, err, store.Stats())
	}
}

// TestSocketIsPrivate holds that nobody but the owner can open it, whatever the umask, and
// that a path which is too long for an address works as well.
func TestSocketIsPrivate(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), strings.Repeat("d", 120), strings.Repeat("e", 120))} {
		store := newStore(t, dir, 1)
		stop := serve(t, Local{store}, dir)
		info, err := os.Stat(filepath.Join(dir, Socket))
		if err != nil || info.Mode() != fs.ModeSocket|0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if got := connect(t, dir).Stats(); got.Records != 1 || got.Dead != 1 {
			t.Errorf("%+v", got)
		}
		stop()
		if _, err := os.Lstat(filepath.Join(dir, Socket)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the socket stays: %v", err)
		}
	}
}

func TestSocketOfAKilledSensor(t *testing.T) {
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, Socket)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
	serve(t, Local{newStore(t, dir, 1)}, dir)
	connect(t, dir)
}

func TestSomethingElseIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, Socket)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Serve(t.Context(), Local{newStore(t, dir, 1)}, dir, Options{Log: quiet()})
	if err == nil || !strings.Contains(err.Error(), path+" is not a socket") {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(path); string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestNobodyListens(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), strings.Repeat("n", 200))} {
		if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNobody) {
			t.Errorf("%v", err)
		}
	}
}
