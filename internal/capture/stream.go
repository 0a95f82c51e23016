package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// maxWindow is how far back zstd data may refer: what `zstd --long` makes, and what its
// own decoder allows by default. It bounds the memory that a file can ask for.
const maxWindow = 128 << 20

// stream is one recording, decompressed: by the goroutine that reads, since taking
// packets apart costs a tenth of inflating them and another goroutine would gain little.
type stream struct {
	io.Reader
	in     counter
	file   *os.File // nil for standard input, which is not ours to close
	finish func()   // frees the decompressor
}

// openStream opens the file called name; "-" is stdin. The octets read are added to done.
func openStream(name string, stdin io.Reader, done *atomic.Int64) (*stream, error) {
	s := &stream{in: counter{Reader: stdin, done: done}, finish: func() {}}
	if name != "-" {
		var err error
		if s.file, err = openFile(name); err != nil {
			return nil, err
		}
		s.in.Reader = s.file
	}
	// Large reads pass by the buffer; it serves the magic number and the decompressors.
	if err := s.decompress(bufio.NewReaderSize(&s.in, 64<<10)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// openFile opens name for reading and refuses a directory.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, bare(err)
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		_ = f.Close()
		if err != nil {
			return nil, bare(err)
		}
		return nil, errors.New("is a directory: name the files in it")
	}
	return f, nil
}

// bare takes the operation and the file's name off an error: FileError has them.
func bare(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// decompress makes s read what in holds, by its magic number.
func (s *stream) decompress(in *bufio.Reader) error {
	magic, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return s.failed(err)
	}
	s.Reader = in
	switch {
	case len(magic) < 4:
	case [2]byte(magic) == [2]byte(gzipMagic):
		z, err := gzip.NewReader(in)
		if err != nil {
			return s.failed(err)
		}
		s.Reader = z
	case isZstd([4]byte(magic)):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return s.failed(err)
		}
		s.Reader, s.finish = z, z.Close
	}
	return nil
}

// isZstd reports whether a stream begins with a zstd frame or with a skippable one
// (RFC 8878, 3.1).
func isZstd(magic [4]byte) bool {
	return magic == [4]byte(zstdMagic) || magic[0]&0xf0 == 0x50 && [3]byte(magic[1:]) == [3]byte{0x2a, 0x4d, 0x18}
}

func (s *stream) close() {
	s.finish()
	if s.file != nil {
		_ = s.file.Close() // opened for reading: nothing can be lost
	}
}

// failed says what an error other than io.EOF means, which reading s gave.
func (s *stream) failed(err error) error {
	switch {
	case s.in.err != nil: // the file's own
		return bare(s.in.err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the compressed data end early", ErrCut)
	}
	return corrupt("compressed data: %v", err)
}

// counter adds what is read to a sum that other goroutines may look at, and keeps the
// error that ended reading, if it was not the end.
type counter struct {
	io.Reader
	done *atomic.Int64
	err  error
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.done.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
