package capture

import (
	"bytes"
	"fmt"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// maxCaptured is how many octets of a frame a recording may hold: libpcap's
// MAXIMUM_SNAPLEN.
const maxCaptured = 262144

// frame is one packet of a recording. It has no pointer: its octets are found by where
// they stand.
type frame struct {
	time     packet.Time // unless flagged unstamped
	at       uint32      // start of what was captured, in the octets given to format.next
	captured uint32      // octets
	wire     uint32      // octets on the wire, at least captured
	link     packet.Link
	iface    uint16 // index in the source's table of names
	flags    frameFlags
}

type frameFlags uint8

const (
	unstamped frameFlags = 1 << iota // the record carries no time
	skipped                          // the link type is not supported
)

// format takes recordings apart. It sees octets and does no reading, so that what it
// makes of them cannot depend on how they arrive.
type format interface {
	// next reads records from the start of b until frames is full or b ends. It returns
	// how many of frames it filled, and how many octets it used: more than len(b) where
	// the rest of a record is of no interest. need > 0 asks to be called again with the
	// rest of b and more, need octets at least. An error is about the octets at used;
	// the frames before it are good.
	next(b []byte, frames []frame) (n, used, need int, err error)
}

// namer gives the index of an interface's name.
type namer interface {
	index(name string) uint16
}

// recognise tells the format of a recording by its start, b, and consumes its header.
// used and need are as for format.next, used is 0 if need is not; atEnd says that b is all there is.
func recognise(b []byte, atEnd bool, names namer, base string) (f format, used, need int, err error) {
	switch {
	case atEnd && len(b) == 0:
		return nil, 0, 0, fmt.Errorf("%w: the file is empty", ErrCut)
	case atEnd && len(b) < 4:
		if partOfMagic(b) {
			return nil, 0, 4, nil
		}
		return nil, 0, 0, foreign(b)
	case len(b) < 4:
		return nil, 0, 4, nil
	}
	if bytes.Equal(b[:4], ngMagic) {
		return &pcapng{names: names, base: base}, 0, 0, nil
	}
	v, ok := pcapVariants[[4]byte(b)]
	if !ok {
		return nil, 0, 0, foreign(b)
	}
	if len(b) < pcapHeader {
		return nil, 0, pcapHeader, nil
	}
	p, err := newPcap(v, b, names.index(base))
	return p, pcapHeader, 0, err
}

// partOfMagic reports whether b, which is all of a file, begins a magic number.
func partOfMagic(b []byte) bool {
	if bytes.HasPrefix(ngMagic, b) || bytes.HasPrefix(zstdMagic, b) || b[0] == gzipMagic[0] {
		return true
	}
	for m := range pcapVariants {
		if bytes.HasPrefix(m[:], b) {
			return true
		}
	}
	return false
}

// foreign says what a file begins with that is no recording.
func foreign(b []byte) error {
	b = b[:min(len(b), 4)] // no more, since more may not be there yet
	what := "pcap and pcapng are read, plain or compressed by gzip or zstd"
	switch {
	case bytes.HasPrefix(b, gzipMagic), bytes.HasPrefix(b, zstdMagic):
		what = "it is compressed twice"
	case bytes.HasPrefix(b, []byte("snoo")):
		what = "convert snoop captures with editcap"
	}
	return fmt.Errorf("%w: starts with %q; %s", ErrNotCapture, b, what)
}
