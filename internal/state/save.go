package state

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// leftover is how the names of the temporary files beside path begin.
func leftover(path string) string { return "." + filepath.Base(path) + ".tmp-" }

// Save replaces the file at path by what write writes, or leaves it as it was and returns
// an error that says why and what to do. The directory is created if it is missing; file
// and directory are for the user alone. After a crash at any moment there is the old file
// or the new one.
func Save(path, format string, version uint16, write func(io.Writer) error) error {
	if len(format) == 0 || len(format) > nameSize {
		return fmt.Errorf("state format %q: a name has 1 to %d octets", format, nameSize)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unsaved(path, err)
	}
	f, err := os.CreateTemp(dir, leftover(path)+"*")
	if err != nil {
		return unsaved(path, err)
	}
	err = errors.Join(fill(f, &header{format: format, version: version}, write), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return unsaved(path, errors.Join(err, os.Remove(f.Name())))
	}
	if err := syncDir(dir); err != nil {
		return unsaved(path, err)
	}
	return nil
}

// fill writes body and header, and has them brought to the disk.
func fill(f *os.File, h *header, write func(io.Writer) error) error {
	if _, err := f.Write(make([]byte, headerSize)); err != nil {
		return err
	}
	body := &meter{w: f, sum: sha256.New()}
	w := bufio.NewWriterSize(body, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	h.length = body.n
	if _, err := f.WriteAt(h.seal(body.sum), 0); err != nil {
		return err
	}
	return f.Sync()
}

// meter sums up and counts what goes through it.
type meter struct {
	w   io.Writer
	sum hash.Hash
	n   uint64
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.w.Write(b)
	m.sum.Write(b[:n])
	m.n += uint64(n)
	return n, err
}

// syncDir has the new name brought to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// unsaved is why the file at path was not replaced.
func unsaved(path string, err error) error {
	return fmt.Errorf("%s: not saved, what was saved before stays: %w%s", path, err, remedy(filepath.Dir(path), err))
}

// remedy says what to do about an error of the system, "" where that is not known.
func remedy(dir string, err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return ": make room for it in " + dir
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ": let the user that wormwatch runs as read and write in " + dir
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return ": state.path has to be a directory, and the files in it files"
	}
	return ""
}
