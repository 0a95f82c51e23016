package capture

import "io"

const (
	// blockSize is how much is read at once: smaller blocks cost system calls, larger
	// ones are out of the cache again before they are looked at.
	blockSize = 256 << 10
	// headroom is where the start of a record goes that crosses a block's end: the
	// longest fits, so the window never grows.
	headroom = maxBlock
)

// window is the part of a stream that is in memory. It reads in blocks and moves only
// the start of a record that is not whole yet.
type window struct {
	src      io.Reader
	buf      []byte
	from, to int   // buf[from:to] is read and not used
	owed     int   // octets after it that are to be skipped
	offset   int64 // of buf[from] in the stream
	err      error // what ended the stream; io.EOF at its end
}

// reset starts over with src and keeps the buffer.
func (w *window) reset(src io.Reader) {
	if w.buf == nil {
		w.buf = make([]byte, headroom+blockSize)
	}
	*w = window{src: src, buf: w.buf, from: headroom, to: headroom}
}

// bytes returns what is there; it is valid until fill.
func (w *window) bytes() []byte { return w.buf[w.from:w.to] }

// use drops n octets from the start, also such as are still to be read.
func (w *window) use(n int) {
	have := min(n, w.to-w.from)
	w.from += have
	w.offset += int64(have)
	w.owed += n - have
}

// fill reads once, whatever there is, so that a slow pipe delivers as it comes; the
// octets of a record that is not whole, at most headroom, stay. The error is final and
// comes after the last octets.
func (w *window) fill() error {
	if w.err != nil {
		return w.err
	}
	if w.to == len(w.buf) || w.from == w.to {
		rest := w.bytes()
		w.from = headroom - len(rest)
		w.to = headroom
		copy(w.buf[w.from:], rest)
	}
	n, err := readOnce(w.src, w.buf[w.to:])
	w.to += n
	w.err = err
	owed := w.owed
	w.owed = 0
	w.use(owed)
	if n > 0 {
		return nil
	}
	return err
}

// readOnce reads until something came or an error ends it.
func readOnce(src io.Reader, b []byte) (int, error) {
	for range 100 {
		if n, err := src.Read(b); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}
