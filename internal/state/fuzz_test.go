package state

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzLoad: whatever stands in a file, either it is exactly what Save would have written
// of the body that was read, or it is set aside as it was.
func FuzzLoad(f *testing.F) {
	path := filepath.Join(f.TempDir(), "memory")
	for _, c := range []struct {
		format  string
		version uint16
		body    string
	}{{"memory", 2, body}, {"memory", 1, ""}, {"memory", 9, body}, {"other", 2, body}} {
		if err := Save(path, c.format, c.version, says(c.body)); err != nil {
			f.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole)
		f.Add(whole[:len(whole)-1])
		f.Add(whole[:headerSize/2])
	}
	f.Add([]byte{})
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(t.TempDir(), "memory")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		var got string
		var version uint16
		err := Load(path, "memory", 2, into(&got, &version))
		where := path
		var aside *SetAside
		switch {
		case errors.As(err, &aside):
			where = aside.To
		case err != nil:
			t.Fatal(err)
		default:
			again := filepath.Join(t.TempDir(), "again")
			if err := Save(again, "memory", version, says(got)); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(again); err != nil || !bytes.Equal(b, file) || version > 2 {
				t.Fatalf("version %d, %d octets instead of %d: %v", version, len(b), len(file), err)
			}
		}
		if b, err := os.ReadFile(where); err != nil || !bytes.Equal(b, file) {
			t.Fatalf("%s is not as it was: %v", where, err)
		}
	})
}

// FuzzBody: any body comes back as it went in, however it is written.
func FuzzBody(f *testing.F) {
	f.Add([]byte(body), 3)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		path := filepath.Join(t.TempDir(), "memory")
		at := min(max(cut, 0), len(b))
		err := Save(path, "memory", 1, func(w io.Writer) error {
			_, err := w.Write(b[:at])
			_, err2 := w.Write(b[at:])
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		var version uint16
		if err := Load(path, "memory", 1, into(&got, &version)); err != nil || got != string(b) {
			t.Fatalf("%q, want %q: %v", got, b, err)
		}
	})
}
