package capture

import (
	"errors"
	"fmt"
)

// What can be wrong with a recording. Errors of Files wrap one of them, or the operating
// system's error.
var (
	// ErrCut: the recording ends within its header or a record.
	ErrCut = errors.New("cut")
	// ErrCorrupt: a length or a reference in the recording cannot be true.
	ErrCorrupt = errors.New("corrupt")
	// ErrNotCapture: the file is something else.
	ErrNotCapture = errors.New("is not a capture")
	// ErrNotSupported: a link type, or a version of the format, that is not read.
	ErrNotSupported = errors.New("is not supported")
)

// FileError says which recording failed, where and why.
type FileError struct {
	Name    string // as given; "-" is standard input
	Offset  int64  // of the record that failed, in octets after decompression
	Packets uint64 // read from this file before it
	Err     error
}

// Error begins with the file's name.
func (e *FileError) Error() string {
	switch {
	case e.Offset == 0:
		return fmt.Sprintf("%s: %v", e.Name, e.Err)
	case e.Packets == 0:
		return fmt.Sprintf("%s: %v, at byte %d, before the first packet", e.Name, e.Err, e.Offset)
	}
	return fmt.Sprintf("%s: %v, at byte %d, after packet %d", e.Name, e.Err, e.Offset, e.Packets)
}

// Unwrap returns what is wrong.
func (e *FileError) Unwrap() error { return e.Err }

// corrupt returns an ErrCorrupt with its reason.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// ErrNoBPF: this kernel, or this process, cannot have the BPF program: a feature or a
// capability is missing. AF_PACKET may do.
var ErrNoBPF = errors.New("BPF is not to be had")
