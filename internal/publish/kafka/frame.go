package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// maxResponse bounds what a broker may answer, in octets: metadata of two topics with
// thousands of partitions are below.
const maxResponse = 4 << 20

// What else than a broker answers.
var (
	errForeign  = errors.New("what answers does not speak the protocol of Kafka")
	errAnswered = errors.New("what answers speaks TLS")
)

// framed reads responses whole and looks at them first: the library believes whatever
// counts it finds, and allocates gigabytes for the first words of a web server.
type framed struct {
	net.Conn
	expect func(response []byte) error // what follows the length
	rest   []byte                      // of a response that was looked at
}

// Read returns at most the rest of one response.
func (f *framed) Read(b []byte) (int, error) {
	if len(f.rest) == 0 {
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// fill reads a response.
func (f *framed) fill() error {
	var head [4]byte
	if _, err := io.ReadFull(f.Conn, head[:]); err != nil {
		return err
	}
	n := int32(binary.BigEndian.Uint32(head[:]))
	switch {
	case head[0] == 0x15 && head[1] == 3: // the record of an alert
		return errAnswered
	case n < 0 || n > maxResponse:
		return fmt.Errorf("%w: it begins with %q", errForeign, head)
	}
	var b bytes.Buffer // grows with what comes, not with what is announced
	b.Write(head[:])
	if _, err := io.CopyN(&b, f.Conn, int64(n)); errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	f.rest = b.Bytes()
	if err := f.expect(f.rest[len(head):]); err != nil {
		f.rest = nil
		return fmt.Errorf("%w: %w", errForeign, err)
	}
	return nil
}
