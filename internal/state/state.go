// Package state keeps files that survive a restart: one a memory, written whole or not at
// all, and believed only if each of its octets is as it was written. It knows nothing of
// what is in them; their owners write and read that.
package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// A file is a header and a body. The header, little-endian:
//
//	octets  0-7   magic
//	        8-21  name of the format, filled up with zeros
//	       22-23  version of the format
//	       24-31  length of the body
//	       32-63  SHA-256 of the body followed by octets 0 to 31
//
// The sum comes last so that a body can be written as it is made. It is no signature: it
// finds damage, and whoever reads a body checks each field all the same.
const (
	magic      = "wwstate\n"
	nameSize   = 14
	summedSize = 32
	headerSize = summedSize + sha256.Size
)

type header struct {
	format  string
	version uint16
	length  uint64
}

// append appends the part of the header that is summed up.
func (h *header) append(b []byte) []byte {
	var name [nameSize]byte
	copy(name[:], h.format)
	b = append(append(b, magic...), name[:]...)
	b = binary.LittleEndian.AppendUint16(b, h.version)
	return binary.LittleEndian.AppendUint64(b, h.length)
}

// seal returns the whole header; sum has taken in the body.
func (h *header) seal(sum hash.Hash) []byte {
	b := h.append(make([]byte, 0, headerSize))
	sum.Write(b)
	return sum.Sum(b)
}

// The ways in which a file cannot be used.
var (
	// ErrDamaged: it is cut, altered, or no state file at all.
	ErrDamaged = errors.New("damaged")
	// ErrForeign: it is whole, and holds another memory.
	ErrForeign = errors.New("foreign")
	// ErrNewer: a newer version of wormwatch wrote it.
	ErrNewer = errors.New("newer")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// verify reads a file of size octets to its end, and returns its version if it is whole,
// of that format, and not newer than what is understood.
func verify(r io.Reader, size int64, format string, version uint16) (uint16, error) {
	var b [headerSize]byte
	if n, err := io.ReadFull(r, b[:]); err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		return 0, damaged("%d octets, a header alone has %d", n, headerSize)
	}
	if string(b[:len(magic)]) != magic {
		return 0, damaged("it does not begin as a state file of wormwatch does")
	}
	length := binary.LittleEndian.Uint64(b[24:])
	if have := uint64(size) - headerSize; have != length {
		return 0, damaged("%d octets behind the header, which announces %d", have, length)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return 0, err
	}
	sum.Write(b[:summedSize])
	if [sha256.Size]byte(sum.Sum(nil)) != [sha256.Size]byte(b[summedSize:]) {
		return 0, damaged("the checksum does not agree")
	}
	h := header{format, binary.LittleEndian.Uint16(b[22:]), length}
	if own := h.append(nil); string(own[:22]) != string(b[:22]) {
		return 0, fmt.Errorf("%w: it is of format %q, this memory is %q", ErrForeign, bytes.TrimRight(b[8:22], "\x00"), format)
	}
	if h.version > version {
		return 0, fmt.Errorf("%w: version %d of the format, this wormwatch reads up to %d", ErrNewer, h.version, version)
	}
	return h.version, nil
}
