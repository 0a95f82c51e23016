package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const body = "what was learned in a week"

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// into takes a body into text, and says which version it was of.
func into(text *string, version *uint16) func(io.Reader, uint16) error {
	return func(r io.Reader, v uint16) error {
		b, err := io.ReadAll(r)
		*text, *version = string(b), v
		return err
	}
}

func never(t *testing.T) func(io.Reader, uint16) error {
	return func(io.Reader, uint16) error {
		t.Error("a body was read")
		return nil
	}
}

// saved returns the path of a good file of version 2.
func saved(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state", "memory")
	if err := Save(path, "memory", 2, says(body)); err != nil {
		t.Fatal(err)
	}
	return path
}

func names(t *testing.T, path string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestSaveAndLoad(t *testing.T) {
	path := saved(t)
	for _, text := range []string{body, "", strings.Repeat("much ", 1<<16)} {
		if err := Save(path, "memory", 2, says(text)); err != nil {
			t.Fatal(err)
		}
		var got string
		var version uint16
		if err := Load(path, "memory", 5, into(&got, &version)); err != nil || got != text || version != 2 {
			t.Errorf("%d octets of version %d, want %d: %v", len(got), version, len(text), err)
		}
	}
	if got := names(t, path); !slices.Equal(got, []string{"memory"}) {
		t.Errorf("files %q", got)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want %v: %v", name, info.Mode(), want, err)
		}
	}
}

func TestMissingFileIsNoError(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "memory"), filepath.Join(t.TempDir(), "none", "memory")} {
		if err := Load(path, "memory", 1, never(t)); err != nil {
			t.Error(err)
		}
	}
}

// bad checks that a file is set aside with its content, that the reason is as it should
// be, and that there is room for a new one.
func bad(t *testing.T, content []byte, reason error) {
	t.Helper()
	path := saved(t)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Load(path, "memory", 2, never(t))
	var aside *SetAside
	if !errors.As(err, &aside) || !errors.Is(err, reason) {
		t.Fatalf("%d octets: %v", len(content), err)
	}
	if kept, err := os.ReadFile(aside.To); err != nil || !bytes.Equal(kept, content) {
		t.Fatalf("%s has %d octets, want %d: %v", aside.To, len(kept), len(content), err)
	}
	if err := Load(path, "memory", 2, never(t)); err != nil {
		t.Fatalf("once it is set aside: %v", err)
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryTruncation(t *testing.T) {
	whole := content(t, saved(t))
	for n := range whole {
		bad(t, whole[:n], ErrDamaged)
	}
	bad(t, append(whole, 0), ErrDamaged)
}

func TestEveryFlippedByte(t *testing.T) {
	whole := content(t, saved(t))
	for i := range whole {
		for _, mask := range []byte{0x01, 0x80, 0xff} {
			flipped := bytes.Clone(whole)
			flipped[i] ^= mask
			bad(t, flipped, ErrDamaged)
		}
	}
}

func TestForeignAndNewer(t *testing.T) {
	path := saved(t)
	for _, c := range []struct {
		format  string
		version uint16
		reason  error
		aside   string
		says    []string
	}{
		{"memories", 2, ErrForeign, "memory.damaged-1", []string{`it is of format "memory", this memory is "memories"`, "a directory of its own"}},
		{"mem", 2, ErrForeign, "memory.damaged-1", []string{`"memory"`}},
		{"memory", 1, ErrNewer, "memory.newer-1", []string{"version 2 of the format, this wormwatch reads up to 1", "run the newer wormwatch again"}},
	} {
		err := Load(path, c.format, c.version, never(t))
		if !errors.Is(err, c.reason) || !slices.Equal(names(t, path), []string{c.aside}) {
			t.Errorf("%v, files %q", err, names(t, path))
		}
		for _, want := range append(c.says, path, c.aside) {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
		if err := os.Rename(filepath.Join(filepath.Dir(path), c.aside), path); err != nil {
			t.Fatal(err)
		}
	}
}

// What the owner refuses, or leaves over, is damaged: a good checksum proves nothing about
// who wrote it.
func TestRefusedBody(t *testing.T) {
	for name, read := range map[string]func(io.Reader, uint16) error{
		"no such kind":       func(io.Reader, uint16) error { return errors.New("no such kind") },
		"there is more in i": func(r io.Reader, _ uint16) error { _, err := io.ReadFull(r, make([]byte, 5)); return err },
		"unexpected EOF":     func(r io.Reader, _ uint16) error { _, err := io.ReadFull(r, make([]byte, 500)); return err },
	} {
		path := saved(t)
		err := Load(path, "memory", 2, read)
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), name) || !slices.Equal(names(t, path), []string{"memory.damaged-1"}) {
			t.Errorf("%q: %v, files %q", name, err, names(t, path))
		}
	}
}

func TestSetAsideFilesAreKeptAndBounded(t *testing.T) {
	path := saved(t)
	for i := range 12 {
		if err := os.WriteFile(path, fmt.Append(nil, i), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Load(path, "memory", 2, never(t)); !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	}
	want := []string{"memory.damaged-10", "memory.damaged-11", "memory.damaged-12", "memory.damaged-9"}
	if got := names(t, path); !slices.Equal(got, want) {
		t.Fatalf("files %q", got)
	}
	for i, n := range []string{"9", "10", "11", "12"} {
		if got := string(content(t, path+".damaged-"+n)); got != fmt.Sprint(8+i) {
			t.Errorf("damaged-%s holds %q", n, got)
		}
	}
}

// A command that only looks must not move the files of a sensor that runs.
func TestReadSetsNothingAside(t *testing.T) {
	path := saved(t)
	before := content(t, path)
	if err := Read(path, "memory", 1, never(t)); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	if !slices.Equal(names(t, path), []string{"memory"}) || !bytes.Equal(content(t, path), before) {
		t.Errorf("files %q", names(t, path))
	}
}
