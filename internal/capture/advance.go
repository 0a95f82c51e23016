package capture

import (
	"errors"
	"fmt"
	"io"
)

// advance gets at more octets: it opens the next recording, reads once, or, at the end of
// one, closes it. It returns io.EOF after the last.
func (f *Files) advance() error {
	if f.stream == nil {
		return f.open()
	}
	err := f.window.fill()
	if f.format == nil && (err == nil || errors.Is(err, io.EOF)) {
		return f.begin(err != nil)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return f.end()
	}
	return f.failed(f.stream.failed(err))
}

// open opens the next recording.
func (f *Files) open() error {
	if len(f.rest) == 0 {
		return io.EOF
	}
	f.name, f.rest = f.rest[0], f.rest[1:]
	f.packets, f.need = 0, 0
	f.clock.enter()
	f.window.reset(nil)
	s, err := openStream(f.name, f.stdin, &f.done)
	if err != nil {
		return f.failed(err)
	}
	f.stats.Files++
	f.stream = s
	f.window.reset(s)
	return nil
}

// begin reads the recording's header, once enough of it is there.
func (f *Files) begin(atEnd bool) error {
	b := f.window.bytes()
	var used int
	var err error
	f.format, used, f.need, err = recognise(b, atEnd, &f.names, base(f.name))
	switch {
	case err != nil:
		return f.failed(err)
	case f.format != nil:
		f.window.use(used)
		f.need = 0
	case atEnd:
		return f.end()
	}
	return nil
}

// end closes a recording that has no more octets; it must not be within a record.
func (f *Files) end() error {
	have := len(f.window.bytes())
	if f.window.owed > 0 {
		return f.failed(fmt.Errorf("%w: %d octets of the block before are missing", ErrCut, f.window.owed))
	}
	if have > 0 {
		return f.failed(fmt.Errorf("%w: %d of the next %d octets are there", ErrCut, have, f.need))
	}
	f.leave()
	return nil
}

// leave closes the recording at hand, if there is one.
func (f *Files) leave() {
	if f.stream != nil {
		f.stream.close()
		f.stream, f.format = nil, nil
	}
}

// failed says where err happened, and closes the recording.
func (f *Files) failed(err error) error {
	f.stats.Broken++
	f.leave()
	return &FileError{Name: f.name, Offset: f.window.offset, Packets: f.packets, Err: err}
}
