package outbox

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// FuzzEntry: whatever is read as an entry, with a checksum that agrees, is written again
// as it was read; nothing else is believed.
func FuzzEntry(f *testing.F) {
	key := waitingKey(3, 77)
	for i := range 3 {
		r := rec(i, alert.Create, alert.High, i*10)
		e := Entry{ID: 77, Record: r, Reason: "reason"[:i], Died: epoch}
		f.Add(e.append(nil, key)[sumSize:])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, rest []byte) {
		value := append(make([]byte, sumSize), rest...)
		if s := sum(key, rest); s != 0 {
			if _, err := decode(key, value); err == nil {
				t.Fatal("a wrong checksum was believed")
			}
			value = append([]byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)}, rest...)
		}
		e, err := decode(key, value)
		if err != nil {
			return
		}
		again, err := decode(key, e.append(nil, key))
		if err != nil || !same(e.Record, again.Record) || e.Reason != again.Reason || !e.Died.Equal(again.Died) || e.ID != 77 {
			t.Fatalf("%+v is written %+v: %v", e, again, err)
		}
	})
}

// FuzzRecord: any record comes back as it went in.
func FuzzRecord(f *testing.F) {
	f.Add(uint8(1), "uid", "10.0.0.1", "scan.fast", "e", uint8(1), uint8(4), "core", true, int64(1_700_000_000_000), []byte("{}"))
	f.Fuzz(func(t *testing.T, stream uint8, uid, key, kind, episode string, activity, severity uint8, sensor string, test bool, ms int64, body []byte) {
		in := Entry{ID: 5, Record: record.Record{
			Stream: record.Stream(stream), UID: uid, Key: key, Kind: kind, Episode: episode, Activity: alert.Activity(activity),
			Severity: alert.Severity(severity), Sensor: sensor, Test: test, Raised: time.UnixMilli(ms).UTC(), Body: body,
		}}
		k := deadKey(5)
		out, err := decode(k, in.append(nil, k))
		if err != nil || !same(in.Record, out.Record) {
			t.Fatalf("%+v, want %+v: %v", out, in, err)
		}
	})
}

// FuzzLoss: as FuzzEntry, of the account.
func FuzzLoss(f *testing.F) {
	l := Loss{Full, "scan.fast", alert.Update, alert.Low, 3, epoch, epoch}
	f.Add(l.key(), l.value(l.key())[sumSize:])
	f.Fuzz(func(t *testing.T, key, rest []byte) {
		value := append(make([]byte, sumSize), rest...)
		s := sum(key, rest)
		copy(value, []byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)})
		l, err := decodeLoss(key, value)
		if err == nil && (!bytes.Equal(l.key(), key) || !bytes.Equal(l.value(key), value)) {
			t.Fatalf("%+v is written otherwise than it was read", l)
		}
	})
}

// FuzzFile: whatever stands in pages of a file, a store opens, loses nothing silently, and
// can be used; see survives.
func FuzzFile(f *testing.F) {
	file, in := filled(f, 30, 3000)
	root := tmpfs(f, "512m")
	f.Add(0, []byte("garbage"), 4096, []byte{}, 1<<30)
	f.Add(2*pageSize+8, []byte{1, 0}, 3*pageSize+12, []byte{0xff, 0xff, 0xff, 0x7f}, 20*pageSize)
	f.Add(pageSize+16, make([]byte, 100), 4*pageSize, []byte{9}, len(file))
	f.Fuzz(func(t *testing.T, at int, with []byte, at2 int, with2 []byte, length int) {
		bad := bytes.Clone(file)
		for _, w := range []struct {
			at   int
			with []byte
		}{{at, with}, {at2, with2}} {
			if w.at >= 0 && w.at < len(bad) {
				copy(bad[w.at:], w.with)
			}
		}
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		survives(t, dir, bad[:min(max(length, 0), len(bad))], in)
	})
}
