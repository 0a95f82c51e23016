package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// maxResponse bounds what a broker may answer, in octets: metadata of two topics and
// acknowledgements are far smaller.
const maxResponse = 16 << 20

// What else than a broker answers.
var (
	errForeign  = errors.New("what answers does not speak the protocol of Kafka")
	errAnswered = errors.New("what answers speaks TLS")
)

// framed reads responses and looks at the length before each: the library would believe
// it, and allocate gigabytes for the first words of a web server.
type framed struct {
	net.Conn
	head [4]byte
	have int // of head, read
	sent int // of head, handed on
	left int // of the frame behind it
}

// Read returns at most the rest of one frame.
func (f *framed) Read(b []byte) (int, error) {
	if f.left == 0 && f.sent == len(f.head) {
		f.have, f.sent = 0, 0
	}
	for f.have < len(f.head) {
		n, err := f.Conn.Read(f.head[f.have:])
		if f.have += n; f.have < len(f.head) && err != nil {
			if f.have > 0 && errors.Is(err, io.EOF) {
				return 0, io.ErrUnexpectedEOF
			}
			return 0, err
		}
		if f.have == len(f.head) {
			if err := f.measure(); err != nil {
				return 0, err
			}
		}
	}
	if f.sent < len(f.head) {
		n := copy(b, f.head[f.sent:])
		f.sent += n
		return n, nil
	}
	n, err := f.Conn.Read(b[:min(len(b), f.left)])
	f.left -= n
	return n, err
}

// measure reads the length of a frame.
func (f *framed) measure() error {
	n := int32(binary.BigEndian.Uint32(f.head[:]))
	switch {
	case f.head[0] == 0x15 && f.head[1] == 3: // the record of an alert
		return errAnswered
	case n < 0 || n > maxResponse:
		return fmt.Errorf("%w: it begins with %q", errForeign, f.head)
	}
	f.left = int(n)
	return nil
}
